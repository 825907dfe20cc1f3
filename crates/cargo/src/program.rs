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

/// The folder from which this crate was built.
const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// Builds the program if it is not there, and replaces this process with it.
pub fn main() -> ExitCode {
    match run() {
        Ok(never) => match never {},
        Err(failure) => failure.report(),
    }
}

fn run() -> Result<std::convert::Infallible, Failure> {
    let checkout = checkout();
    let root = root(checkout.is_some())?;
    let program = root.join("bin/crosswire");
    if !program.exists() || checkout.is_some() && is_older(&program) {
        eprintln!(
            "Building crosswire {VERSION} with the simulation, once, into {}: some minutes.",
            root.display()
        );
        let mut install = cargo::cargo();
        install.args(["install", "--locked", "--quiet", "--force", "--root"]).arg(&root);
        match &checkout {
            Some(sources) => install.arg("--path").arg(sources),
            None => install.args(["crosswire-cli", "--version", VERSION]),
        };
        install.envs(cargo::variables(&[], &[flags::SIMULATION])?);
        cargo::output(&mut install)?;
    }
    Err(Failure(format!(
        "{}: {}",
        program.display(),
        Command::new(&program).args(env::args_os().skip(1)).exec()
    )))
}

/// Returns the folder of the program's sources, if this one was installed from a checkout. In a
/// registry's folder, the simulation is not beside the packages.
fn checkout() -> Option<PathBuf> {
    let crates = Path::new(FOLDER).parent()?;
    let is_checkout = crates.parent()?.join("sim/Cargo.toml").exists();
    if is_checkout { Some(crates.join("cli")) } else { None }
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
