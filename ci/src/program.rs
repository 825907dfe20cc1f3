//! The program `crosswire`: builds it and asks it what it knows.

use crate::child;
use crate::error::Error;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// The arguments of `ci program`.
#[derive(clap::Args)]
pub struct Args {
    /// The build.
    #[arg(value_enum, default_value_t = Build::Release)]
    build: Build,
    /// More flags for cargo.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<String>,
}

/// A build of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Build {
    /// Without optimization, with debug assertions.
    Debug,
    /// Optimized.
    Release,
}

/// Builds the program and prints its path, or prints `$CROSSWIRE`.
pub fn run(args: &Args) -> Result<bool, Error> {
    let flags: Vec<_> = args.flags.iter().map(String::as_str).collect();
    println!("{}", Program::get(args.build, &flags)?.path.display());
    Ok(true)
}

/// A build of the program `crosswire`.
#[derive(Clone, Debug)]
pub struct Program {
    /// The path of the binary.
    pub path: PathBuf,
}

/// A client, service or scenario, as `crosswire list --json` prints it.
#[derive(Debug, Deserialize)]
pub struct Item {
    /// The name.
    pub name: String,
    /// True if it has none of the mechanisms. Scenarios have no such field.
    #[serde(default)]
    pub right: bool,
}

#[derive(Deserialize)]
struct List {
    items: Vec<Item>,
}

impl Program {
    /// Returns the binary that `$CROSSWIRE` names or, without that variable, builds one.
    pub fn get(build: Build, flags: &[&str]) -> Result<Self, String> {
        match env::var_os("CROSSWIRE") {
            Some(path) if !path.is_empty() => {
                // Some commands run it in another directory.
                let path = std::path::absolute(&path);
                Ok(Self { path: path.map_err(|error| format!("$CROSSWIRE: {error}"))? })
            }
            _ => Self::build(build, flags),
        }
    }

    /// Builds the program, with the features with which the tests use its crates.
    pub fn build(build: Build, flags: &[&str]) -> Result<Self, String> {
        let mut command = workspace("build");
        command.args(["--bin", "crosswire"]).args(flags);
        if build == Build::Release {
            command.arg("--release");
        }
        child::succeed(&mut command)?;
        let directory = match build {
            Build::Debug => "debug",
            Build::Release => "release",
        };
        Ok(Self { path: target()?.join(directory).join("crosswire") })
    }

    /// Returns a command that runs the program.
    pub fn command(&self) -> Command {
        Command::new(&self.path)
    }

    /// Returns a command that runs the program under the name `crosswire`, with which the commands
    /// that it prints begin.
    pub fn renamed(&self) -> Command {
        let mut command = self.command();
        command.arg0("crosswire");
        command
    }

    /// Lists the clients, services or scenarios.
    pub fn list(&self, kind: &str) -> Result<Vec<Item>, String> {
        let text = child::stdout(self.command().args(["list", kind, "--json"]), &[0])?;
        let list: List =
            serde_json::from_str(&text).map_err(|error| format!("list {kind} --json: {error}"))?;
        Ok(list.items)
    }
}

/// Returns a cargo command without the variables with which cargo runs this program.
pub fn cargo(command: &str) -> Command {
    let mut cargo = Command::new("cargo");
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo.env_remove("CARGO").env_remove("LIBSQLITE3_FLAGS").arg(command);
    cargo
}

/// Returns a quiet cargo command for all crates but the benchmark: with turmoil in the graph, most
/// crates would be built twice.
pub fn workspace(command: &str) -> Command {
    let mut cargo = cargo(command);
    cargo.args(["--quiet", "--workspace", "--exclude", "crosswire-bench"]);
    cargo
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// Returns the target directory.
pub fn target() -> Result<PathBuf, String> {
    let metadata: Metadata = metadata()?;
    Ok(metadata.target_directory)
}

/// Returns what `cargo metadata` says of the workspace, as far as `T` has fields for it.
pub fn metadata<T: DeserializeOwned>() -> Result<T, String> {
    let mut command = cargo("metadata");
    command.args(["--format-version", "1", "--no-deps", "--offline"]);
    let text = child::stdout(&mut command, &[0])?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read() {
        let text = r#"{"type": "list", "kind": "clients", "items": [
            {"name": "pooled", "summary": "correct", "right": true},
            {"name": "calm", "summary": "a scenario"}]}"#;
        let list: List = serde_json::from_str(text).expect("a list");
        let items: Vec<_> = list.items.iter().map(|item| (&*item.name, item.right)).collect();
        assert_eq!(items, [("pooled", true), ("calm", false)]);
    }
}
