//! `crosswire matrix`.

use crate::support::{Place, Ran, TINY, crosswire, refused};
use serde_json::Value;

/// Runs a matrix of three seeds, one run at a time.
fn matrix(more: &[&str]) -> Ran {
    let ran = crosswire(&[&["matrix", "--seeds", "3", "--jobs", "1"], more].concat());
    assert_eq!(ran.status, 0, "{more:?}: {}", ran.err);
    ran
}

fn json(more: &[&str]) -> Value {
    serde_json::from_str(&matrix(&[more, &["--json"]].concat()).out).expect("one object")
}

#[test]
fn the_first_violation_of_a_cell_replays_from_its_seed_line() {
    let args = ["--mechanism", "push-per-upload", "--mechanism", "1", "--defence", "leases"];
    let object = json(&[&args[..], &["--from-seed", "0x5"]].concat());
    let cells = object["cells"].as_array().expect("cells");
    assert_eq!(cells[0]["played_as"], "push-per-upload");
    assert_eq!((cells.len(), &cells[0]["mechanism"]), (2, &20.into()));
    for cell in cells {
        let first = cell["first"].as_str().expect("a find");
        assert_eq!(crosswire(&["replay", first]).status, 1, "{first}");
        let nth = cell["seeds_to_find"].as_u64().expect("a find");
        let seed = format!(":{}:", 5 + nth - 1);
        assert!(first.contains(&seed) && first.ends_with(":leases"), "{first}");
    }
    let csv = matrix(&["--mechanism", "20", "--defence", "none", "--csv"]).out;
    let lines: Vec<_> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(lines, [21, 21, 21], "{csv}");
}

#[test]
fn a_seed_line_names_the_scenario_file() {
    let place = Place::new();
    let file = place.file("with \"quotes\", and more.toml", TINY);
    let args = ["--mechanism", "pipelined-stop-at-error", "--scenario", &file];
    let clean = json(&[&args[..], &["--defence", "none"]].concat());
    assert_eq!(
        (&clean["cells"][0]["clean"], &clean["cells"][0]["first"]),
        (&3.into(), &Value::Null)
    );
    let args = ["--mechanism", "ambient-user", "--scenario", &file, "--defence", "none"];
    let object = json(&args);
    let first = object["cells"][0]["first"].as_str().unwrap_or_default();
    assert!(first.is_empty() || first.starts_with(&file), "{first}");
}

#[test]
fn a_cell_shows_leaks_and_other_violations() {
    let args = ["--mechanism", "2", "--defence", "none", "--from-seed", "20"];
    let cell = json(&args)["cells"][0].clone();
    let count = |name: &str| cell[name].as_u64().expect("a count");
    assert_eq!(count("violated"), 3);
    assert!(count("leaked") > 0 && count("violated") > count("leaked"), "{cell}");
    let shown = format!("LEAK {} v{}", count("leaked"), count("violated") - count("leaked"));
    let text = matrix(&args).out;
    assert!(text.contains(&format!("  {shown}\n")), "{text}");
    assert!(
        text.contains("Each cell has 3 seeds:") && text.contains("Seeds to the first finding:")
    );
    let markdown = matrix(&[&args[..], &["--markdown"]].concat()).out;
    assert!(markdown.contains(&format!("| {shown} |\n")), "{markdown}");
    let command = "`crosswire matrix --seeds 3 --jobs 1 --mechanism 2 --defence none --from-seed 20 \
                   --markdown` prints this page";
    assert!(markdown.starts_with("# Mechanism by defence\n") && markdown.contains(command));
    let cost = |part: &str| cell[part].as_f64().expect("a number");
    let costs =
        format!(" | I1 I3 I4 I7 | {:.0} | {:.0} ms | ", cost("directory_peak"), cost("p99_ms"));
    assert!(markdown.contains(&costs), "{markdown}");
    assert!(text.contains("Users who saw another user's data, in all seeds together:"), "{text}");
    let one = crosswire(&["matrix", "--seeds", "1", "--mechanism", "1", "--defence", "none"]);
    assert!(one.out.contains("Each cell has 1 seed:"), "{}", one.out);
    assert!(one.err.starts_with("1 run follows\n"), "{}", one.err);
}

#[test]
fn names_that_are_repeated_are_run_once() {
    let object = json(&[
        "--mechanism=20",
        "--mechanism=zombie-retry",
        "--mechanism=zombie write",
        "--defence=leases+versioned-entries+leases",
        "--defence=versioned-entries+leases",
        "--defence=none",
        "--defence=none",
    ]);
    let sets = serde_json::json!([["leases", "versioned-entries"], []]);
    assert_eq!(object["defences"], sets);
    assert_eq!(object["cells"].as_array().map(Vec::len), Some(4));
}

#[test]
fn bad_arguments_are_refused() {
    let none = ["`none` means no defence and cannot be combined with `leases`"];
    refused(&["matrix", "--defence", "none+leases"], &none);
    refused(&["matrix", "--defence", "leases+"], &["one of the defences in `leases+` has no name"]);
    refused(&["matrix", "--mechanism", "push-per-uplod"], &["did you mean `push-per-upload`?"]);
    refused(
        &["matrix", "--from-seed", "18446744073709551615", "--seeds", "3"],
        &["3 seeds from 18446744073709551615 on", "at most 18446744073709551613"],
    );
    refused(&["matrix", "--from-seed", "-1"], &["`-1` is not a seed: it is below 0"]);
    refused(&["matrix", "--from-seed", "soon"], &["`soon` is not a seed"]);
    for flag in ["--seeds", "--jobs"] {
        let one = ["is below 1; expected a whole number from 1 to"];
        refused(&["matrix", flag, "-1"], &one);
        refused(&["matrix", flag, "0"], &one);
        refused(&["matrix", flag, "many"], &["`many` is not a whole number"]);
    }
}

#[test]
fn the_last_seed_and_a_hash_can_be_the_first_seed() {
    let at = |from: &str| {
        let args = ["matrix", "--mechanism=20", "--defence=none", "--seeds=1", "--json"];
        let ran = crosswire(&[&args[..], &["--from-seed", from]].concat());
        assert_eq!(ran.status, 0, "{}", ran.err);
        serde_json::from_str::<Value>(&ran.out).expect("one object")["from"].clone()
    };
    assert_eq!(at("18446744073709551615"), "18446744073709551615");
    assert_eq!(at("3f9ac01"), 0x1ade_399a_8150_f3c9_u64.to_string());
}
