//! The command line: what was asked for, and who does it.
//!
//! - `args`: what can be asked for; `asked`: what is asked for
//! - `demo`: what `crosswire` does when nothing is asked for
//! - `run`, `replay`, `list`: the commands
//! - `shrink`: a run made smaller
//! - `matrix`: mechanisms by defences
//! - `hunt`: seeds by the million
//! - `certify`: the standard battery for a client, lockstep for a real library
//! - `every_await`: a cancellation at each await of the client
//! - `play`: one run from its banner to its verdict, for all of them
//! - `progress`: how far a run has come
//! - `screen`: where output goes; `output`: what is written into files
//! - `room`: whether there is the memory for a run
//! - `signals`: what is asked to end
//! - `numbers`, `sets`: counts and sets of defences, as they are typed
//! - `failure`: what can go wrong, and with which exit status

mod args;
mod asked;
pub mod banner;
mod certify;
mod demo;
mod every_await;
mod failure;
mod hunt;
pub mod incident;
mod list;
mod matrix;
pub mod memory;
mod numbers;
mod output;
mod play;
mod program;
mod progress;
mod replay;
mod room;
mod run;
pub mod schemas;
mod screen;
mod sets;
mod shrink;
mod signals;
pub mod summary;

pub use program::Program;

use args::Command;
use failure::{Exit, Failure};
use std::process::ExitCode;

/// Prints why the program cannot begin, and returns the exit status of bad input.
pub(crate) fn refused(message: String) -> ExitCode {
    asked::told(&Failure::input(message)).into()
}

/// Runs the command that the process's arguments name and returns its exit status.
pub(crate) fn main() -> ExitCode {
    done().unwrap_or_else(|failure| asked::told(&failure)).into()
}

fn done() -> Result<Exit, Failure> {
    screen::panics_are_tame();
    let Some(args) = asked::asked()? else { return Ok(Exit::Clean) };
    match args.command {
        None => demo::demonstrate(),
        Some(Command::Run(wanted)) => run::run(&wanted),
        Some(Command::Replay(wanted)) => replay::replay(&wanted),
        Some(Command::Shrink(wanted)) => shrink::shrink(&wanted),
        Some(Command::Hunt(wanted)) => hunt::hunt(&wanted),
        Some(Command::Certify(wanted)) => certify::certify(&wanted),
        Some(Command::Matrix(wanted)) => matrix::play(&wanted),
        Some(Command::List(wanted)) => list::list(&wanted),
        Some(Command::Schema(wanted)) => list::schema(&wanted),
    }
}
