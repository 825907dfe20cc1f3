//! The words for outcomes and commands, in pictures, on pages and in the log of a run.

use crosswire_history::{CacheOp, Decline, Outcome};

/// Returns how a request ended.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "success",
        Outcome::Denied => "denied",
        Outcome::Refused => "too busy",
        Outcome::Failed => "failed",
        Outcome::TimedOut => "no answer in time",
        Outcome::GaveUp => "given up by its sender",
        Outcome::Reset => "the connection broke",
    }
}

/// Returns why a gateway dropped its work on a request.
pub fn decline(why: Decline) -> &'static str {
    match why {
        Decline::Cancelled => "nobody waits for it any more",
        Decline::Deadline => "its deadline has passed",
        Decline::Crash => "the gateway died",
    }
}

/// Returns the name of a command, to be followed by its key.
pub fn command(op: CacheOp) -> &'static str {
    match op {
        CacheOp::Get => "GET",
        CacheOp::Mget => "MGET",
        CacheOp::Set => "SET",
        CacheOp::Del => "DEL",
        CacheOp::Other => "another command on",
        CacheOp::Mset => "a multi-set of",
        CacheOp::Mdel => "a multi-delete of",
        CacheOp::GetEx => "GETEX",
        CacheOp::Incr => "INCRBY",
        CacheOp::Expire => "PEXPIRE",
        CacheOp::Changes => "what has changed, with",
    }
}
