//! Writes on the condition that a key holds nothing with SET and NX, and takes every reply that is no
//! error for yes. A key that somebody else has filled meanwhile wakes it: the reply is nil, and the
//! caller believes that its value is there. No public report known to us.

use crate::Specimen;
use crate::correct::set_absent::{Answer, SetAbsent};
use crate::kit::connect;
use crosswire_cache::CacheError;
use crosswire_cache::resp::Reply;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nil-is-yes",
    "a conditional write that the cache refused is taken for carried out",
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
