//! `crosswire list`, `crosswire schema` and the help.

use crate::support::crosswire;

const KINDS: [&str; 6] = ["clients", "defences", "invariants", "faults", "scenarios", "situations"];

fn items(out: &str) -> Vec<serde_json::Value> {
    let list: serde_json::Value = serde_json::from_str(out).expect("an object");
    list["items"].as_array().expect("items").clone()
}

#[test]
fn every_list_is_a_table_and_an_object_of_the_same_names() {
    for kind in KINDS {
        let table = crosswire(&["list", kind]);
        let json = crosswire(&["list", kind, "--json"]);
        assert_eq!((table.status, json.status), (0, 0));
        let items = items(&json.out);
        assert!(!items.is_empty());
        for item in items {
            let name = item["name"].as_str().expect("a name");
            assert!(table.out.lines().any(|line| line.starts_with(name)), "{name}");
        }
        assert!(table.out.lines().all(|line| line.chars().count() <= 100), "{}", table.out);
    }
}

#[test]
fn lists_show_exposing_scenarios_and_severities() {
    let flat = |kind: &str| {
        let out = crosswire(&["list", kind]).out;
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let clients = flat("clients");
    assert!(clients.contains("; exposed by notification-mix-up pooled-checkout-race"), "{clients}");
    let faults = flat("faults");
    assert!(faults.contains("severity 0 to 0.95, a probability"), "{faults}");
    assert!(
        faults.contains("start_ms and length_ms of a fault are whole milliseconds"),
        "{faults}"
    );
}

#[test]
fn a_mechanism_is_listed_with_its_scenario_and_invariants() {
    let json = crosswire(&["list", "mechanisms", "--json"]);
    let items = items(&json.out);
    assert_eq!(items.len(), 21);
    let second = items.last().expect("an item");
    let expected = serde_json::json!({
        "name": "push-per-upload",
        "summary": second["summary"],
        "number": 20,
        "mechanism": "zombie write at the delivery",
        "form": "service",
        "twin": "standard",
        "scenario": "resale",
        "nearest": ["I10"],
    });
    assert_eq!(*second, expected);
    let flat = crosswire(&["list", "mechanisms"]).out;
    let flat = flat.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Scenario: `resale`. Nearest invariants: I10."), "{flat}");
}

#[test]
fn the_default_schema_is_of_a_scenario() {
    let schema: serde_json::Value =
        serde_json::from_str(&crosswire(&["schema"]).out).expect("JSON");
    assert_eq!(schema["title"], "A Crosswire scenario");
}

#[test]
fn every_help_has_examples() {
    for args in [
        &["--help"][..],
        &["run", "--help"],
        &["hunt", "--help"],
        &["minimize", "--help"],
        &["replay", "--help"],
        &["matrix", "--help"],
        &["certify", "--help"],
        &["list", "--help"],
        &["schema", "--help"],
    ] {
        let help = crosswire(args);
        assert_eq!(help.status, 0);
        assert!(help.out.contains("Examples:\n  crosswire"), "{}", help.out);
        assert!(help.out.lines().all(|line| line.chars().count() <= 100), "{}", help.out);
        // clap wraps a line that is too long, which leaves a short line inside the paragraph.
        let text = help.out.split("\n\n").filter(|part| !part.contains("  "));
        for part in text {
            let lines: Vec<_> = part.lines().collect();
            let (_, all_but_last) = lines.split_last().expect("a paragraph has a line");
            assert!(all_but_last.iter().all(|line| line.len() > 70), "{part}");
        }
    }
    assert!(crosswire(&["--version"]).out.starts_with("crosswire 0."));
}
