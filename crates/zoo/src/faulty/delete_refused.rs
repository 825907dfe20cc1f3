//! Refuses when six commands are under way, and answers a delete that it refuses as one of a key that
//! is not there, for a cache must not fail its service. A crowd with a delete in it wakes it: a value
//! is still there that the service takes for forgotten. No public report known to us.

use crate::Specimen;
use crate::correct::refusing::{Refusal, Refusing};
use crate::kit::connect;
use crosswire_cache::CacheError;
use crosswire_cache::resp::Reply;
use std::io::ErrorKind;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "delete-refused",
    "a delete that is refused is acknowledged",
    || connect(Refusing::<DeletesAsDone>::new),
    "resale",
    &[&["delete", "acknowledged", "forget"]],
);

/// There is nothing to delete in a cache that is not asked.
struct DeletesAsDone;

impl Refusal for DeletesAsDone {
    fn answer(args: &[&[u8]]) -> Result<Reply, CacheError> {
        match args {
            [b"DEL", _] => Ok(Reply::Int(0)),
            _ => Err(CacheError::Connection(ErrorKind::WouldBlock)),
        }
    }
}
