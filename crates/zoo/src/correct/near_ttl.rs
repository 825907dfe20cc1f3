//! Keeps what it has read for as long as the server would, but at most 300 ms. Own writes forget a
//! key before they are sent and again when they have ended.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("near-ttl", "a near-cache whose entries live for 300 ms at most", || {
        connect(NearCache::<Careful>::new)
    });

/// Keeps by the rules.
struct Careful;

impl Keeping for Careful {}
