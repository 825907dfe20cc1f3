//! A journal that was damaged or edited is refused with what is wrong in it.

use super::*;
use crate::journal::begun::Begun;

/// The journal of a hunt with findings, whose lines a test may change.
struct Written {
    place: tempfile::TempDir,
    hunt: Hunt,
    lines: Vec<String>,
}

impl Written {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let hunt = hunt(vec![small("pooled-cancel-desync")], 8);
        let dir = place.path().join("out");
        let mut journal = HuntJournal::begin(&dir, &hunt).expect("a journal");
        play(&hunt, &mut journal);
        let text = fs::read_to_string(dir.join(FILE)).expect("a journal");
        Self { place, hunt, lines: text.lines().map(str::to_owned).collect() }
    }

    /// Returns the error of resuming with other lines.
    fn refused(&self, change: impl FnOnce(&mut Vec<String>)) -> String {
        let mut lines = self.lines.clone();
        change(&mut lines);
        let dir = self.place.path().join("out");
        fs::write(dir.join(FILE), lines.join("\n") + "\n").expect("a journal");
        let bad = HuntJournal::resume(&dir, &self.hunt).err().expect("a bad journal");
        bad.to_string().replace(&self.place.path().display().to_string(), "DIR")
    }
}

#[test]
fn a_damaged_line_is_named_with_what_contradicts_it() {
    let written = Written::new();
    let last = written.lines.len() - 1;
    let edit = |from: &str, to: &str| {
        let line = written.lines[last].replacen(from, to, 1);
        assert_ne!(line, written.lines[last], "{from}");
        move |lines: &mut Vec<String>| lines[last] = line
    };
    let all = [
        written.refused(|lines| lines[last].truncate(40)),
        written.refused(edit("\"done\"", "\"fin\"")),
        written.refused(edit("\"count\":8", "\"count\":7")),
        written.refused(edit("\"count\":8", "\"count\":9")),
        written.refused(edit("\"missing_in_runs\":{}", "\"missing_in_runs\":{\"x\":9}")),
        written.refused(|lines| drop(lines.remove(1))),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

/// A run that hung before the process was killed may end the next time, with its finding kept.
#[test]
fn a_finding_more_than_runs_that_failed_is_accepted() {
    let written = Written::new();
    let last = written.lines.len() - 1;
    let mut done: serde_json::Value = serde_json::from_str(&written.lines[last]).expect("JSON");
    let counts = &mut done["counts"];
    let count = |name: &str| counts[name].as_u64().expect("a number");
    let (violated, clean) = (count("violated"), count("clean"));
    assert!(violated > 0, "{done}");
    counts["violated"] = (violated - 1).into();
    counts["clean"] = (clean + 1).into();
    let mut lines = written.lines.clone();
    lines[last] = done.to_string();
    let dir = written.place.path().join("out");
    fs::write(dir.join(FILE), lines.join("\n") + "\n").expect("a journal");
    assert!(HuntJournal::resume(&dir, &written.hunt).is_ok());
}

#[test]
fn a_place_without_a_hunt_is_refused_with_what_to_name_instead() {
    let place = tempfile::tempdir().expect("a directory");
    let path = |name: &str| place.path().join(name);
    fs::create_dir(path("empty")).expect("a directory");
    fs::create_dir(path("taken")).expect("a directory");
    fs::write(path("taken/README.md"), "mine").expect("a file");
    let all = ["empty", "missing", "taken", "taken/README.md"].map(|name| {
        let bad = Begun::read(&path(name)).expect_err("there is no hunt");
        let help = miette::Diagnostic::help(&bad).expect("advice");
        let text = format!("{bad}\n  {help}");
        text.replace(&place.path().display().to_string(), "DIR")
    });
    insta::assert_snapshot!(all.join("\n"));
}
