//! Certifies real libraries in lockstep.

use crate::child;
use crate::error::Error;
use crate::install;
use crate::program::{Build, Program};
use std::process::{Command, Stdio};

/// The arguments of `ci adapters`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// The arguments of `adapters/table.py`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Replaces this process with `adapters/table.py`, which has the table of the libraries.
pub fn run(args: &Args) -> Result<bool, Error> {
    install::unless_there("python3", &["python3"], "for redis-py and for the table")?;
    if !has_virtual_environments()? {
        let reason = "because each version of redis-py has a virtual environment";
        install::install(&["python3-venv"], reason)?;
    }
    if !args.arguments.iter().any(|argument| argument == "--slice") {
        install::unless_there("npm", &["nodejs", "npm"], "for ioredis")?;
    }
    let program = Program::get(Build::Debug, &[])?;
    let mut table = Command::new("python3");
    table.arg("adapters/table.py").args(&args.arguments).env("CROSSWIRE", program.path);
    Err(child::exec(&mut table))
}

fn has_virtual_environments() -> Result<bool, String> {
    let mut python = Command::new("python3");
    python.args(["-c", "import venv, ensurepip"]).stderr(Stdio::null());
    Ok(child::status(&mut python)?.success())
}
