//! Opens a connection for each command, and keeps the reply on a shelf of the client until the
//! connection has taken its leave. Two calls at a time wake it: the later reply lies on top. No public
//! report known to us.

use crate::Specimen;
use crate::correct::polite::{Polite, Shelf};
use crate::kit::{connect, lock};
use crosswire_cache::resp::Reply;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "polite-shelf",
    "a reply lies on a shelf of the client until its connection is closed",
    || connect(Polite::<OfTheClient>::new),
    "reconnect-storm",
    &[&["buffer"], &["share"], &["is taken for that of"]],
);

/// One connection is served at a time, so one place is enough.
struct OfTheClient;

impl Shelf for OfTheClient {
    fn put(shelf: &Mutex<Option<Reply>>, reply: Reply) -> Option<Reply> {
        *lock(shelf) = Some(reply);
        None
    }
}
