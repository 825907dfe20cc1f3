//! Crosswire's command line, with this crate's three services.

use own_service::{
    Careful, EarlyCheck, SharedUser, UncheckedExpiries, UncheckedSignatures, UncheckedUploads,
    UncheckedVideos,
};
use std::process::ExitCode;

fn main() -> ExitCode {
    crosswire_cli::Program::new()
        .service("own-service", "correct: a request carries its user", Careful::new)
        .service("shared-user", "faulty: one current user for all requests", SharedUser::new)
        .service("early-check", "faulty: decides who is notified, then waits", EarlyCheck::new)
        .service("unchecked-videos", "faulty: plays any video", UncheckedVideos::new)
        .service("unchecked-signatures", "faulty: accepts any link", UncheckedSignatures::new)
        .service("unchecked-expiries", "faulty: accepts old links", UncheckedExpiries::new)
        .service("unchecked-uploads", "faulty: accepts any event", UncheckedUploads::new)
        .main()
}
