//! Crosswire's command line, with this crate's two clients.

use own_client::{Careful, Hasty};
use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire_cli::Program::new()
        .client(
            "own-client",
            "correct: gives a connection back when its reply was read",
            Careful::connect,
        )
        .client(
            "hasty",
            "faulty: gives a connection back with the reply still to come",
            Hasty::connect,
        )
        .main()
}
