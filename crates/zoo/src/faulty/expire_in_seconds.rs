//! Shortens a life to a number of milliseconds with EXPIRE, which takes seconds.
//!
//! Trigger: an entry that is to end soon. It lives a thousand times as long.
//! `node-cache-manager-stores` issue 331 is this confusion of units, in a write.

use crate::Specimen;
use crate::correct::shortening::{Setting, Shortening};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "expire-in-seconds",
    "passes milliseconds to EXPIRE, so a life that is to be short becomes long",
    || connect(Shortening::<Seconds>::new),
    "swarm",
    &[&["sets the life of"], &["from now"], &["were asked for"]],
);

struct Seconds;

impl Setting for Seconds {
    const COMMAND: &[u8] = b"EXPIRE";
}
