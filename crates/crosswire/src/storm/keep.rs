//! Saves what a test found, minimized, in its directory of regressions.
//!
//! A new file is pending, `NAME.toml.new`. Accepting it renames it to `NAME.toml`.

use crate::minimize::{Case, Minimize, Shows};
use crate::quiet;
use crate::saved::{self, Expect};
use crate::sim::{ClientUnderTest, Panicked, RunOutput};
use crosswire_plan::Plan;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The CPU time of the process for minimizing a finding. It is short because a person waits for the
/// test; other tests in the process use it up as well.
pub(super) const BUDGET: Duration = Duration::from_secs(40);

/// The ending of the name of a pending file.
pub(super) const PENDING: &str = ".new";

/// A minimized failing run.
pub(super) struct Small {
    /// The text of its file, with the expected verdict clean: the bug should be fixed.
    pub(super) text: String,
    pub(super) plan: Arc<Plan>,
    /// The signature of the violation that it shows; `None` if it panics.
    pub(super) signature: Option<String>,
}

/// Minimizes a failing run. Returns `None` if it cannot be written as text. `command` replays the
/// file.
pub(super) fn small(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    whole: &Result<RunOutput, Panicked>,
    (budget, command): (Duration, &str),
) -> Option<Small> {
    let shows = match whole {
        Ok(output) => Shows::of(&output.findings)?,
        Err(panicked) => Shows::panic(panicked),
    };
    let minimize = Minimize { plan, client, shows: &shows, budget };
    let case = quiet::during(|| {
        let (small, _) = minimize.run(|_| true);
        Case::of(small, &minimize)
    });
    let text = case.to_text(&minimize, Some(Expect::Clean)).ok()?;
    let text = saved::replayed_by(&text, command);
    let signature = whole.is_ok().then(|| shows.0.clone());
    Some(Small { text, plan: case.plan, signature })
}

/// Writes the file of a finding and returns its path. A file of another bug is never overwritten.
pub(super) fn write(dir: &Path, name: &str, text: &str, accepted: bool) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let accepted_path = free(dir, name);
    let path = if accepted { accepted_path } else { pending(&accepted_path) };
    File::create_new(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

/// Returns the path of a file of this name, with the first number behind it for which there is
/// neither a file nor a pending one.
fn free(dir: &Path, name: &str) -> PathBuf {
    let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
    let names = std::iter::once(name.to_owned()).chain(numbered);
    let mut paths = names.map(|name| dir.join(format!("{name}.toml")));
    let path = paths.find(|path| !path.exists() && !pending(path).exists());
    path.expect("there is a free number")
}

fn pending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PENDING);
    name.into()
}

/// Returns whether a file waits to be accepted.
pub(super) fn is_pending(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "new")
}

/// Returns the saved runs of a directory and then the pending ones, each sorted by name; none if
/// there is no such directory, because nothing has been saved yet.
pub(super) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut files = paths.collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| {
        let name = path.to_string_lossy();
        name.ends_with(".toml") || name.ends_with(".toml.new")
    });
    files.sort_by_key(|path| (is_pending(path), path.clone()));
    Ok(files)
}

/// Accepts a pending file and returns its new path.
pub(super) fn accept(path: &Path) -> io::Result<PathBuf> {
    let mut accepted = path.with_extension("");
    if accepted.exists() {
        let name = accepted.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        accepted = free(path.parent().unwrap_or(Path::new("")), &name);
    }
    fs::rename(path, &accepted)?;
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[PathBuf]) -> Vec<String> {
        let names = files.iter().map(|file| file.file_name().expect("a name"));
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_saved_run_is_never_overwritten() {
        let dir = tempfile::tempdir().expect("a directory");
        let write =
            |text, accepted| write(dir.path(), "calm-ours-0", text, accepted).expect("a file");
        let written = [write("one", true), write("two", false), write("three", true)];
        let expected = ["calm-ours-0.toml", "calm-ours-0-2.toml.new", "calm-ours-0-3.toml"];
        assert_eq!(names(&written), expected);
        let texts = written.map(|file| fs::read_to_string(file).expect("text"));
        assert_eq!(texts, ["one", "two", "three"]);
    }

    #[test]
    fn a_pending_file_is_read_last_and_accepted_under_a_free_name() {
        let dir = tempfile::tempdir().expect("a directory");
        let missing = dir.path().join("missing");
        assert_eq!(files(&missing).expect("nothing is saved"), Vec::<PathBuf>::new());
        let write = |name, accepted| write(dir.path(), name, name, accepted).expect("a file");
        let waiting = write("a", false);
        write("b", true);
        fs::write(dir.path().join("a.toml"), "another").expect("a file");
        fs::write(dir.path().join("notes.new"), "").expect("a file");
        let found = files(dir.path()).expect("a directory");
        assert_eq!(names(&found), ["a.toml", "b.toml", "a.toml.new"]);
        assert_eq!(found.iter().filter(|file| is_pending(file)).count(), 1);
        let accepted = accept(&waiting).expect("it is renamed");
        assert_eq!(names(&[accepted]), ["a-2.toml"]);
    }
}
