//! This crate's program: every command accepts its clients like the built-in ones.

use std::path::Path;
use std::process::Command;

/// A storm that exposes the hasty client.
const LINE: &str = "notification-mix-up:0:hasty:none";

/// The files that the tests saved: they name the client as the program does.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

/// Runs the program in a directory; returns its exit status and its output.
fn storm(dir: &Path, words: &str) -> (i32, String) {
    let args = words.split(' ');
    let program =
        Command::new(env!("CARGO_BIN_EXE_own-client")).args(args).current_dir(dir).output();
    let output = program.expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8(output.stderr).expect("text");
    (output.status.code().expect("an exit status"), text + &errors)
}

#[test]
fn each_command_knows_the_clients_of_the_program() {
    let place = tempfile::tempdir().expect("a directory");
    for (words, status, expected) in [
        ("list clients", 0, "\nhasty "),
        ("run pair --seed 0 --client own-client --log", 0, "own-client (correct: gives"),
        ("run pair --seed 0 --client hasti", 2, "did you mean `hasty`?"),
        (&format!("replay {LINE}"), 1, &format!("own-client replay {LINE}")),
        (
            &format!("run notification-mix-up --seed 0 --client hasty --save kept.toml"),
            1,
            "saved: ",
        ),
        ("replay kept.toml", 0, "reproduces"),
        (&format!("minimize {LINE} --save small.toml --budget 3s"), 0, "saved: "),
        ("replay small.toml", 0, "reproduces"),
        (&format!("replay {REGRESSIONS}"), 0, "1 of 1 are as expected"),
        (
            "hunt notification-mix-up --client hasty --seeds 2 --no-minimize",
            1,
            &format!("replay {LINE}"),
        ),
        ("hunt notification-mix-up --client hasty --seeds 2 --no-minimize --resume", 1, "violated"),
        ("matrix --client own-client --client hasty --defence none --seeds 1", 0, " clean 1"),
        ("certify own-client --seeds 20 --no-minimize", 0, "# Certificate: `own-client`"),
    ] {
        let (ended, text) = storm(place.path(), words);
        assert!(text.contains(expected), "{words}: `{expected}` is not in:\n{text}");
        assert_eq!(ended, status, "{words}:\n{text}");
    }
}
