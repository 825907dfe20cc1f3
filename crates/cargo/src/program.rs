//! The program `crosswire` of an installation without the flag of the simulation.
//!
//! `cargo install` reads no config file of a package, so it builds without the flag, and then the
//! program is this: it builds the real one once, with the flag, and runs it.

use crate::{Failure, cargo, flags};
use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The version of the program, and of this crate.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds the program if it is not there, and replaces this process with it.
pub fn main() -> ExitCode {
    match run() {
        Ok(never) => match never {},
        Err(failure) => failure.report(),
    }
}

fn run() -> Result<std::convert::Infallible, Failure> {
    let root = root()?;
    let program = root.join("bin/crosswire");
    if !program.exists() {
        eprintln!(
            "Building crosswire {VERSION} with the simulation, once, into {}: some minutes.",
            root.display()
        );
        let mut install = cargo::cargo();
        install.args(["install", "--locked", "--quiet", "crosswire-cli"]);
        install.args(["--version", VERSION, "--root"]).arg(&root);
        install.envs(cargo::variables(&[], &[flags::SIMULATION])?);
        cargo::output(&mut install)?;
    }
    Err(Failure(format!(
        "{}: {}",
        program.display(),
        Command::new(&program).args(env::args_os().skip(1)).exec()
    )))
}

/// Returns the folder of this version's program: in `$CROSSWIRE_HOME`, or in the user's cache.
fn root() -> Result<PathBuf, Failure> {
    let given = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache =
        || given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")));
    let home = given("CROSSWIRE_HOME").or_else(|| cache().map(|cache| cache.join("crosswire")));
    match home {
        Some(home) => Ok(home.join(VERSION)),
        None => Err(Failure("neither CROSSWIRE_HOME nor HOME is set".to_owned())),
    }
}
