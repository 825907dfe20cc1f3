//! The command `crosswire`: see `crosswire --help`.

mod cli;

use crosswire_heap as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
