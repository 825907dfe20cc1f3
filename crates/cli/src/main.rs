//! The command `crosswire`: see `crosswire --help`.

use std::process::ExitCode;

#[cfg(madsim)]
use crosswire_allocator as _;

#[cfg(madsim)]
fn main() -> ExitCode {
    crosswire_cli::Program::new().main()
}

#[cfg(not(madsim))]
fn main() -> ExitCode {
    crosswire_cargo::program::main()
}
