//! Keeps what it has read for as long as it lives on the server, but at most 300 ms. A local write
//! forgets its key before it is sent and again when it has ended.
//!
//! Freedom: a client may declare that it keeps values (D1, D2).

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("near-ttl", "keeps values for at most 300 ms in a near-cache", || {
        connect(NearCache::<Careful>::new)
    });

/// The default rules.
struct Careful;

impl Keeping for Careful {}
