//! Crosswire's command line, with the clients over libraries that dial by themselves.

use std::process::ExitCode;

fn main() -> ExitCode {
    dialing::clients(crosswire_cli::Program::new()).main()
}
