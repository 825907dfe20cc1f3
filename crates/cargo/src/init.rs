//! Adds Crosswire to a crate.

use crate::{Failure, cargo};
use std::fs;
use std::path::{Path, PathBuf};

/// The test that is written: of a caching client, or of a service.
const CLIENT: &str = include_str!("template/client.rs");
const SERVICE: &str = include_str!("template/service.rs");

/// The path of the test in the package.
const TEST: &str = "tests/crosswire.rs";

/// The lines of `.gitignore`, with the reason.
const IGNORED: &str =
    "# Small failing runs that Crosswire found and nobody accepted yet.\n*.toml.new\n";

/// The arguments of `cargo crosswire init`.
#[derive(clap::Args)]
pub struct Args {
    /// Writes the test over one that is there
    #[arg(long)]
    force: bool,
    /// Uses a checkout of Crosswire instead of the published version
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Writes the test of a service instead of one of a caching client
    #[arg(long)]
    service: bool,
}

/// The library in a checkout.
const LIBRARY: &str = "crates/crosswire";

/// Adds the dependency, the test and the lines of `.gitignore`.
pub fn init(args: &Args) -> Result<(), Failure> {
    let package = package()?;
    let test = package.join(TEST);
    if test.exists() && !args.force {
        return Err(Failure(format!("{TEST} is there; with --force it is written over")));
    }
    // The dependency first: it is what can fail, and then nothing is written.
    add_dependency(&package, args.path.as_deref())?;
    write(&test, if args.service { SERVICE } else { CLIENT })?;
    let ignore = package.join(".gitignore");
    let lines = fs::read_to_string(&ignore).unwrap_or_default();
    if let Some(lines) = with_ignored(&lines) {
        write(&ignore, &lines)?;
    }
    let under_test = if args.service { "service" } else { "client" };
    println!(
        "Added crosswire to the dev-dependencies for `cfg(madsim)`, {TEST}, and a line to .gitignore.\n\
         It puts a {under_test} with a mistake under the storm. See it found:\n\n    \
         cargo crosswire test"
    );
    Ok(())
}

/// Returns the folder of the package in this directory.
fn package() -> Result<PathBuf, Failure> {
    let located =
        cargo::output(cargo::cargo().args(["locate-project", "--message-format", "plain"]))?;
    let manifest = PathBuf::from(located.trim_end());
    let text = fs::read_to_string(&manifest)
        .map_err(|error| Failure(format!("{}: {error}", manifest.display())))?;
    let table: toml::Table = toml::from_str(&text)
        .map_err(|error| Failure(format!("{}: {error}", manifest.display())))?;
    if !table.contains_key("package") {
        let at = manifest.display();
        return Err(Failure(format!("{at} is a workspace without a package; go into a package")));
    }
    Ok(manifest.parent().map(Path::to_owned).unwrap_or_default())
}

/// Adds the library for builds with the flag only: without it, it does not compile, and plain
/// `cargo test` stays what it was.
fn add_dependency(package: &Path, checkout: Option<&Path>) -> Result<(), Failure> {
    let mut command = cargo::cargo();
    command.args(["add", "--quiet", "--dev", "--target", "cfg(madsim)"]);
    match checkout {
        Some(checkout) => command.arg("--path").arg(library(checkout)?),
        None => command.arg(concat!("crosswire@", env!("CARGO_PKG_VERSION"))),
    };
    match cargo::output(command.current_dir(package)) {
        Ok(_) => Ok(()),
        Err(Failure(error)) if checkout.is_none() => Err(Failure(format!(
            "{error}\nhelp: with `--path DIR`, a checkout of Crosswire takes its place"
        ))),
        Err(error) => Err(error),
    }
}

/// Returns the absolute path of the library in a checkout.
fn library(checkout: &Path) -> Result<PathBuf, Failure> {
    let library = checkout.join(LIBRARY);
    library.canonicalize().map_err(|_| {
        let at = checkout.display();
        Failure(format!("--path {at} has no {LIBRARY}; expected a checkout of Crosswire"))
    })
}

/// Returns the file with what git is to leave out, unless it has it.
fn with_ignored(lines: &str) -> Option<String> {
    if lines.lines().any(|line| line.trim() == "*.toml.new") {
        return None;
    }
    let end = if lines.is_empty() || lines.ends_with('\n') { "" } else { "\n" };
    Some([lines, end, IGNORED].concat())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_leaves_out_is_added_once() {
        let once = with_ignored("/target").expect("it is missing");
        assert_eq!(once, ["/target\n", IGNORED].concat());
        assert_eq!(with_ignored(&once), None);
        assert_eq!(with_ignored("").as_deref(), Some(IGNORED));
    }
}
