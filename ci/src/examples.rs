//! Builds and runs programs that are examples or packages of the workspace.

use crate::child;
use crate::error::Error;
use crate::program::{cargo, target, workspace};
use std::process::Command;

/// Arguments that another program reads.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// The arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The address space of a run of mutants, in KiB: a mutant may exhaust the memory in an endless
/// loop.
const MUTANTS_MEMORY: &str = "12000000";

/// Replaces this process with an example of `crosswire-claims`; `first` are its first arguments.
pub fn run(example: &str, first: &[&str], args: &Args) -> Result<bool, Error> {
    child::succeed(workspace("build").args(["--release", "--example", example]))?;
    let mut command = Command::new(target()?.join("release/examples").join(example));
    Err(child::exec(command.args(first).args(&args.arguments)))
}

/// Replaces this process with `crosswire-mutants`, with little memory.
pub fn mutants(args: &Args) -> Result<bool, Error> {
    let cargo = cargo("run");
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v \"$0\" && exec cargo \"$@\"", MUTANTS_MEMORY]);
    shell.args(cargo.get_args()).args(["--quiet", "--package", "crosswire-mutants", "--"]);
    for (name, value) in cargo.get_envs() {
        if value.is_none() {
            shell.env_remove(name);
        }
    }
    Err(child::exec(shell.args(&args.arguments)))
}

/// Runs a fleet under each back-off and writes the report. Plain `cargo test` fails if the report
/// is out of date.
pub fn arrivals() -> Result<bool, Error> {
    let mut command = workspace("test");
    command.args(["--test", "arrivals"]).env("CROSSWIRE_BLESS", "1");
    Ok(child::status(&mut command)?.success())
}
