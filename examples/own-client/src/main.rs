//! The command line of Crosswire with the two clients of this crate.

use own_client::{Careful, Hasty};
use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire_cli::Program::new()
        .client(
            "careful",
            "right: gives a connection back when its reply was read",
            Careful::connect,
        )
        .client("hasty", "wrong: gives a connection back with the reply to come", Hasty::connect)
        .main()
}
