//! Runs cargo with the flag of the simulation.

use crate::dialing::{self, compiler};
use crate::{Failure, flags};
use serde::Deserialize;
use std::borrow::Cow;
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// The output of `cargo metadata`, without the fields that nothing here reads.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

/// The profile of tests, unless the user has set one. A test plays hundreds of storms, and
/// unoptimized each takes ten times as long; whole debug information takes time to build.
const PROFILE: [(&str, &str); 2] =
    [("CARGO_PROFILE_DEV_OPT_LEVEL", "1"), ("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")];

/// The variable with the program that cargo calls in the place of a compiler.
const WRAPPER: &str = "RUSTC_WRAPPER";

/// Replaces this process with cargo.
pub fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let mut command = cargo();
    command.args(arguments);
    let workspace = metadata(arguments)?;
    let target = workspace.target_directory.join("crosswire");
    if workspace.dials() {
        let dialing = dialing::prepare(&target)?;
        let [first, second] = &dialing.flags;
        command.envs(variables(arguments, &[flags::SIMULATION, first, second])?);
        if let Some(other) = env::var_os(WRAPPER).filter(|other| *other != dialing.compiler) {
            command.env(compiler::OTHER, other);
        }
        command.env(WRAPPER, dialing.compiler);
    } else {
        command.envs(variables(arguments, &[flags::SIMULATION])?);
    }
    command.env("CARGO_TARGET_DIR", target);
    command.env("CROSSWIRE_COMMAND", called(arguments));
    for (variable, value) in PROFILE {
        if env::var_os(variable).is_none() {
            command.env(variable, value);
        }
    }
    Err(Failure(format!("cargo: {}", command.exec())))
}

/// Returns the command as it would be typed to run single tests, for the messages of failing ones.
fn called(arguments: &[OsString]) -> String {
    let words = arguments.iter().map(|argument| argument.to_string_lossy());
    let words: Vec<_> = words.take_while(|word| !word.starts_with('-')).take(2).collect();
    match &words[..] {
        [first, second] if first == "nextest" => format!("cargo crosswire nextest {second}"),
        [first, ..] => format!("cargo crosswire {first}"),
        [] => "cargo crosswire".to_owned(),
    }
}

/// Returns cargo itself: the one that called this process, if one did.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Returns the variables that add flags to a command of cargo in this directory.
pub fn variables(arguments: &[OsString], cfgs: &[&str]) -> Result<Vec<(String, String)>, Failure> {
    let directory = env::current_dir().map_err(|error| Failure(error.to_string()))?;
    let configured = flags::configured(triple(arguments)?, &directory).map_err(Failure)?;
    Ok(flags::variables(|name| env::var(name).ok(), &configured, cfgs))
}

impl Metadata {
    /// Returns whether a package has a client over a library that dials by itself.
    fn dials(&self) -> bool {
        let mut all = self.packages.iter().flat_map(|package| &package.dependencies);
        all.any(|dependency| dependency.name == dialing::GLUE)
    }
}

/// Returns what cargo knows of the workspace.
fn metadata(arguments: &[OsString]) -> Result<Metadata, Failure> {
    let mut command = cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    if let Some(path) = value_of("--manifest-path", arguments) {
        command.args(["--manifest-path", &path]);
    }
    let text = output(&mut command)?;
    serde_json::from_str(&text).map_err(|error| Failure(format!("cargo metadata: {error}")))
}

/// Returns the triple that is built for: the one after `--target`, or that of this machine.
fn triple(arguments: &[OsString]) -> Result<String, Failure> {
    if let Some(triple) = value_of("--target", arguments) {
        return Ok(triple);
    }
    if let Ok(triple) = env::var("CARGO_BUILD_TARGET") {
        return Ok(triple);
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text = output(Command::new(rustc).arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure("rustc -vV names no host".to_owned()))
}

/// Returns the value of an option among the arguments, as cargo reads it.
fn value_of(option: &str, arguments: &[OsString]) -> Option<String> {
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    let mut arguments = arguments.take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix(option) {
            Some("") => return arguments.next().map(Cow::into_owned),
            Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_owned()),
            _ => {}
        }
    }
    None
}

/// Returns the standard output of a program that succeeds.
///
/// # Errors
/// The program cannot be started, or fails: then with what it printed on standard error.
pub fn output(command: &mut Command) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |why: &dyn Display| Failure(format!("{name}: {why}"));
    let output = command.output().map_err(|error| failed(&error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| failed(&error))
    } else if said.trim().is_empty() {
        Err(failed(&output.status))
    } else {
        Err(Failure(said.trim().trim_start_matches("error: ").to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_depends_on_the_glue_dials() {
        let of = |dependency: &str| {
            let text = format!(
                r#"{{"target_directory": "/target", "packages": [
                    {{"name": "a", "dependencies": []}},
                    {{"name": "b", "dependencies": [
                        {{"name": "{dependency}", "kind": "dev", "target": "cfg(madsim)"}}]}}]}}"#
            );
            let metadata: Metadata = serde_json::from_str(&text).expect("as cargo prints it");
            metadata.dials()
        };
        assert!(of("crosswire-dial"));
        assert!(!of("crosswire"));
    }
}
