//! Installs what a command needs and is missing, and reports what and why before it does.

use crate::child;
use crate::files;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Returns true if a program is found through `$PATH`.
pub fn has(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Installs packages of the distribution, unless `program` is there.
pub fn unless_there(program: &str, packages: &[&str], reason: &str) -> Result<(), String> {
    if has(program) { Ok(()) } else { install(packages, reason) }
}

/// Installs packages of the distribution.
pub fn install(packages: &[&str], reason: &str) -> Result<(), String> {
    eprintln!("== installing {}, {reason}", packages.join(" "));
    apt(&["update", "-qq"])?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    apt(&[&install[..], packages].concat())
}

/// Installs servers without starting the ones that Debian's packages would start.
pub fn servers(packages: &[&str], reason: &str) -> Result<(), String> {
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let ours = !policy.exists();
    if ours {
        files::write(policy, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(policy, fs::Permissions::from_mode(0o755))
            .map_err(|error| format!("{}: {error}", policy.display()))?;
    }
    let installed = install(packages, reason);
    if ours {
        fs::remove_file(policy).map_err(|error| format!("{}: {error}", policy.display()))?;
    }
    installed
}

/// Runs apt-get, with its output on standard error.
fn apt(arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr());
    child::succeed(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_program_that_exists_is_there() {
        assert!(has("sh"));
        assert!(!has("no-such-program"));
        assert_eq!(unless_there("sh", &["none"], "for a test"), Ok(()));
    }
}
