//! Writes a key only if it holds nothing, with SET NX, and takes every reply that is not an error
//! for success.
//!
//! Trigger: a key that another caller has filled meanwhile. The reply is nil, and the caller
//! believes that its value is there. No public report known.

use crate::Specimen;
use crate::correct::set_absent::{Answer, SetAbsent};
use crate::kit::connect;
use crosswire_cache::CacheError;
use crosswire_cache::resp::Reply;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nil-is-yes",
    "takes a conditional write that the cache refused as carried out",
    || connect(SetAbsent::<NoErrorIsYes>::new),
    "swarm",
    &[&["without storing"], &["ends well"]],
);

struct NoErrorIsYes;

impl Answer for NoErrorIsYes {
    fn is_yes(reply: Reply) -> Result<bool, CacheError> {
        match reply {
            Reply::Error(text) => Err(CacheError::Server(text)),
            _ => Ok(true),
        }
    }
}
