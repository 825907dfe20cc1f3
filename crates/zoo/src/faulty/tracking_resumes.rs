//! Has each node announce what changes there. When a feed is lost it connects again, and goes on.
//!
//! Trigger: a connection to a cache node that is lost, and a change before the next question. The
//! guide of Redis to client-side caching has what was cached dropped then ("What to do when losing
//! connection with the server").

use crate::Specimen;
use crate::correct::tracking::Tracking;
use crate::kit::{Feed, Following, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "tracking-resumes",
    "goes on after a lost feed as if nothing had been missed",
    || connect(Tracking::<Resuming>::new),
    "swarm",
    &[&["loses"], &["which keys have changed"]],
);

/// A new feed has announced nothing yet.
struct Resuming;

impl Following for Resuming {
    fn connected(_: &mut Feed) {}
}
