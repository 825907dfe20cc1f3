//! Adds Crosswire to a crate.

use crate::{Failure, cargo, dialing};
use std::fs;
use std::path::{Path, PathBuf};

/// The test that is written: of a caching client, or of a service.
const CLIENT: &str = include_str!("template/client.rs");
const SERVICE: &str = include_str!("template/service.rs");

/// The test that is written for libraries that dial by themselves.
const DIALING: &str = include_str!("template/dialing.rs");

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
    /// For a client over a library that dials by itself: `tokio` is the simulation's
    #[arg(long)]
    dialing: bool,
    /// Uses a checkout of Crosswire instead of the published version
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Writes the test of a service instead of one of a caching client
    #[arg(long, conflicts_with = "dialing")]
    service: bool,
}

/// The library, and its folder in a checkout.
const LIBRARY: (&str, &str) = ("crosswire", "crates/crosswire");

/// The package that gives a build the simulation's `tokio`, and its folder in a checkout.
const DIAL: (&str, &str) = (dialing::GLUE, "crates/dial");

/// Adds the dependency, the test and the lines of `.gitignore`.
pub fn init(args: &Args) -> Result<(), Failure> {
    let package = package()?;
    let test = package.join(TEST);
    if test.exists() && !args.force {
        return Err(Failure(format!("{TEST} is there; with --force it is written over")));
    }
    // The dependency first: it is what can fail, and then nothing is written.
    add_dependency(&package, LIBRARY, args.path.as_deref())?;
    if args.dialing {
        add_dependency(&package, DIAL, args.path.as_deref())?;
    }
    let template = match (args.service, args.dialing) {
        (true, _) => SERVICE,
        (false, true) => DIALING,
        (false, false) => CLIENT,
    };
    write(&test, template)?;
    let ignore = package.join(".gitignore");
    let lines = fs::read_to_string(&ignore).unwrap_or_default();
    if let Some(lines) = with_ignored(&lines) {
        write(&ignore, &lines)?;
    }
    let under_test = if args.service { "service" } else { "client" };
    println!(
        "Added {} to the dev-dependencies for `cfg(madsim)`, {TEST}, and a line to .gitignore.\n\
         It puts a {under_test} with a mistake under the storm. See it found:\n\n    \
         cargo crosswire test",
        if args.dialing { "crosswire and crosswire-dial" } else { "crosswire" }
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

/// Adds a package of Crosswire's for builds with the flag only: without it, the package does not
/// compile, and plain `cargo test` stays what it was.
fn add_dependency(
    package: &Path,
    (name, folder): (&str, &str),
    checkout: Option<&Path>,
) -> Result<(), Failure> {
    let mut command = cargo::cargo();
    command.args(["add", "--quiet", "--dev", "--target", "cfg(madsim)"]);
    match checkout {
        Some(checkout) => command.arg("--path").arg(inside(checkout, folder)?),
        None => command.arg(format!("{name}@{}", env!("CARGO_PKG_VERSION"))),
    };
    match cargo::output(command.current_dir(package)) {
        Ok(_) => Ok(()),
        Err(Failure(error)) if checkout.is_none() => Err(Failure(format!(
            "{error}\nhelp: with `--path DIR`, a checkout of Crosswire takes its place"
        ))),
        Err(error) => Err(error),
    }
}

/// Returns the absolute path of a folder in a checkout.
fn inside(checkout: &Path, folder: &str) -> Result<PathBuf, Failure> {
    checkout.join(folder).canonicalize().map_err(|_| {
        let at = checkout.display();
        Failure(format!("--path {at} has no {folder}; expected a checkout of Crosswire"))
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
