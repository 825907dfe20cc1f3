//! The command `crosswire`: see `crosswire --help`.

use crosswire_allocator as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire_cli::Program::new().main()
}
