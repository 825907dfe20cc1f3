//! The rules of the house that a machine can check. ARCHITECTURE.md gives their reasons.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where our code is.
const HOUSE: &[&str] = &[
    "crates",
    "sim",
    "scenarios",
    "fuzz/fuzz_targets",
    "fuzz/src",
    "fuzz/tests",
    "examples/own-client/src",
    "examples/own-client/tests",
];

/// All Rust files below some folders.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the house") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folders:?}");
    found
}

/// Whether a file holds the tests of the module that its folder is named for.
fn is_of_tests(path: &Path) -> bool {
    path.ends_with("tests.rs")
}

/// The lines of code of a file: comments and what follows `#[cfg(test)]` left out.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn what_is_under_test_sees_no_truth() {
    let forbidden = [
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
    for (path, text) in sources(&[
        "crates/cloud/src/gateway",
        "crates/cache/src/clients",
        "crates/cache/src/adapters",
        "crates/zoo/src",
    ]) {
        if is_of_tests(&path) {
            continue;
        }
        for line in code(&text) {
            for word in forbidden {
                assert!(!line.contains(word), "{}: `{word}` in: {line}", path.display());
            }
        }
    }
}

#[test]
fn clients_do_not_look_at_the_clock() {
    for (path, text) in sources(&["crates/cache/src/clients"]) {
        for line in code(&text) {
            let looks =
                ["now_ms", "Instant", "SystemTime", "elapsed"].iter().any(|w| line.contains(w));
            assert!(!looks, "{}: {line}", path.display());
        }
    }
}

#[test]
fn the_arrows_between_crates_are_those_of_the_page() {
    let arrows: [(&str, &[&str]); 21] = [
        ("crates/allocator", &[]),
        ("crates/history", &[]),
        ("crates/mutants", &[]),
        ("crates/process", &[]),
        ("crates/rng", &[]),
        ("crates/plan", &["rng"]),
        ("crates/net", &["history"]),
        ("crates/checker", &["history"]),
        ("crates/cache", &["history", "net"]),
        ("crates/zoo", &["cache"]),
        ("crates/cloud", &["cache", "history", "net"]),
        ("crates/fleet", &["cloud", "history", "net", "plan"]),
        ("sim", &["cache", "checker", "cloud", "fleet", "history", "net", "plan"]),
        ("crates/output", &["checker", "plan"]),
        (
            "crates/crosswire",
            &["cache", "checker", "cloud", "history", "output", "plan", "process", "sim"],
        ),
        ("crates/hunt", &["checker", "history", "output", "plan", "sim"]),
        ("crates/lockstep", &["cache", "checker", "history", "output", "plan", "process"]),
        (
            "crates/cli",
            &[
                "allocator",
                "cache",
                "checker",
                "cloud",
                "history",
                "hunt",
                "lockstep",
                "output",
                "plan",
                "process",
            ],
        ),
        ("scenarios", &["checker", "hunt", "output", "zoo"]),
        ("fuzz", &["cache", "plan"]),
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

#[test]
fn a_file_tells_one_story() {
    for (path, text) in sources(HOUSE) {
        let lines = text.lines().count();
        assert!(lines <= 500, "{}: {lines} lines", path.display());
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, or this file would be found.
    let later = [["to", "do!("].concat(), ["unimple", "mented!("].concat(), ["FIX", "ME"].concat()];
    for (path, text) in sources(HOUSE) {
        for word in &later {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        let ignored = ["#[ign", "ore"].concat();
        assert!(!text.contains(&ignored), "{}: a test is switched off", path.display());
    }
}

#[test]
fn a_select_is_biased() {
    let select = ["select", "! {"].concat();
    for (path, text) in sources(HOUSE) {
        for after in text.split(&select).skip(1) {
            assert!(after.trim_start().starts_with("biased;"), "{}", path.display());
        }
    }
}

/// tokio draws which of several receivers of a watch channel is woken first from a generator that each
/// process seeds differently, as it does for a `select` that is not biased.
#[test]
fn nobody_watches() {
    let watch = ["sync::", "watch"].concat();
    for (path, text) in sources(HOUSE) {
        assert!(!text.contains(&watch), "{}: {watch}", path.display());
    }
}

/// Every crate that is linked in comes from the registry and under a licence that asks for no
/// more than to be named.
#[test]
fn licences_and_sources_are_known() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // Of this platform only: what others need need not be here.
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
