//! Everything that `--json` prints is an object of a published type.

use crate::support::{Place, TINY, crosswire, scenario};
use crosswire_output::conforms::problems;
use serde_json::Value;

/// Returns the type of an object, after checking it against the schema of that type.
#[track_caller]
fn type_of(object: &Value, words: &[&str]) -> String {
    let name = object["type"].as_str().expect("a type").to_owned();
    let schema = crosswire(&["schema", &name]);
    let schema: Value = serde_json::from_str(&schema.out).expect("a schema");
    let problems = problems(&schema, object);
    assert!(problems.is_empty(), "{words:?}, {name}:\n{}", problems.join("\n"));
    assert_eq!(object["version"], 1, "{words:?}");
    same_words(object, "");
    name
}

/// Checks that verdicts and seeds have one form everywhere.
#[track_caller]
fn same_words(value: &Value, name: &str) {
    match (name, value) {
        ("verdict" | "uncancelled", Value::String(word)) => {
            let known = ["clean", "violated", "inconclusive", "panicked", "hung"];
            assert!(known.contains(&word.as_str()), "{word} is no verdict");
        }
        ("seed" | "from", value) => {
            let digits = value.as_str().expect("a seed is a string");
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
        }
        ("held" | "broken", _) => panic!("`{name}` is another word for a verdict"),
        (_, Value::Object(fields)) => fields.iter().for_each(|(name, it)| same_words(it, name)),
        (_, Value::Array(items)) => items.iter().for_each(|it| same_words(it, "")),
        _ => {}
    }
}

/// Runs a command and returns the types of the objects that it prints, on lines or pages.
#[track_caller]
fn types(words: &[&str]) -> Vec<String> {
    let out = crosswire(words).out;
    let objects = serde_json::Deserializer::from_str(&out).into_iter::<Value>();
    objects.map(|object| type_of(&object.expect("JSON"), words)).collect()
}

#[test]
fn every_command_prints_objects_of_published_types() {
    let place = Place::new();
    let (slow, out, saved) = (scenario(&place), place.name("out"), place.name("saved.toml"));
    let dir = place.name("kept");
    std::fs::create_dir(&dir).expect("a directory");
    place.file("kept/a.toml", "nonsense");
    let faulty = "pooled-cancel-desync";
    let line = "notification-mix-up:0:pooled-cancel-desync:none";
    let unknown = place.name("none.toml");
    for (words, expected) in [
        (&["run", "pair", "--seed", "7", "--json"][..], &["run"][..]),
        (
            &[
                "run",
                line.split(':').next().expect("a name"),
                "--seed",
                "0",
                "--client",
                faulty,
                "--json",
                "--save",
                &saved,
            ],
            &["run"],
        ),
        (
            &[
                "run",
                "pair",
                "--seed",
                "1",
                "--client",
                faulty,
                "--cancel-at-every-await",
                "--json",
            ],
            &["every-await"],
        ),
        (&["replay", line, "--json"], &["run"]),
        (&["replay", &saved, "--json"], &["replay"]),
        (&["replay", &dir, "--json"], &["error"]),
        (
            &[
                "hunt",
                &slow,
                "--client",
                "pooled",
                "--seeds",
                "2",
                "--out",
                &out,
                "--no-minimize",
                "--json",
            ],
            &["hunt-summary"],
        ),
        (
            &[
                "matrix",
                "--mechanism",
                "1",
                "--client",
                "pooled",
                "--defence",
                "none",
                "--seeds",
                "2",
                "--json",
            ],
            &["matrix"],
        ),
        (&["list", "clients", "--json"], &["list"]),
        (&["list", "services", "--json"], &["list"]),
        (&["list", "mechanisms", "--json"], &["list"]),
        (&["list", "faults", "--json"], &["list"]),
        (&["list", "situations", "--json"], &["list"]),
        // Errors are objects as well.
        (&["run", "clam", "--json"], &["error"]),
        (&["run", &unknown, "--json"], &["error"]),
        (&["run", "calm", "--seed", "soon", "--json"], &["error"]),
        (&["run", "--json"], &["error"]),
        (&["replay", "nonsense", "--json"], &["error"]),
        (&["hunt", "calm", "--client", "poled", "--json"], &["error"]),
        (&["matrix", "--mechanism", "none", "--json"], &["error"]),
        (&["certify", "poled", "--json"], &["error"]),
        (&["certify", "--adapter", "/no/such/program", "--json"], &["error"]),
        (&["list", "nothing", "--json"], &["error"]),
    ] {
        assert_eq!(types(words), expected, "{words:?}");
    }
    let certificate = ["certify", "pooled", "--seeds", "1", "--no-minimize", "--json"];
    assert_eq!(types(&certificate), ["certificate"]);
}

#[test]
fn a_hunt_prints_a_line_for_each_finding_and_the_summary_last() {
    let place = Place::new();
    let (file, out) = (scenario(&place), place.name("out"));
    let words = ["hunt", &file, "--client", "pooled-cancel-desync", "--seeds", "12", "--out", &out];
    let mut printed = types(&[&words[..], &["--no-minimize", "--json"]].concat());
    assert_eq!(printed.pop().as_deref(), Some("hunt-summary"));
    assert!(
        !printed.is_empty() && printed.iter().all(|name| name == "hunt-finding"),
        "{printed:?}"
    );
}

#[test]
fn a_story_stands_as_steps_too_and_an_error_says_its_status() {
    let words = ["replay", "notification-mix-up:0:pooled-cancel-desync:none", "--json"];
    let run: Value = serde_json::from_str(&crosswire(&words).out).expect("an object");
    let first = &run["violations"][0];
    let (story, steps) = (first["story"].as_array(), first["steps"].as_array());
    let (story, steps) = (story.expect("a story"), steps.expect("steps"));
    assert_eq!(story.len(), steps.len());
    for (line, step) in story.iter().zip(steps) {
        let at_ms = step["at_ms"].as_u64().expect("a time");
        let text = step["text"].as_str().expect("a text");
        let printed = format!("{}.{:03} {text}", at_ms / 1_000, at_ms % 1_000);
        assert_eq!(line, &printed);
    }
    let refused = crosswire(&["run", "clam", "--json"]);
    let error: Value = serde_json::from_str(&refused.out).expect("an object");
    assert_eq!((&error["status"], refused.status), (&2.into(), 2));
    assert_eq!(error["message"], "unknown scenario `clam`; did you mean `calm`?");
    assert!(refused.err.contains("unknown scenario `clam`"), "the text is printed as well");
}

#[test]
fn every_schema_is_printed_and_an_unknown_type_is_refused() {
    crate::support::refused(&["schema", "rnu"], &["unknown type `rnu`; did you mean `run`?"]);
    for (name, ..) in crosswire_cli::schemas::TYPES {
        let schema = crosswire(&["schema", name]).out;
        let schema: Value = serde_json::from_str(&schema).expect("a schema");
        assert_eq!(schema["properties"]["type"]["const"], *name);
        assert!(schema["required"].as_array().expect("fields").contains(&"type".into()), "{name}");
    }
}

#[test]
fn objects_that_break_the_schema_are_noticed() {
    let schema: Value = serde_json::from_str(&crosswire(&["schema", "run"]).out).expect("a schema");
    let words = ["run", "pair", "--seed", "7", "--json"];
    let run: Value = serde_json::from_str(&crosswire(&words).out).expect("an object");
    let corrupt = |field: &str, with: Value| {
        let mut run = run.clone();
        run[field] = with;
        problems(&schema, &run)
    };
    assert_eq!(problems(&schema, &run), Vec::<String>::new());
    assert!(!corrupt("seed", 7.into()).is_empty());
    assert!(!corrupt("type", "runs".into()).is_empty());
    assert!(!corrupt("verdict", "held".into()).is_empty());
    assert!(!corrupt("more", 1.into()).is_empty());
    assert!(!corrupt("requests", (-1).into()).is_empty());
}

/// Converts a scenario from TOML to JSON.
fn scenario_of(text: &str) -> Value {
    let table: toml::Table = toml::from_str(text).expect("TOML");
    serde_json::to_value(table).expect("JSON")
}

#[test]
fn the_scenario_schema_allows_what_the_program_allows() {
    let schema: Value = serde_json::from_str(&crosswire(&["schema"]).out).expect("a schema");
    for file in crosswire_plan::builtin() {
        let name = file.name;
        assert_eq!(problems(&schema, &scenario_of(file.text)), Vec::<String>::new(), "{name}");
    }
    let place = Place::new();
    for (valid, invalid) in [
        ("cameras = 4", "cameras = 0"),
        ("cameras = 4", "cameras = 10_000_001"),
        ("gateways = 1", "gateways = 65"),
        ("duration_ms = 12_000", "duration_ms = 0"),
        ("start_ms = [4_000, 5_000]", "start_ms = [4_000, 86_400_001]"),
        ("event_every_ms = 2_000", "event_every_ms = 0"),
        ("event_every_ms = 2_000", "tap_share = 1.5"),
    ] {
        assert!(TINY.contains(valid), "{valid}");
        let text = TINY.replacen(valid, invalid, 1);
        assert!(!problems(&schema, &scenario_of(&text)).is_empty(), "the schema allows {invalid}");
        let file = place.file("corrupt.toml", &text);
        assert_eq!(crosswire(&["run", &file]).status, 2, "the program allows {invalid}");
    }
}
