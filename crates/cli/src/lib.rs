//! The command line of Crosswire.
//!
//! - `args`, `parse`: the arguments; `renamed`: their old spellings
//! - `demo`: the demonstration, which runs without a command
//! - `run`, `replay`, `minimize`, `hunt`, `certify`, `matrix`, `view`: a module for each command
//! - `list`: the commands `list` and `schema`
//! - `every_await`: `run --cancel-at-every-await`
//! - `single_run`: a single run from its banner to its verdict, shared by `run`, `replay` and the
//!   demonstration
//! - `banner`, `summary`, `incident`: the text before and after a run
//! - `screen`: standard output and standard error; `colour`: whether they are coloured; `help`: the
//!   headings of help and errors; `progress`: progress bars
//! - `output`: files that commands write
//! - `memory`, `memory_check`: refuses runs that need more memory than is available
//! - `signals`: Ctrl-C and SIGTERM
//! - `numbers`, `defences`: parsers for values of options
//! - `failure`: errors and exit statuses
//! - `program`: the program with a user's own clients

// `cargo install` compiles this package without the simulation.
#![cfg(madsim)]

mod args;
pub mod banner;
mod certify;
mod colour;
mod defences;
mod demo;
mod every_await;
mod failure;
mod help;
mod hunt;
pub mod incident;
mod list;
mod matrix;
pub mod memory;
mod memory_check;
mod minimize;
mod numbers;
mod output;
mod parse;
mod pictures;
mod program;
mod progress;
mod renamed;
mod replay;
mod run;
pub mod schemas;
mod screen;
mod signals;
mod single_run;
pub mod summary;
mod view;

pub use program::Program;

use args::Command;
use failure::{Exit, Failure};
use std::process::ExitCode;

/// Prints why the program cannot begin, and returns the exit status of bad input.
pub(crate) fn refused(message: String) -> ExitCode {
    parse::report_failure(&Failure::input(message)).into()
}

/// Runs the command that the process's arguments name and returns its exit status.
pub(crate) fn main() -> ExitCode {
    run_command().unwrap_or_else(|failure| parse::report_failure(&failure)).into()
}

fn run_command() -> Result<Exit, Failure> {
    screen::make_panics_printable();
    let Some(args) = parse::parse()? else { return Ok(Exit::Clean) };
    match args.command {
        None => demo::demonstrate(),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Replay(args)) => replay::replay(&args),
        Some(Command::Minimize(args)) => minimize::minimize(&args),
        Some(Command::Hunt(args)) => hunt::hunt(&args),
        Some(Command::Certify(args)) => certify::certify(&args),
        Some(Command::ProxyClients(args)) => certify::proxy_clients(&args),
        Some(Command::Matrix(args)) => matrix::matrix(&args),
        Some(Command::View(args)) => view::view(&args),
        Some(Command::List(args)) => list::list(&args),
        Some(Command::Schema(args)) => list::schema(&args),
    }
}
