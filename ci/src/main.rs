//! The program `ci`: see `ci --help`.

use clap::{Parser, Subcommand};
use crosswire_allocator as _;
use crosswire_ci::{counts, digests};
use std::process::ExitCode;

/// Runs what continuous integration and the nightly run.
#[derive(Parser)]
#[command(name = "ci")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints numbers about the sources: prose, functions, assertions, import cycles.
    Counts(counts::Args),
    /// Compares the digests of runs with those in `ci/digests.txt`.
    Digests(digests::Args),
}

fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Counts(args) => counts::run(&args),
        Command::Digests(args) => digests::run(&args),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("ci: {message}");
            ExitCode::from(2)
        }
    }
}
