//! Replays every saved run.

use crate::child;
use crate::error::Error;
use crate::program::{Build, Program};

/// The arguments of `ci replay`.
#[derive(clap::Args)]
pub struct Args {
    /// The directory of the saved runs.
    #[arg(default_value = "scenarios/regressions")]
    directory: String,
}

/// Replaces this process with `crosswire replay`.
pub fn run(args: &Args) -> Result<bool, Error> {
    let program = Program::get(Build::Release, &[])?;
    Err(child::exec(program.command().args(["replay", &args.directory])))
}
