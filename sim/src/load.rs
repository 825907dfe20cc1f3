//! What a run asked of the service, and how much of it went well: the price of a defence.

use crosswire_history::journal::Past;
use crosswire_history::{Entry, Observer, Outcome, What};

/// Counts as the run goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests of cameras and phones that are over.
    pub settled: u64,
    /// Those of them that ended well.
    pub well: u64,
    /// The most requests that the directory worked on at a time, as gauged once a second.
    pub directory_busy: u32,
    /// The most requests that waited for the directory, as gauged once a second.
    pub directory_waiting: u32,
}

impl Observer for Load {
    fn observe(&mut self, entry: &Entry, _: &Past) {
        match entry.what {
            What::Settled { outcome, .. } => {
                self.settled += 1;
                self.well += u64::from(outcome == Outcome::Ok);
            }
            What::Gauge { directory_queue, directory_busy, .. } => {
                self.directory_busy = self.directory_busy.max(directory_busy);
                self.directory_waiting = self.directory_waiting.max(directory_queue);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{Journal, NodeId, Op};
    use std::any::Any;

    #[test]
    fn what_ended_well_and_the_highest_gauge_are_kept() {
        let journal = Journal::new(vec![Box::new(Load::default())]);
        for outcome in [Outcome::Ok, Outcome::TimedOut] {
            journal.record(5, NodeId::HARNESS, What::Settled { op: Op::List, outcome });
        }
        for (directory_queue, directory_busy) in [(0, 3), (9, 2)] {
            let (backlog, offline, in_flight) = (0, 0, 0);
            let gauge =
                What::Gauge { directory_queue, directory_busy, backlog, offline, in_flight };
            journal.record(1_000, NodeId::HARNESS, gauge);
        }
        let observer: Box<dyn Any> = journal.close().0.remove(0);
        let load = *observer.downcast::<Load>().expect("the load");
        let expected = Load { settled: 2, well: 1, directory_busy: 3, directory_waiting: 9 };
        assert_eq!(load, expected);
    }
}
