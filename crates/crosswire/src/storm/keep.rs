//! Saves what a test found, minimized, in its directory of regressions.

use crate::minimize::{Case, Minimize, Shows};
use crate::saved::Expect;
use crate::sim::{ClientUnderTest, Panicked, RunOutput};
use crosswire_plan::Plan;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The CPU time of the process for minimizing a finding. It is short because a person waits for the
/// test; other tests in the process use it up as well.
pub(super) const BUDGET: Duration = Duration::from_secs(40);

/// Minimizes a failing run and saves it, with the expected verdict clean: the bug should be fixed.
/// Returns the file, or `None` if it cannot be written. A file of another bug is never overwritten.
pub(super) fn small(
    dir: &Path,
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    whole: &Result<RunOutput, Panicked>,
) -> Option<PathBuf> {
    let shows = match whole {
        Ok(output) => Shows::of(&output.findings)?,
        Err(panicked) => Shows::panic(panicked),
    };
    let minimize = Minimize { plan, client, shows: &shows, budget: BUDGET };
    let (small, _) = minimize.run(|_| true);
    let case = Case::of(small, &minimize);
    let text = case.to_text(&minimize, Some(Expect::Clean)).ok()?;
    std::fs::create_dir_all(dir).ok()?;
    write_new(dir, &format!("{}-{}-{}", plan.scenario, client.name, plan.seed), &text)
}

/// Writes a file of this name; if there is one, with the first free number behind the name.
fn write_new(dir: &Path, name: &str, text: &str) -> Option<PathBuf> {
    let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
    for name in std::iter::once(name.to_owned()).chain(numbered) {
        let path = dir.join(format!("{name}.toml"));
        match File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).ok()?;
                return Some(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(_) => return None,
        }
    }
    unreachable!("there is a free number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_run_is_never_overwritten() {
        let dir = tempfile::tempdir().expect("a directory");
        let write = |text| write_new(dir.path(), "calm-ours-0", text).expect("a file");
        let files = [write("one"), write("two"), write("three")];
        let names = files.each_ref().map(|file| file.file_name().expect("a name").to_owned());
        assert_eq!(names, ["calm-ours-0.toml", "calm-ours-0-2.toml", "calm-ours-0-3.toml"]);
        let texts = files.map(|file| std::fs::read_to_string(file).expect("text"));
        assert_eq!(texts, ["one", "two", "three"]);
    }
}
