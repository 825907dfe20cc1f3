//! Declares that a connection carries one command at a time, and sends the next command while
//! replies that dropped callers left are outstanding.
//!
//! Trigger: a dropped caller. Every reply still reaches its call: only the declaration is broken.
//! No public report known.

use crate::Specimen;
use crate::correct::skip_count::{Declared, SkipCount};
use crate::kit::connect;
use crosswire_cache::Connections;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "skip-count-exclusive",
    "declares connections exclusive and sends commands behind outstanding replies",
    || connect(SkipCount::<Exclusive>::new),
    "notification-mix-up",
    &[&["unread", "left", "given up"]],
);

/// A lock lets one caller at a time have the connection.
struct Exclusive;

impl Declared for Exclusive {
    const CONNECTIONS: Connections = Connections::Exclusive;
}
