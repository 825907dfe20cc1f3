//! The command `crosswire`: see `crosswire --help`.

use crosswire_heap as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire::Program::new().main()
}
