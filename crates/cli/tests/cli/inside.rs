//! Files are validated: a journal or certificate names only files in its directory, and its numbers
//! are possible.

use crate::support::{Place, crosswire, refused, scenario};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;

const HUNT: [&str; 8] =
    ["--client", "pooled-cancel-desync", "--seeds", "12", "--baseline", "", "--json", "--out"];

/// Rewrites the first line of a kind in a journal.
fn rewritten(journal: &str, kind: &str, rewrite: impl Fn(&mut Value)) -> String {
    let mut found = false;
    let lines = journal.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        if line["line"] == kind && !found {
            found = true;
            rewrite(&mut line);
        }
        format!("{line}\n")
    });
    let text = lines.collect();
    assert!(found, "no line of a {kind}");
    text
}

#[test]
fn a_journal_cannot_name_files_outside_its_directory_or_seeds_beyond_its_range() {
    let place = Place::new();
    let (file, known, out) = (scenario(&place), place.name("known"), place.name("out"));
    fs::create_dir(place.path("known")).expect("a directory");
    let mut args = HUNT.to_vec();
    args[5] = &known;
    let args = [&["hunt", &file, "--minimize", "1s"][..], &args, &[&out]].concat();
    assert_eq!(crosswire(&args).status, 1);
    let path = place.path("out/hunt.jsonl");
    let whole = fs::read_to_string(&path).expect("a journal");
    let outside = place.file("OUT.toml", "dear diary");
    symlink(&outside, place.path("out/link.toml")).expect("a link");
    let names = ["../OUT.toml", &outside, "sub/OUT.toml", "..", "", "link.toml", "a\u{1b}[2J.toml"];
    let corrupt = |kind: &str, rewrite: &dyn Fn(&mut Value), words: &[&str]| {
        let text = rewritten(&whole, kind, rewrite);
        fs::write(&path, &text).expect("a journal");
        let args = [&args[..], &["--resume"]].concat();
        refused(&args, &[words, &["hunt.jsonl:"]].concat());
        assert_eq!(fs::read_to_string(&path).expect("a journal"), text);
        assert_eq!(fs::read_to_string(&outside).expect("it is there"), "dear diary");
        assert!(!place.path("OUT.small.toml").exists());
    };
    for name in names {
        let leads = |line: &mut Value| line["finding"]["file"] = name.into();
        let why =
            if name == "link.toml" { "is a link" } else { "is not the name of a file in this" };
        corrupt("finding", &leads, &[why]);
        let bred = |line: &mut Value| {
            line["finding"]["bred"] = true.into();
            line["finding"]["file"] = name.into();
            line["finding"]["replay"] = name.into();
        };
        corrupt("finding", &bred, &[why]);
    }
    for seed in [json!(12), json!(1000), json!("18446744073709551615")] {
        let beyond = |line: &mut Value| line["finding"]["seed"] = seed.clone();
        corrupt("finding", &beyond, &["expected one from 0 and below 12"]);
    }
    let other = |line: &mut Value| line["finding"]["client"] = "pooled".into();
    corrupt("finding", &other, &["of another target"]);
    let command = |line: &mut Value| line["finding"]["replay"] = "x; rm -rf /".into();
    corrupt("finding", &command, &["is neither its seed line nor its file"]);
    let invariant = |line: &mut Value| line["finding"]["invariants"] = json!(["I1", "I15"]);
    corrupt("finding", &invariant, &["unknown variant `I15`, expected one of `I1`, `I2`"]);
    let many = |line: &mut Value| {
        line["counts"]["clean"] = json!(u64::MAX);
        line["counts"]["violated"] = json!(9);
    };
    corrupt("done", &many, &["seeds are done, but their counts add up to"]);
    let ground = |line: &mut Value| line["ground"] = json!(7);
    corrupt("done", &ground, &["there is no target 7"]);
    let moved = place.path("moved.jsonl");
    fs::write(&moved, &whole).expect("a journal");
    fs::remove_file(&path).expect("a journal");
    symlink(&moved, &path).expect("a link");
    refused(
        &[&args[..], &["--resume"]].concat(),
        &["this is a symbolic link; expected a file in the directory"],
    );
}

#[test]
fn a_plan_in_a_journal_must_be_valid() {
    let place = Place::new();
    let (file, out) = (scenario(&place), place.name("out"));
    let args = ["hunt", &file, "--guided", "--seeds", "12", "--no-minimize", "--out", &out];
    assert_eq!(crosswire(&args).status, 0);
    let path = place.path("out/hunt.jsonl");
    let whole = fs::read_to_string(&path).expect("a journal");
    let resumed = [&args[..], &["--resume"]].concat();
    for (field, value, words) in [
        ("cast", json!({ "cameras": 4_000_000_000_u64 }), "`cast.cameras` is 4000000000"),
        ("client", json!({ "name": "redis-rs" }), "a plan is of another target"),
    ] {
        let spoil = |line: &mut Value| {
            let part = line["kept"]["plan"][field].as_object_mut().expect("a part of a plan");
            part.extend(value.as_object().expect("an object").clone());
        };
        fs::write(&path, rewritten(&whole, "kept", spoil)).expect("a journal");
        refused(&resumed, &[words]);
    }
    let beyond = |line: &mut Value| line["kept"]["run"] = json!(12);
    fs::write(&path, rewritten(&whole, "kept", beyond)).expect("a journal");
    refused(&resumed, &["expected one from 0 and below 12"]);
}

#[test]
fn an_older_certificate_removes_only_its_own_files() {
    let place = Place::new();
    let dir = place.name("out");
    let args = ["certify", "redis-rs", "--seeds", "1", "--json", "--out", &dir];
    let first = crosswire(&args);
    let mut forged: Value = serde_json::from_str(&first.out).expect("one object");
    let finding = |file: &str| {
        json!({ "invariant": "I7", "signature": "I7", "trial": "storm", "seed": 0, "cancel_at": null,
                "story": [], "requests": null, "file": file })
    };
    let outside = place.name("kept.toml");
    assert!(crosswire(&["run", "pair", "--seed", "1", "--save", &outside]).status != 2);
    let beside = place.file("out/notes.toml", fs::read(&outside).expect("a saved run"));
    forged["findings"] = json!([finding("../kept.toml"), finding(&outside), finding("notes.toml")]);
    fs::write(place.path("out/certificate.json"), forged.to_string()).expect("a certificate");
    let again = crosswire(&args);
    assert_eq!(again.status, first.status, "{}", again.err);
    for file in [outside, beside] {
        assert!(fs::exists(&file).expect("it can be looked for"), "{file}");
    }
}
