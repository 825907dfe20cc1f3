//! `cargo crosswire`: your own code under the storm, without a change of `.cargo/config.toml`.
//!
//! The simulation is compiled with `--cfg madsim`, and so must be everything that runs in it. Cargo
//! takes such a flag from the environment or from a config file only, and each source of flags
//! hides the others. These commands find where a user's own flags come from and add this one there.
//!
//! - `init`: adds Crosswire to a crate
//! - `flags`: the variables that add the flag; `cargo`: runs cargo with them
//! - `dialing`: builds in which libraries that dial by themselves do so in the simulation
//! - `program`: builds and runs the program `crosswire`, for installations without the flag
//!
//! Nothing in this crate depends on the simulation, so it is compiled without the flag.

mod cargo;
mod dialing;
mod flags;
mod init;
pub mod program;

use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// The arguments of `cargo crosswire`.
#[derive(Parser)]
#[command(
    name = "cargo crosswire",
    bin_name = "cargo crosswire",
    version,
    about = "Runs your own code under Crosswire's storms",
    after_help = AFTER,
    arg_required_else_help = true
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

/// The help after the list of commands.
const AFTER: &str = "\
Any other command is cargo's, with the flags that the simulation needs:

  cargo crosswire test [ARGUMENT]...
  cargo crosswire nextest run [ARGUMENT]...
  cargo crosswire run [ARGUMENT]...

Your own RUSTFLAGS, and those of your config files, are kept. What is built goes to
target/crosswire, so that it replaces nothing that cargo builds without these flags.";

#[derive(Subcommand)]
enum Command {
    /// Adds Crosswire to the crate in this directory, with a test to begin with
    Init(init::Args),
    #[command(external_subcommand)]
    Cargo(Vec<OsString>),
}

/// The error of a command that did not run.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    /// Prints the error and returns the exit status of bad input.
    fn report(self) -> ExitCode {
        eprintln!("error: {}", self.0);
        ExitCode::from(BAD_INPUT)
    }
}

/// The exit status of bad input.
const BAD_INPUT: u8 = 2;

/// Runs `cargo crosswire` with the arguments of the process and returns its exit status.
pub fn main() -> ExitCode {
    if let Some(folder) = dialing::of_compiler() {
        return dialing::compiler::main(&folder);
    }
    let mut arguments: Vec<_> = std::env::args_os().collect();
    // Cargo passes the name of its command first.
    if arguments.get(1).is_some_and(|first| first == "crosswire") {
        arguments.remove(1);
    }
    let done = match Args::parse_from(arguments).command {
        Command::Init(args) => init::init(&args),
        Command::Cargo(arguments) => cargo::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Returns the help of `cargo crosswire`.
pub fn help() -> String {
    Args::command().render_help().to_string()
}
