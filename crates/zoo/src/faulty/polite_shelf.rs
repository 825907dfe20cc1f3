//! Opens a connection for each command, and leaves the reply on a shelf of the client until the
//! connection is closed.
//!
//! Trigger: two calls at a time. Each takes the later of the two replies. No public report known.

use crate::Specimen;
use crate::correct::polite::{Polite, Shelf};
use crate::kit::{connect, lock};
use crosswire_cache::resp::Reply;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "polite-shelf",
    "leaves a reply on a shared shelf until its connection is closed",
    || connect(Polite::<OfTheClient>::new),
    "reconnect-storm",
    &[&["buffer"], &["share"], &["is taken for that of"]],
);

/// One place for the reply, as if calls took turns.
struct OfTheClient;

impl Shelf for OfTheClient {
    fn put(shelf: &Mutex<Option<Reply>>, reply: Reply) -> Option<Reply> {
        *lock(shelf) = Some(reply);
        None
    }
}
