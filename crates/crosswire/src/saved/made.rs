//! The origin of a saved run.

use crosswire_process as process;
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The versions of the program and the repository that saved a run. Nothing depends on them; they
/// help a user who wonders why the run now behaves differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Made {
    /// The version of Crosswire.
    pub crosswire: String,
    /// The compiler that built it.
    pub toolchain: String,
    /// The commit that was checked out in the working directory, with `-dirty` if files were
    /// modified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The output of `git hash-object Cargo.lock` in the working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_file: Option<String>,
}

impl Made {
    /// Returns the versions of this build and of the repository in the current directory.
    pub fn here() -> Self {
        static HERE: OnceLock<Made> = OnceLock::new();
        HERE.get_or_init(Self::detect).clone()
    }

    fn detect() -> Self {
        Self {
            crosswire: env!("CARGO_PKG_VERSION").to_owned(),
            toolchain: crate::build::TOOLCHAIN.to_owned(),
            commit: git(&["describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]),
            lock_file: git(&["hash-object", "Cargo.lock"]),
        }
    }
}

/// Returns git's output if it is one line; `None` without git or outside a repository.
fn git(args: &[&str]) -> Option<String> {
    let output = process::output(Command::new("git").args(args).stderr(Stdio::null())).ok()?;
    let line = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    if output.status.success() && !line.is_empty() { Some(line) } else { None }
}
