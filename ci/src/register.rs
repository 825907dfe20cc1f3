//! Runs the rows of the register of client libraries.

use crate::child;
use crate::error::Error;
use crate::install;
use crate::program::{Build, Program};
use std::process::Command;

/// The arguments of `ci register`.
#[derive(clap::Args)]
pub struct Args {
    /// Libraries, or LIBRARY/VERSION; all rows without one.
    rows: Vec<String>,

    /// Run some rows with few schedules instead, and write nothing. Without Python it says so and
    /// runs none.
    #[arg(long, conflicts_with = "rows")]
    slice: bool,
}

/// Replaces this process with `adapters/register.py`, which writes the results and the pages.
pub fn run(args: &Args) -> Result<bool, Error> {
    if args.slice && Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 is missing, which the slice of the register needs");
        return Ok(true);
    }
    install::unless_there("python3", &["python3"], "for the register and for many adapters")?;
    let program = Program::get(Build::Release, &[])?;
    let mut register = Command::new("python3");
    register.arg("adapters/register.py").args(&args.rows).env("CROSSWIRE", program.path);
    if args.slice {
        register.arg("--slice");
    }
    Err(child::exec(&mut register))
}
