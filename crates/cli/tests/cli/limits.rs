//! Input that is too large or endless and output that cannot be written give an error in every
//! command.

use crate::support::{Place, Ran, TINY, command, crosswire, ran, refused, was_refused};
use std::fs::{self, File};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

/// Returns a scenario and a saved run of a million cameras.
fn large(place: &Place) -> (String, String) {
    let scenario = place.file("large.toml", TINY.replace("cameras = 4", "cameras = 1_000_000"));
    let (tiny, saved) = (place.file("tiny.toml", TINY), place.name("saved.toml"));
    assert_eq!(crosswire(&["run", &tiny, "--seed", "1", "--save", &saved]).status, 0);
    let text = fs::read_to_string(&saved).expect("a saved run");
    let text = text.replace("cameras = 4\n", "cameras = 1000000\n");
    fs::write(&saved, text).expect("a saved run");
    (scenario, saved)
}

#[test]
fn a_run_that_needs_too_much_memory_is_refused() {
    let place = Place::new();
    let ((scenario, saved), out) = (large(&place), place.name("out"));
    let (line, small) = (format!("{scenario}:1:pooled:none"), place.name("small.toml"));
    let many = ["1,000,000 cameras and", "of memory, and", "expected fewer"];
    let few = ["5,200 cameras and", "of memory, and", "expected fewer"];
    let commands: [&[&str]; 8] = [
        &["run", &scenario],
        &["run", &scenario, "--cancel-at-every-await"],
        &["replay", &line],
        &["replay", &saved],
        &["minimize", &line, "--save", &small],
        &["minimize", &saved],
        &["hunt", &scenario, "--out", &out],
        &["matrix", "--scenario", &scenario],
    ];
    let shipped: [&[&str]; 5] = [
        &[],
        &["run", "wyze-2024"],
        &["hunt", "wyze-2024", "--out", &out],
        &["matrix", "--scenario", "wyze-2024"],
        &["certify", "pooled"],
    ];
    // The limit on the address space, in units of 1,024 bytes.
    let commands = commands.map(|args| (args, "2000000", many));
    for (args, most, words) in commands.into_iter().chain(shipped.map(|args| (args, "100000", few)))
    {
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("ulimit -v {most}; exec \"$@\""), "sh"]);
        limited.arg(env!("CARGO_BIN_EXE_crosswire")).args(args);
        let limited = limited.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let result = ran(limited.expect("a shell"));
        was_refused(args, &result, if args.contains(&"pooled") { &words[1..] } else { &words });
    }
    assert!(!place.path("out").exists(), "the hunt began");
}

#[test]
fn pipes_sockets_and_devices_are_not_read() {
    let place = Place::new();
    let [fifo, socket, link] =
        ["fifo.toml", "socket.toml", "link.toml"].map(|name| place.name(name));
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    let _socket = UnixListener::bind(&socket).expect("a socket");
    std::os::unix::fs::symlink(place.path("nothing"), &link).expect("a link");
    let out = place.name("out");
    let commands: [&[&str]; 6] = [
        &["run"],
        &["replay"],
        &["minimize"],
        &["hunt", "--out", &out],
        &["matrix", "--scenario"],
        &["certify", "--adapter", "cat", "--schedule"],
    ];
    for args in commands {
        let with = |file: &str, words: &[&str]| refused(&[args, &[file]].concat(), words);
        with(&fifo, &["fifo.toml: this is a named pipe; expected"]);
        with(&socket, &["socket.toml: this is a socket; expected"]);
        with("/dev/zero", &["/dev/zero: this is a device; expected"]);
        // A path where nothing is may be a seed line.
        if !matches!(args[0], "replay" | "minimize") {
            with(&link, &["this is a link to", "which is not there"]);
        }
    }
    assert!(!place.path("out").exists(), "the hunt began");
    // In a directory, only this file is refused.
    let replayed = crosswire(&["replay", &place.name("")]);
    assert_eq!(replayed.status, 2, "{}", replayed.err);
    assert!(replayed.err.contains("fifo.toml: this is a named pipe"), "{}", replayed.err);
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let place = Place::new();
    let (tiny, out) = (place.file("tiny.toml", TINY), place.name("out"));
    let line = format!("{tiny}:1:pooled:none");
    let cell = ["--mechanism", "1", "--defence", "none", "--scenario", &tiny, "--seeds", "1"];
    let matrix = [&["matrix"], &cell[..]].concat();
    let csv = [&matrix[..], &["--csv"]].concat();
    let commands: [&[&str]; 17] = [
        &["--help"],
        &["--version"],
        &["run", "--help"],
        &["hunt", "--help"],
        &["help", "certify"],
        &["list", "clients"],
        &["list", "mechanisms", "--json"],
        &["schema"],
        &["run", &tiny, "--seed", "1"],
        &["run", &tiny, "--seed", "1", "--json"],
        &["run", &tiny, "--seed", "1", "--log"],
        &["run", "pair", "--seed", "7", "--cancel-at-every-await", "--json"],
        &["replay", &line],
        &matrix,
        &csv,
        &["hunt", &tiny, "--seeds", "1", "--no-minimize", "--out", &out],
        &["certify", "pooled", "--seeds", "1"],
    ];
    for args in commands {
        let full = File::options().write(true).open("/dev/full").expect("a full device");
        let child = command(args).stdout(full).stderr(Stdio::piped()).spawn();
        let Ran { status, err, .. } = ran(child.expect("the binary runs"));
        assert_eq!(status, 4, "{args:?}: {err}");
        assert!(err.contains("the output cannot be written"), "{args:?}: {err}");
    }
}

#[test]
fn texts_and_numbers_of_a_scenario_and_of_a_saved_run_have_limits() {
    let place = Place::new();
    let long = format!("summary = \"{}\"\n", "x".repeat(200_000));
    let corrupt = |text: &str, name: &str| {
        let is_summary = |line: &str| line.starts_with("summary = ");
        let lines = text.lines();
        let lines =
            lines.map(|line| if is_summary(line) { long.clone() } else { format!("{line}\n") });
        place.file(name, lines.collect::<String>())
    };
    let words = ["`summary` has 200_000 characters; expected at most 500"];
    refused(&["run", &corrupt(TINY, "long.toml")], &words);
    let severe = TINY.replace("severity = 20.0", "severity = 1e300");
    let severe = place.file("severe.toml", severe);
    refused(&["run", &severe], &["the severity of `cache-slow` is 1e300; expected 1 to 60_000"]);
    let (tiny, saved) = (place.file("tiny.toml", TINY), place.name("saved.toml"));
    assert_eq!(crosswire(&["run", &tiny, "--seed", "1", "--save", &saved]).status, 0);
    let text = fs::read_to_string(&saved).expect("a saved run");
    refused(&["replay", &corrupt(&text, "saved-long.toml")], &words);
    let severe = text.replace("severity = 20.0", "severity = 1e300");
    let crash = severe.replace("kind = \"cache-slow\"", "kind = \"cache-crash\"");
    for (text, words) in [
        (&severe, "the severity of `cache-slow` is 1e300; expected 1 to 60_000"),
        (&crash, "the severity of `cache-crash`, which has none, is 1e300; expected 1"),
    ] {
        assert!(text.contains("1e300"), "{text}");
        refused(&["replay", &place.file("severe-saved.toml", text)], &[words]);
    }
}
