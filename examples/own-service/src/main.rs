//! Crosswire's command line, with this crate's three services.

use own_service::{Careful, EarlyCheck, SharedUser};
use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire_cli::Program::new()
        .service("own-service", "correct: a request carries its user", Careful::new)
        .service("shared-user", "faulty: one current user for all requests", SharedUser::new)
        .service("early-check", "faulty: decides who is notified, then waits", EarlyCheck::new)
        .main()
}
