//! Declares that a connection carries one command at a time, and sends the next while replies that
//! dropped callers left are still to come. A caller that is dropped wakes it. Every reply goes to the
//! right call all the same: the promise is broken and nothing else. No public report known to us.

use crate::Specimen;
use crate::correct::skip_count::{Declared, SkipCount};
use crate::kit::connect;
use crosswire_cache::Connections;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "skip-count-exclusive",
    "connections are declared exclusive, and commands are sent behind replies still to come",
    || connect(SkipCount::<Exclusive>::new),
    "notification-mix-up",
    &[&["unread", "left", "given up"]],
);

/// Callers wait at a lock, so one at a time has the connection.
struct Exclusive;

impl Declared for Exclusive {
    const CONNECTIONS: Connections = Connections::Exclusive;
}
