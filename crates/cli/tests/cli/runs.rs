//! `crosswire run`.

use crate::support::{Place, Ran, TINY, command, crosswire};
use serde_json::Value;
use std::io::Read;
use std::process::Stdio;

fn json(args: &[&str]) -> (i32, Value) {
    let Ran { status, out, .. } = crosswire(args);
    (status, serde_json::from_str(&out).expect("one object on standard output"))
}

#[test]
fn two_runs_print_the_same_bytes_and_no_colour() {
    let args = ["run", "calm", "--seed", "3", "--log", "--check-determinism"];
    let (first, second) = (crosswire(&args), crosswire(&args));
    assert_eq!((first.status, first.err.as_str()), (0, ""));
    assert!(first.out == second.out);
    assert!(!first.out.contains('\u{1b}'));
    assert!(first.out.contains("deterministic: two runs"), "{}", first.out);
}

#[test]
fn a_run_begins_with_the_seed_and_ends_with_the_replay_command() {
    let run = crosswire(&["run", "calm", "--seed", "3"]);
    assert!(run.out.starts_with("calm, seed 3\n"), "{}", run.out);
    assert!(run.out.contains("\nclean: every invariant held"), "{}", run.out);
    assert!(run.out.ends_with("\n  crosswire replay calm:3:pooled:none\n"), "{}", run.out);
    assert!(run.out.lines().all(|line| line.chars().count() <= 100), "{}", run.out);
}

#[test]
fn without_a_seed_a_random_one_is_printed() {
    let place = Place::new();
    let file = place.file("tiny.toml", TINY);
    let seeds: Vec<_> = (0..2).map(|_| json(&["run", &file, "--json"]).1["seed"].clone()).collect();
    assert_ne!(seeds[0], seeds[1]);
}

#[test]
fn json_is_one_object_with_all_fields() {
    let (status, mut first) = json(&["run", "calm", "--seed", "0x2a", "--json"]);
    let fields: Vec<_> = first.as_object().expect("an object").keys().cloned().collect();
    let mut expected = [
        "type",
        "version",
        "scenario",
        "seed",
        "client",
        "service",
        "defences",
        "verdict",
        "violations",
        "counts",
        "exposure",
        "reached",
        "missing",
        "checked",
        "requests",
        "deliveries",
        "fired",
        "not_applicable",
        "untested",
        "unconnected",
        "simulated_ms",
        "wall_ms",
        "digest",
    ];
    expected.sort_unstable();
    assert_eq!((status, fields), (0, expected.map(str::to_owned).to_vec()));
    let exposure: Vec<_> = first["exposure"].as_object().expect("an object").keys().collect();
    let mut units =
        ["users", "listed", "thumbnails", "taps", "videos", "accounts", "first_leak_ms"];
    units.sort_unstable();
    assert_eq!(exposure, units);
    assert_eq!((&first["seed"], &first["verdict"]), (&"42".into(), &"clean".into()));
    let mut second = json(&["run", "calm", "--seed", "42", "--json"]).1;
    first["wall_ms"] = 0.into();
    second["wall_ms"] = 0.into();
    assert_eq!(first, second);
}

#[test]
fn with_json_the_banner_and_the_log_go_to_standard_error() {
    let run = crosswire(&["run", "calm", "--seed", "3", "--json", "--log"]);
    assert!(run.out.starts_with('{') && run.out.ends_with("}\n"));
    assert!(run.err.starts_with("calm, seed 3\n"));
    assert!(run.err.contains("gateway-0   request-"), "{}", run.err);
}

#[test]
fn a_seed_may_be_a_commit_hash() {
    let hash = json(&["run", "calm", "--seed", "3f9ac01", "--json"]).1;
    // A seed is written as a string, so that no reader rounds it.
    let seed = hash["seed"].as_str().expect("a long seed");
    let number = json(&["run", "calm", "--seed", seed, "--json"]).1;
    assert_eq!(hash["digest"], number["digest"]);
}

#[test]
fn arguments_replace_the_client_and_the_defences() {
    let (_, run) = json(&[
        "run",
        "calm",
        "--seed",
        "3",
        "--json",
        "--client",
        "sharded-mget",
        "--defence",
        "verify-at-delivery",
        "--defence",
        "bypass-relation-cache",
    ]);
    assert_eq!(run["client"], "sharded-mget");
    assert_eq!(run["defences"].as_array().map(Vec::len), Some(2));
    let joined = ["verify-at-delivery+bypass-relation-cache", "--client", "sharded-mget"];
    let joined = [&["run", "calm", "--seed", "3", "--json", "--defence"], &joined[..]].concat();
    assert_eq!(json(&joined).1["digest"], run["digest"]);
    let none = json(&["run", "calm", "--seed", "3", "--json", "--defence", "none"]).1;
    assert_eq!(none["defences"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_storm_with_a_faulty_client_is_violated_and_tells_its_stories() {
    let args = ["run", "reconnect-storm", "--client", "pooled-cancel-desync", "--seed"];
    let violated = (0..20).map(|seed| {
        let seed = seed.to_string();
        json(&[&args[..], &[&seed, "--json"]].concat())
    });
    let (status, run) =
        violated.into_iter().find(|(status, _)| *status != 0).expect("a violated run");
    assert_eq!((status, &run["verdict"]), (1, &"violated".into()));
    for violation in run["violations"].as_array().expect("a list") {
        let story = violation["story"].as_array().expect("a story");
        assert!((1..=12).contains(&story.len()), "{violation}");
        for field in ["invariant", "name", "at_ms", "user", "device", "event"] {
            assert!(violation.get(field).is_some(), "{field}");
        }
    }
}

#[test]
fn the_scenarios_of_the_docs_run_as_described() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scenarios.md"))
            .expect("the page about scenarios");
    let blocks = page.split("```toml\n").skip(1);
    let scenarios: Vec<_> =
        blocks.map(|rest| rest.split_once("```").expect("a block ends").0).collect();
    let [small, whole] = scenarios[..] else { panic!("the page has two scenarios") };
    let place = Place::new();
    let (small, whole) = (place.file("slow-cache.toml", small), place.file("whole.toml", whole));
    let (status, run) = json(&["run", &small, "--seed", "7", "--json"]);
    assert_eq!((status, &run["scenario"]), (0, &"slow-cache".into()));
    let (status, run) = json(&["run", &whole, "--seed", "1", "--json"]);
    assert_eq!((status, &run["verdict"]), (1, &"violated".into()));
    assert!(run["counts"]["I1"].as_u64() > Some(0), "the faulty client shows a leak: {run}");
    let (status, run) = json(&["run", &whole, "--seed", "1", "--client", "pooled", "--json"]);
    assert_eq!((status, &run["verdict"]), (0, &"clean".into()), "{run}");
}

#[test]
fn a_missing_situation_makes_a_run_inconclusive() {
    let place = Place::new();
    let file = place.file("tiny.toml", format!("{TINY}\n[reach]\ngateway-lost = 1\n"));
    let run = crosswire(&["run", &file, "--seed", "1"]);
    assert_eq!(run.status, 3, "{}", run.out);
    assert!(run.out.contains(
        "inconclusive: nothing was violated, but a required situation never occurred: gateway-lost"
    ));
}

#[test]
fn a_reader_that_stops_early_causes_no_panic() {
    let mut running = command(&["run", "calm", "--seed", "3", "--log"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut first = [0; 4];
    running.stdout.take().expect("a pipe").read_exact(&mut first).expect("a banner");
    let ended = running.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
}
