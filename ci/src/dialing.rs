//! `examples/dialing`: clients over libraries that dial by themselves, built by `cargo crosswire`.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{Program, cargo, target};
use std::path::Path;
use std::process::Command;

/// The folder of the example.
const EXAMPLE: &str = crosswire::cache::DIALING_CRATE;

/// The files of a user that a build must leave as they are.
const KEPT: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// Tests the example with `cargo crosswire test`, in a folder that begins as a user's does. Returns
/// whether all holds.
pub fn run() -> Result<bool, Error> {
    let before = kept()?;
    let passed = child::status(cargo_crosswire("test")?.args(["--release", "--quiet"]))?.success();
    for (name, (before, after)) in KEPT.iter().zip(before.iter().zip(kept()?)) {
        if *before != after {
            println!("{EXAMPLE}/{name} is not as it was before the build");
            return Ok(false);
        }
    }
    Ok(passed)
}

fn kept() -> Result<Vec<String>, String> {
    KEPT.iter().map(|name| files::read(Path::new(EXAMPLE).join(name))).collect()
}

/// Builds the program with the example's clients.
pub fn program() -> Result<Program, String> {
    child::succeed(cargo_crosswire("build")?.args(["--release", "--quiet"]))?;
    Ok(Program { path: Path::new(EXAMPLE).join("target/crosswire/release/dialing") })
}

/// Returns `cargo crosswire` with a command in the folder of the example.
fn cargo_crosswire(command: &str) -> Result<Command, String> {
    let mut build = cargo("build");
    build.args(["--quiet", "--package", "crosswire-cli", "--bin", "cargo-crosswire"]);
    child::succeed(&mut build)?;
    // With the environment of `cargo`: no variable of the cargo that runs this program.
    let mut crosswire = Command::new(target()?.join("debug/cargo-crosswire"));
    for (name, value) in cargo(command).get_envs() {
        if value.is_none() {
            crosswire.env_remove(name);
        }
    }
    crosswire.arg(command).current_dir(EXAMPLE);
    Ok(crosswire)
}
