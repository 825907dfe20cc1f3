//! What a saved run was made with.

use crosswire_process as process;
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where a saved run comes from: nothing hangs on it, but whoever wonders why it plays otherwise
/// now knows where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Made {
    /// The version of Crosswire.
    pub crosswire: String,
    /// The compiler that built it.
    pub toolchain: String,
    /// The commit that was checked out where it was made, with `-dirty` if something was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What `git hash-object Cargo.lock` said there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_file: Option<String>,
}

impl Made {
    /// With this build, in the current directory.
    pub fn here() -> Self {
        static HERE: OnceLock<Made> = OnceLock::new();
        HERE.get_or_init(Self::asked).clone()
    }

    fn asked() -> Self {
        Self {
            crosswire: env!("CARGO_PKG_VERSION").to_owned(),
            toolchain: crate::build::TOOLCHAIN.to_owned(),
            commit: git(&["describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]),
            lock_file: git(&["hash-object", "Cargo.lock"]),
        }
    }
}

/// What git says in a line; nothing if there is no git, or no repository.
fn git(args: &[&str]) -> Option<String> {
    let output = process::output(Command::new("git").args(args).stderr(Stdio::null())).ok()?;
    let line = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}
