//! The program `crosswire` of an installation without the flag of the simulation.
//!
//! `cargo install` reads no config file of a package, so it builds without the flag, and then the
//! program is this: it builds the real one once, with the flag, and runs it.

use crate::{Failure, cargo, flags};
use std::env;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The version of the program, and of this crate.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The sources of the program, if this one was installed from a checkout. In a registry's folder
/// there is nothing beside a package.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli");

/// Builds the program if it is not there, and replaces this process with it.
pub fn main() -> ExitCode {
    match run() {
        Ok(never) => match never {},
        Err(failure) => failure.report(),
    }
}

fn run() -> Result<std::convert::Infallible, Failure> {
    let is_checkout = Path::new(SOURCES).join("../../sim/Cargo.toml").exists();
    let root = root(is_checkout)?;
    let program = root.join("bin/crosswire");
    if !program.exists() || is_checkout && is_older(&program) {
        eprintln!(
            "Building crosswire {VERSION} with the simulation, once, into {}: some minutes.",
            root.display()
        );
        let mut install = cargo::cargo();
        install.args(["install", "--locked", "--quiet", "--force", "--root"]).arg(&root);
        if is_checkout {
            install.args(["--path", SOURCES]);
        } else {
            install.args(["crosswire-cli", "--version", VERSION]);
        }
        install.envs(cargo::variables(&[], &[flags::SIMULATION])?);
        cargo::output(&mut install)?;
    }
    Err(Failure(format!(
        "{}: {}",
        program.display(),
        Command::new(&program).args(env::args_os().skip(1)).exec()
    )))
}

/// Returns whether the program was built before this one: from an earlier state of the checkout.
fn is_older(program: &Path) -> bool {
    let built = |path: PathBuf| path.metadata().and_then(|metadata| metadata.modified());
    match (built(program.to_owned()), env::current_exe().and_then(built)) {
        (Ok(program), Ok(this)) => program < this,
        _ => false,
    }
}

/// Returns the folder of this version's program: in `$CROSSWIRE_HOME`, or in the user's cache.
fn root(is_checkout: bool) -> Result<PathBuf, Failure> {
    let given = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache =
        || given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")));
    let home = given("CROSSWIRE_HOME").or_else(|| cache().map(|cache| cache.join("crosswire")));
    match home {
        Some(home) if is_checkout => Ok(home.join(format!("{VERSION}-checkout"))),
        Some(home) => Ok(home.join(VERSION)),
        None => Err(Failure("neither CROSSWIRE_HOME nor HOME is set".to_owned())),
    }
}
