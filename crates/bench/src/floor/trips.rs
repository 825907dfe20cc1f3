//! Counts the round trips of a storm, in front of the gateways and behind them.

use crosswire_history::{Entry, Fact, Op, Outcome, RequestId};
use std::collections::BTreeSet;

/// Round trips by where they end.
#[derive(Clone, Copy, Default)]
pub struct Trips {
    /// From a device to a gateway.
    pub fleet: u64,
    /// From a gateway to a cache node.
    pub cache: u64,
    /// From a gateway to the directory, in whole seconds of the storm.
    pub directory: u64,
    /// From a gateway to the media store, except for failed requests.
    pub media: u64,
    /// Connections made to cache nodes.
    pub dials: u64,
}

impl Trips {
    /// Counts the round trips of a history.
    pub fn of(history: &[Entry]) -> Self {
        let mut trips = Self::default();
        let mut with_media: BTreeSet<RequestId> = BTreeSet::new();
        for entry in history {
            match entry.what {
                Fact::Issued { .. } => trips.fleet += 1,
                Fact::Executed { .. } | Fact::Rejected { .. } => trips.cache += 1,
                Fact::Connected { .. } => trips.dials += 1,
                Fact::Gauge { directory_served, .. } => {
                    trips.directory += u64::from(directory_served);
                }
                Fact::Arrived {
                    op: Op::Upload | Op::Thumbnail | Op::Enlarge | Op::Video, ..
                } => drop(with_media.insert(entry.request)),
                Fact::Replied { outcome } => {
                    let fetched = with_media.remove(&entry.request);
                    trips.media += u64::from(fetched && outcome == Outcome::Ok);
                }
                _ => {}
            }
        }
        trips
    }

    /// Returns the total.
    pub fn all(&self) -> u64 {
        self.fleet + self.cache + self.directory + self.media + self.dials
    }
}

impl std::ops::AddAssign for Trips {
    fn add_assign(&mut self, other: Self) {
        self.fleet += other.fleet;
        self.cache += other.cache;
        self.directory += other.directory;
        self.media += other.media;
        self.dials += other.dials;
    }
}
