//! Refuses commands while six are under way, and answers a refused delete as if the key did not
//! exist, since a cache must not fail its service.
//!
//! Trigger: a crowd of calls with a delete among them. The value is still there, and the service
//! believes it gone. No public report known.

use crate::Specimen;
use crate::correct::refusing::{Refusal, Refusing};
use crate::kit::connect;
use crosswire_cache::CacheError;
use crosswire_cache::resp::Reply;
use std::io::ErrorKind;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "delete-refused",
    "acknowledges a delete that it refuses to send",
    || connect(Refusing::<DeletesAsDone>::new),
    "swarm",
    &[&["delete", "acknowledged", "forget"]],
);

/// A cache that is not asked has nothing to delete.
struct DeletesAsDone;

impl Refusal for DeletesAsDone {
    fn answer(args: &[&[u8]]) -> Result<Reply, CacheError> {
        match args {
            [b"DEL", _] => Ok(Reply::Int(0)),
            _ => Err(CacheError::Connection(ErrorKind::WouldBlock)),
        }
    }
}
