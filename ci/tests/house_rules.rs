//! The rules of the sources that a machine can check. ARCHITECTURE.md gives their reasons.

use crosswire_ci::cycles;
use crosswire_ci::prose::{MARKERS, Place, Prose};
use crosswire_ci::sources::{FOLDERS, parse, read, root};
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

/// The prose of all sources, measured once for the rules about it.
static PROSE: LazyLock<Prose> = LazyLock::new(|| Prose::of(&read(FOLDERS)));

/// The most that a marker may occur in 1,000 comment lines.
const MARKER_RATE: f64 = 0.5;

/// The most docs that may begin with an indirect question, in per cent.
const QUESTION_RATE: f64 = 2.0;

/// The most files that may import each other in a cycle.
const CYCLE: usize = 4;

/// Returns the places at which a rule is broken, a line each.
fn list<'a>(places: impl Iterator<Item = &'a Place>) -> String {
    let mut lines = String::new();
    for place in places {
        lines += &["\n", &place.at, ": ", &place.text].concat();
    }
    lines
}

#[test]
fn comments_are_plain_engineering_english() {
    let prose = &PROSE;
    for (nth, marker) in MARKERS.iter().enumerate() {
        let of = prose.places.iter().filter(|place| place.rule == marker.name);
        let rate = prose.per_thousand(nth);
        assert!(
            rate <= MARKER_RATE,
            "`{}`: {rate:.1} in 1,000 comment lines: {}",
            marker.name,
            list(of)
        );
    }
}

#[test]
fn docs_begin_with_a_verb_or_a_noun_phrase() {
    let prose = &PROSE;
    let of = prose.places.iter().filter(|place| place.rule == "indirect question");
    let rate = prose.question_percentage();
    assert!(rate <= QUESTION_RATE, "{rate:.1} % begin with an indirect question: {}", list(of));
}

#[test]
fn comment_lines_fit_into_100_columns() {
    let prose = &PROSE;
    let of = prose.places.iter().filter(|place| place.rule == "over 100 columns");
    assert_eq!(prose.long, 0, "{}", list(of));
}

#[test]
fn few_files_import_each_other_in_a_cycle() {
    for cycle in cycles::of(&parse(&read(FOLDERS))) {
        assert!(cycle.len() <= CYCLE, "these files import each other: {}", cycle.join(", "));
    }
}

#[test]
fn what_is_under_test_sees_no_truth() {
    let forbidden = [
        "History",
        "Journal",
        "Fact::",
        "Mint",
        "Sealer",
        "Probe",
        "Observer",
        "Judge",
        "Ledger",
        "Verdict",
        "crosswire_plan",
        "crosswire_rng",
        "crosswire_checker",
        "crosswire_fleet",
        "scope::",
        "seed",
        "rand",
    ];
    for source in read(&[
        "crates/cloud/src/gateway",
        "crates/cache/src/clients",
        "crates/cache/src/adapters",
        "crates/zoo/src",
    ]) {
        if source.path.ends_with("tests.rs") {
            continue;
        }
        for line in source.code() {
            for word in forbidden {
                assert!(!line.contains(word), "{}: `{word}` in: {line}", source.path.display());
            }
        }
    }
}

#[test]
fn clients_do_not_look_at_the_clock() {
    for source in read(&["crates/cache/src/clients"]) {
        for line in source.code() {
            let looks =
                ["now_ms", "Instant", "SystemTime", "elapsed"].iter().any(|w| line.contains(w));
            assert!(!looks, "{}: {line}", source.path.display());
        }
    }
}

#[test]
fn the_arrows_between_crates_are_those_of_the_page() {
    let arrows: [(&str, &[&str]); 27] = [
        ("crates/cargo", &[]),
        ("crates/allocator", &[]),
        ("crates/history", &[]),
        ("crates/mutants", &[]),
        ("crates/process", &[]),
        ("crates/rng", &[]),
        ("crates/plan", &["rng", "scenarios"]),
        ("crates/net", &["history"]),
        ("crates/checker", &["history"]),
        ("crates/cache", &["history", "net"]),
        ("crates/dial", &["cache"]),
        ("crates/protocol", &["cache", "plan"]),
        ("crates/zoo", &["cache"]),
        ("crates/cloud", &["cache", "history", "net"]),
        ("crates/fleet", &["cloud", "history", "net", "plan"]),
        ("sim", &["cache", "checker", "cloud", "fleet", "history", "net", "plan"]),
        ("crates/output", &["checker", "plan"]),
        ("crates/report", &["checker", "history", "output"]),
        (
            "crates/crosswire",
            &["cache", "checker", "cloud", "history", "output", "plan", "process", "report", "sim"],
        ),
        ("crates/hunt", &["checker", "history", "output", "plan", "sim"]),
        (
            "crates/lockstep",
            &["checker", "history", "output", "plan", "process", "protocol", "report"],
        ),
        (
            "crates/cli",
            &[
                "allocator",
                "cache",
                "cargo",
                "checker",
                "cloud",
                "history",
                "hunt",
                "lockstep",
                "output",
                "plan",
                "process",
                "report",
            ],
        ),
        ("ci", &["allocator", "hunt", "process", "report"]),
        ("crates/claims", &["checker", "hunt", "output", "zoo"]),
        ("scenarios", &[]),
        ("fuzz", &["cache", "plan", "protocol"]),
        ("crates/bench", &["allocator", "cache", "cloud", "history", "net"]),
    ];
    for (folder, expected) in arrows {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).expect(folder);
        let used = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let used = used.lines().filter_map(|line| line.strip_prefix("crosswire-"));
        let mut used: Vec<_> = used.filter_map(|line| line.split(['.', ' ']).next()).collect();
        used.sort_unstable();
        assert_eq!(used, expected, "{folder}");
    }
}

/// A published package contains its own folder alone.
#[test]
fn no_package_includes_a_file_from_outside() {
    for source in read(FOLDERS) {
        let mut parts = source.path.iter().filter_map(|part| part.to_str());
        let package = match parts.next() {
            Some("crates") => root().join("crates").join(parts.next().expect("a crate")),
            Some(folder) => root().join(folder),
            None => unreachable!("a source has a path"),
        };
        // Adapters are in no package.
        let Ok(manifest) = fs::read_to_string(package.join("Cargo.toml")) else { continue };
        if manifest.contains("publish = false") || parts.next() != Some("src") {
            continue;
        }
        // The folders between the file and its package: as many `..` stay inside.
        let inside = parts.count();
        for line in source.text.lines() {
            let included = line.split("include_str!(\"").nth(1).unwrap_or_default();
            let outside = included.matches("../").count() > inside
                || line.contains("CARGO_MANIFEST_DIR") && line.contains("..");
            assert!(!outside, "{}: {line}", source.path.display());
        }
    }
}

/// With two packages that name one, `cargo run` runs none.
#[test]
fn cargo_run_at_the_root_runs_the_program() {
    let mut folders: Vec<_> = ["ci", "fuzz", "scenarios", "sim"].map(|it| root().join(it)).into();
    for entry in fs::read_dir(root().join("crates")).expect("the crates") {
        folders.push(entry.expect("an entry").path());
    }
    let mut named = Vec::new();
    for folder in folders {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a package");
        named.extend(manifest.lines().filter_map(|line| {
            line.strip_prefix("default-run = ").map(|name| name.trim_matches('"').to_owned())
        }));
    }
    assert_eq!(named, ["crosswire"]);
}

#[test]
fn a_file_has_at_most_500_lines() {
    for source in read(FOLDERS) {
        let lines = source.text.lines().count();
        assert!(lines <= 500, "{}: {lines} lines", source.path.display());
    }
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    // The words are assembled here, or this file would contain them.
    let later = [["to", "do!("].concat(), ["unimple", "mented!("].concat(), ["FIX", "ME"].concat()];
    for source in read(FOLDERS) {
        for word in &later {
            assert!(!source.text.contains(word), "{}: {word}", source.path.display());
        }
        let ignored = ["#[ign", "ore"].concat();
        assert!(
            !source.text.contains(&ignored),
            "{}: a test is switched off",
            source.path.display()
        );
    }
}

#[test]
fn a_select_is_biased() {
    let select = ["select", "! {"].concat();
    for source in read(FOLDERS) {
        for after in source.text.split(&select).skip(1) {
            assert!(after.trim_start().starts_with("biased;"), "{}", source.path.display());
        }
    }
}

/// tokio draws the receiver of a watch channel that wakes first from a generator that each process
/// seeds differently, as it does for a `select` without `biased`.
#[test]
fn no_watch_channel_is_used() {
    let watch = ["sync::", "watch"].concat();
    for source in read(FOLDERS) {
        assert!(!source.text.contains(&watch), "{}: {watch}", source.path.display());
    }
}

/// Every linked crate comes from the registry, under a licence that requires attribution at most.
#[test]
fn licences_and_sources_are_known() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // For this platform only: the packages of others may be missing.
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 50);
    let fine = [
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unicode-3.0",
        "CC0-1.0",
        "MPL-2.0",
        "Unlicense",
        "0BSD",
        "BSL-1.0",
    ];
    for package in packages {
        let name = &package["name"];
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(fine.iter().any(|fine| licence.contains(fine)), "{name}: {licence:?}");
        let ours = package["source"].is_null();
        let from = package["source"].as_str().unwrap_or_default();
        assert!(ours || from.starts_with("registry+"), "{name}: {from}");
    }
}
