//! No command overwrites a file that it did not write, without `--force`.

use crate::support::{Place, TINY, crosswire, refused};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// Saves a violated run.
fn violated(place: &Place) -> String {
    let file = place.name("violated.toml");
    let line = "notification-mix-up:0:pooled-cancel-desync:none";
    assert_eq!(crosswire(&["replay", line, "--save", &file]).status, 1);
    file
}

/// Returns every command that writes a file, without the name of the file, which comes last; and
/// the words of its error.
fn commands(place: &Place) -> Vec<(Vec<String>, &'static str)> {
    let (tiny, violated) = (place.file("tiny.toml", TINY), violated(place));
    let (line, out) = (format!("{tiny}:1:pooled:none"), place.name("hunt"));
    let leak = "notification-mix-up:0:pooled-cancel-desync:none";
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    vec![
        (words(&["run", &tiny, "--seed", "1", "--save"]), "not a saved run"),
        (words(&["replay", &line, "--save"]), "not a saved run"),
        (words(&["replay", leak, "--svg"]), "not a diagram of a run"),
        (words(&["replay", &line, "--report"]), "not a page of Crosswire"),
        (
            words(&["matrix", "--mechanism", "1", "--defence", "none", "--seeds", "1", "--report"]),
            "not a page of Crosswire",
        ),
        (words(&["replay", &line, "--perfetto"]), "not a trace of a run"),
        (words(&["minimize", &violated, "--budget", "1s", "--save"]), "not a saved run"),
        (
            words(&["hunt", &tiny, "--seeds", "2", "--out", &out, "--junit"]),
            "not a JUnit report of a hunt",
        ),
        (words(&["certify", "--adapter", "cat", "--save"]), "not a saved schedule"),
        (words(&["certify", "--adapter", "cat", "--report"]), "not a page of Crosswire"),
        (words(&["certify", "pooled", "--report"]), "not a page of Crosswire"),
    ]
}

fn with<'a>(command: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    command.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[test]
fn every_command_refuses_to_overwrite_other_files() {
    let place = Place::new();
    let mine = place.file("mine.txt", "dear diary");
    symlink(place.path("nothing"), place.path("link")).expect("a link");
    let fifo = place.name("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    for (command, kind) in commands(&place) {
        refused(&with(&command, &[&mine]), &["mine.txt: the file exists and is", kind, "--force"]);
        refused(&with(&command, &[&place.name("")]), &["this is a directory; expected a file"]);
        refused(
            &with(&command, &[&place.name("link")]),
            &["this is a link to", "which does not exist"],
        );
        refused(&with(&command, &[&fifo]), &["this is a named pipe; expected a file"]);
        refused(&with(&command, &["/dev/full"]), &["this is a device; expected a file"]);
        let below = format!("{mine}/below");
        refused(&with(&command, &[&below]), &["below: ", "mine.txt is not a directory"]);
    }
    assert_eq!(fs::read_to_string(mine).expect("it is there"), "dear diary");
    assert!(!place.path("hunt").exists(), "the hunt began");
    assert!(!place.path("nothing").exists());
}

#[test]
fn the_directory_of_a_certificate_is_new_or_has_a_certificate() {
    let place = Place::new();
    for name in ["certificate.md", "certificate.json", "pooled-i7.toml"] {
        let dir = place.path(&format!("with-{name}"));
        fs::create_dir(&dir).expect("a directory");
        fs::write(dir.join(name), "dear diary").expect("a file");
        let dir = dir.display().to_string();
        let words = [name, "the file exists and is not part of a certificate", "--force"];
        refused(&["certify", "pooled", "--seeds", "1", "--out", &dir], &words);
        let kept = fs::read_to_string(format!("{dir}/{name}")).expect("it is there");
        assert_eq!(kept, "dear diary");
    }
    symlink(place.path("nothing"), place.path("link")).expect("a link");
    for args in [
        &["certify", "pooled", "--out"][..],
        &["hunt", "calm", "--out"],
        &["hunt", "calm", "--guided", "--corpus"],
    ] {
        let link = place.name("link");
        let args = [args, &[&link]].concat();
        refused(&args, &["this is a link to", "which does not exist; expected a directory"]);
    }
}

#[test]
fn its_own_files_are_overwritten_and_with_force_all_files() {
    let place = Place::new();
    for (nth, (command, _)) in commands(&place).into_iter().enumerate() {
        if command[0] == "certify" {
            continue; // It needs a library.
        }
        let file = place.file(&format!("mine-{nth}"), "dear diary");
        for more in [&["--force"][..], &[]] {
            let args = with(&command, &[&[&file[..]], more].concat());
            let ran = crosswire(&args);
            assert!(ran.status < 2, "{args:?}: {}", ran.err);
            assert_ne!(fs::read(&file).expect("it is there"), b"dear diary", "{args:?}");
            drop(fs::remove_dir_all(place.path("hunt")));
        }
        let forced = with(&command, &["/dev/full", "--force"]);
        let ran = crosswire(&forced);
        assert_eq!(ran.status, 4, "{forced:?}: {}", ran.err);
        assert!(ran.err.contains("/dev/full: cannot be written"), "{}", ran.err);
        drop(fs::remove_dir_all(place.path("hunt")));
    }
}

#[test]
fn a_file_in_place_of_the_minimized_case_is_not_overwritten() {
    let place = Place::new();
    let file = violated(&place);
    let small = place.file("violated.small.toml", "dear diary");
    refused(&["minimize", &file, "--budget", "1s"], &["the file exists and is not a saved run"]);
    assert_eq!(fs::read_to_string(small).expect("it is there"), "dear diary");
}
