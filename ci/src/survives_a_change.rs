//! Checks that saved runs survive a change of the code that draws the workload.
//!
//! In a copy of the sources, each fault draws one more word, and each camera rolls its dice once
//! more when it captures. Then seeds give other runs, but each file of `scenarios/regressions` must
//! still reproduce. The work tree and its target directory are not touched.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{cargo, target, workspace};
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Seed lines whose runs the change must affect.
const SEEDS: [&str; 3] =
    ["reconnect-storm:7:pooled-cancel-desync", "notification-mix-up:3:pooled", "swarm:3:pooled"];

/// A line that is inserted into a source file.
struct Change {
    file: &'static str,
    /// Part of the line before it; no other line contains this.
    after: &'static str,
    inserted: &'static str,
}

const CHANGES: [Change; 2] = [
    Change {
        file: "crates/plan/src/draw.rs",
        after: "streams.stream(\"fault\", &[index as u64]);",
        inserted: "        from.word();",
    },
    Change {
        file: "crates/fleet/src/camera.rs",
        after: "fn capture(&mut self, at: Serial) {",
        inserted: "        self.roll(ClientRef::Camera(at));",
    },
];

/// Files of a command that copies them, which has a longest command line.
const AT_A_TIME: usize = 500;

/// Changes a copy of the sources, and returns whether all seeds give other runs and all saved runs
/// reproduce.
pub fn run() -> Result<bool, Error> {
    let root = env::current_dir().map_err(|error| format!("the current directory: {error}"))?;
    child::succeed(workspace("build").args(["--bin", "crosswire"]))?;
    let built = target()?.join("debug");
    let copy = files::temporary()?;
    let copy = copy.path();
    copy_sources(copy)?;
    copy_build(&built, &copy.join("target/debug"))?;
    for change in &CHANGES {
        apply(change, copy)?;
    }
    let mut again = cargo("build");
    again.args(["--quiet", "--offline", "-p", "crosswire-cli"]).current_dir(copy);
    child::succeed(again.env("CARGO_TARGET_DIR", copy.join("target")))?;
    let before = built.join("crosswire");
    let after = copy.join("target/debug/crosswire");
    println!();
    let mut well = true;
    for line in SEEDS {
        well &= differs(line, &digest(&before, line)?, &digest(&after, line)?);
    }
    println!();
    let saved = root.join("scenarios/regressions");
    well &= child::status(Command::new(&after).arg("replay").arg(saved))?.success();
    Ok(well)
}

/// Copies all files that git knows or does not ignore.
fn copy_sources(copy: &Path) -> Result<(), String> {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = child::stdout(&mut list, &[0])?;
    let mut paths: Vec<_> = list.split_terminator('\0').map(PathBuf::from).collect();
    paths.retain(|path| path.exists());
    copy_files(&["--parents"], &paths, copy)
}

/// Copies what is already built, so that only the changed crates and their dependents are built.
fn copy_build(built: &Path, copy: &Path) -> Result<(), String> {
    files::create_dir(copy.join("deps"))?;
    let mut whole = Command::new("cp");
    whole.arg("-a").args([built.join(".fingerprint"), built.join("build")]).arg(copy);
    child::succeed(&mut whole)?;
    for ending in [".rlib", ".rmeta", ".so", ".d"] {
        let names = files::names(built.join("deps"), ending)?;
        let paths: Vec<_> = names.iter().map(|name| built.join("deps").join(name)).collect();
        copy_files(&[], &paths, &copy.join("deps"))?;
    }
    Ok(())
}

/// Copies files with their times, by which cargo knows whether they have changed.
fn copy_files(options: &[&str], paths: &[PathBuf], to: &Path) -> Result<(), String> {
    for paths in paths.chunks(AT_A_TIME) {
        let mut copy = Command::new("cp");
        copy.args(options).arg("--preserve=timestamps").arg("-t").arg(to).args(paths);
        child::succeed(&mut copy)?;
    }
    Ok(())
}

/// Applies a change and prints it.
fn apply(change: &Change, copy: &Path) -> Result<(), Error> {
    let path = copy.join(change.file);
    let text = files::read(&path)?;
    let Some(changed) = insert(&text, change) else {
        let Change { file, after, .. } = change;
        return Err(Error::hunt(format!("{file}: expected one line with: {after}")));
    };
    files::write(&path, changed)?;
    let names = [change.file, &format!("{}, changed", change.file)];
    print!("{}", child::difference(names, [Path::new(change.file), &path])?);
    Ok(())
}

/// Returns the changed text, or `None` if there is not exactly one line to insert after.
fn insert(text: &str, change: &Change) -> Option<String> {
    if text.lines().filter(|line| line.contains(change.after)).count() != 1 {
        return None;
    }
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line);
        out.push('\n');
        if line.contains(change.after) {
            out.push_str(change.inserted);
            out.push('\n');
        }
    }
    Some(out)
}

#[derive(Deserialize)]
struct Replayed {
    digest: String,
}

/// Returns the digest of a run, or nothing if the program prints none.
fn digest(program: &Path, line: &str) -> Result<String, String> {
    // A violated run ends with a status other than 0.
    let mut command = Command::new(program);
    command.args(["replay", line, "--json"]).stderr(Stdio::null());
    let output = child::output(&mut command)?;
    match serde_json::from_slice::<Replayed>(&output.stdout) {
        Ok(replayed) => Ok(replayed.digest),
        Err(_) => Ok(String::new()),
    }
}

/// Reports the digests of a run before and after the change, and returns whether they differ.
fn differs(line: &str, was: &str, is: &str) -> bool {
    println!("{line}: the digest was {was} and is {is}");
    if was.is_empty() || is.is_empty() || was == is {
        println!("FAILED: the change has no effect on {line}");
        return false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_inserted_after_the_only_one_that_matches() {
        let change = Change { file: "a.rs", after: "b;", inserted: "    c;" };
        assert_eq!(insert("a\n  b;\nd\n", &change), Some("a\n  b;\n    c;\nd\n".to_owned()));
        assert_eq!(insert("a\n", &change), None, "no line");
        assert_eq!(insert("b;\nb;\n", &change), None, "two lines");
    }

    #[test]
    fn the_lines_to_insert_after_are_in_the_sources() {
        for change in &CHANGES {
            let text = files::read(crate::sources::root().join(change.file)).expect("a source");
            assert!(insert(&text, change).is_some(), "{}: {}", change.file, change.after);
            // The camera already rolls its dice like this, so a rename breaks this test first.
            let is_there = text.contains(change.inserted.trim());
            assert!(is_there || change.file != "crates/fleet/src/camera.rs", "{}", change.inserted);
        }
    }

    #[test]
    fn equal_or_missing_digests_fail() {
        assert!(differs("swarm:3:pooled", "1a", "2b"));
        assert!(!differs("swarm:3:pooled", "1a", "1a"));
        assert!(!differs("swarm:3:pooled", "", "2b"));
    }
}
