//! The pages of a night: the index of each hunt and, of several, an index over them.

use super::Part;
use crate::files;
use crosswire_hunt::journal::follow::Follower;
use crosswire_report::page::hunts::{HuntLine, hunts};
use std::path::{Path, PathBuf};

/// The name of an index.
const INDEX: &str = "index.html";

/// Writes the index over the hunts in the directory of the night, if there are several. Returns the
/// path of the first page to open; `None` if no hunt ran.
pub fn write(directory: &Path, parts: &[Part]) -> Result<Option<PathBuf>, String> {
    match parts {
        [] => Ok(None),
        [only] => Ok(Some(only.path.join(INDEX))),
        several => {
            let name = directory.file_name().unwrap_or_default().to_string_lossy();
            let mut lines = Vec::new();
            for part in several {
                lines.push(line(part)?);
            }
            let path = directory.join(INDEX);
            files::write(&path, hunts(&format!("The nightly hunt of {name}"), &lines))?;
            Ok(Some(path))
        }
    }
}

/// Returns a hunt as its journal has it.
fn line(part: &Part) -> Result<HuntLine, String> {
    let progress = Follower::of(&part.path).read_on().map_err(|bad| bad.to_string())?;
    Ok(HuntLine {
        name: part.name.to_owned(),
        page: format!("{}/{INDEX}", part.name),
        runs: progress.runs,
        of: progress.of,
        findings: progress.findings,
        signatures: progress.signatures,
    })
}
