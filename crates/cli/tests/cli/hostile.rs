//! Names and texts that would steer a terminal are made harmless, in every command.

use crate::support::{Place, Ran, TINY, command, scenario};
use crosswire_plan::steers;
use std::process::{Command, Output};

/// Strings that could steer a terminal: a colour, a C1 control, a change of direction, a new line,
/// characters without width.
const NAMES: [&str; 5] = [
    "a\u{1b}[31mred",
    "b\u{9b}31m",
    "c\u{202e}lmot",
    "d\nerror: fake\r",
    "e\u{200b}\u{feff}\u{2028}",
];

fn ran(args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = command(args).output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { status: status.code().expect("a status"), out: text(stdout), err: text(stderr) }
}

/// Runs a command and checks that its output cannot steer a terminal.
#[track_caller]
fn tame(args: &[&str], status: i32) -> Ran {
    let ran = ran(args);
    assert_eq!(ran.status, status, "{args:?}: {:?}", ran.err);
    for text in [&ran.out, &ran.err] {
        let evil = text.chars().find(|c| steers(*c) && !matches!(c, '\n' | '\t'));
        assert_eq!(evil, None, "{args:?}:\n{text:?}");
        assert!(!text.contains("\nerror: fake"), "{args:?}:\n{text}");
    }
    ran
}

#[test]
fn arguments_cannot_steer_the_terminal() {
    for name in NAMES {
        let place = Place::new();
        let file = place.name(name);
        let toml = place.name(&format!("{name}.toml"));
        let corrupt = place.file(&format!("{name}-corrupt.toml"), TINY.replace("cast", name));
        let line = format!("calm:7:{name}:none");
        let place_of = format!("calm:7:pooled:{name}");
        for args in [
            &["run", name][..],
            &["run", &toml],
            &["run", &corrupt],
            &["run", "calm", "--seed", name],
            &["run", "calm", "--client", name],
            &["run", "calm", "--service", name],
            &["run", "calm", "--defence", name],
            &["run", "calm", name],
            &["run", "calm", &format!("--{name}")],
            &["run", "calm", "--save", &format!("{corrupt}/x")],
            &["run", "pair", "--cancel-at", name],
            &["replay", name],
            &["replay", &corrupt],
            &["replay", &line],
            &["replay", &place_of],
            &["replay", &format!("{name}:7:pooled:none")],
            &["replay", "calm", "--run-timeout", name],
            &["minimize", name],
            &["minimize", &corrupt, "--save", &file],
            &["hunt", name],
            &["hunt", "calm", "--client", name],
            &["hunt", "calm", "--out", &corrupt],
            &["hunt", "calm", "--baseline", &file],
            &["hunt", "calm", "--for", name],
            &["hunt", "calm", "--out", &file, "--resume"],
            &["certify", name],
            &["certify", "--adapter", name],
            &["certify", "--adapter", "cat", "--schedule", &corrupt],
            &["certify", "pooled", "--out", &corrupt],
            &["matrix", "--mechanism", name],
            &["matrix", "--client", name],
            &["matrix", "--scenario", name],
            &["list", name],
            &["schema", name],
            &[name],
        ] {
            tame(args, 2);
            // Commands without `--json` fail as well, without an object.
            let json = [args, &["--json"]].concat();
            let result = tame(&json, 2);
            if !result.out.is_empty() {
                let object: serde_json::Value = serde_json::from_str(&result.out).expect("JSON");
                assert_eq!(object["type"], "error", "{args:?}");
            }
        }
    }
}

#[test]
fn a_text_in_a_scenario_cannot_steer_the_terminal() {
    let place = Place::new();
    for evil in ["\\u001b[31m", "\u{202e}", "\u{200b}", "\u{2028}"] {
        let text = TINY.replace("Two cameras", evil);
        let file = place.file("evil.toml", text);
        let result = tame(&["run", &file], 2);
        assert!(result.err.contains("`summary` is not one line of plain text"), "{}", result.err);
    }
}

/// Runs a line in a shell in which `crosswire` is the binary.
fn pasted(line: &str) -> Option<i32> {
    let shell = format!("crosswire() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_crosswire"));
    let status = Command::new("bash").args(["-c", &shell]).output().ok()?.status;
    status.code()
}

#[test]
fn replay_commands_can_be_pasted_whatever_the_name() {
    for name in NAMES {
        let place = Place::new();
        let file = format!("{}.toml", place.name(name));
        std::fs::rename(scenario(&place), &file).expect("a file");
        let (saved, out) = (format!("{}-saved.toml", place.name(name)), place.name("out"));
        let run = ["run", &file, "--seed", "3", "--save", &saved];
        let run = tame(&run, 0);
        let lines: Vec<_> = run
            .out
            .lines()
            .filter_map(|line| line.find("crosswire replay ").map(|at| &line[at..]))
            .collect();
        assert_eq!(lines.len(), 2, "a seed line and a file: {}", run.out);
        for line in lines {
            assert_eq!(pasted(line), Some(0), "{line}");
        }
        let hunt = ["hunt", &file, "--client", "pooled-cancel-desync", "--seeds", "12"];
        let hunt =
            tame(&[&hunt[..], &["--no-minimize", "--out", &out, "--annotations"]].concat(), 1);
        let line = hunt.out.lines().find_map(|line| line.strip_prefix("  replay: "));
        assert_eq!(pasted(line.expect("a command")), Some(1), "{}", hunt.out);
    }
}
