//! The command `cargo crosswire`: see `cargo crosswire --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire_cargo::main()
}
