//! The cache over time: hits, misses, and replies left unread.

use super::grid::Grid;
use super::plot::{Form, Plot};
use crosswire_history::Fact;

/// Collects what cache servers and connections to them do.
pub(super) struct Cache {
    grid: Grid,
    hits: Vec<u32>,
    misses: Vec<u32>,
    reused: Vec<u32>,
    lost: Vec<u32>,
}

impl Cache {
    pub(super) fn new(grid: Grid) -> Self {
        let zeros = || grid.zeros();
        Self { grid, hits: zeros(), misses: zeros(), reused: zeros(), lost: zeros() }
    }

    pub(super) fn observe(&mut self, bucket: usize, what: &Fact) {
        match *what {
            Fact::Executed { op, hit: true, .. } if op.reads() => self.hits[bucket] += 1,
            Fact::Executed { op, hit: false, .. } if op.reads() => self.misses[bucket] += 1,
            Fact::Reused { unread, .. } => self.reused[bucket] += u32::from(unread),
            Fact::Disconnected { unread, .. } => self.lost[bucket] += u32::from(unread),
            _ => {}
        }
    }

    /// Returns the plots of cache reads and of unread replies.
    pub(super) fn plots(&self) -> [Plot; 2] {
        let grid = self.grid;
        let reads = Plot {
            name: "Cache reads",
            unit: "per second",
            about: "Reads that cache servers carried out; a read of several keys is a hit if one of \
                    them was found.",
            form: Form::Stacked,
            series: vec![
                grid.per_second("hits", &self.hits),
                grid.per_second("misses", &self.misses),
            ],
        };
        let unread = Plot {
            name: "Unread replies",
            unit: "per second",
            about: "Replies still outstanding on a connection when the next call used it, and \
                    replies lost with a connection that closed.",
            form: Form::Stacked,
            series: vec![
                grid.per_second("outstanding at reuse", &self.reused),
                grid.per_second("lost at close", &self.lost),
            ],
        };
        [reads, unread]
    }
}
