//! The speed of a client: whether it is too slow for what depends on speed.

use super::ENOUGH;
use crate::recent::Call;
use crosswire_history::CallOutcome;

/// The reciprocal of a share: a client is slow by design if half of the calls that ended well took
/// more than a fifth of their timeout, or if a fifth of its calls failed while nothing was wrong.
pub(crate) const PART: u64 = 5;

/// The reciprocal of another share: a client is too slow for its world if its calls, those that
/// fail among them, take more than a twentieth of their timeout on average once the faults are
/// over.
const PART_OF_RECOVERY: u64 = 20;

/// The reciprocal of the share of calls that may fail once the faults are over. A client whose
/// calls fail more often is not slow: it has not recovered.
const PART_FAILED: u64 = 3;

/// The duration of calls, and the number that failed.
#[derive(Default)]
pub(super) struct Speed {
    /// Calls that ended well, how many of them took long, and how long all of them took together.
    well: u64,
    long: u64,
    took_ms: u64,
    /// Calls that ended while nothing was wrong, and how many of them failed.
    calm: u64,
    failed: u64,
    recovery: Recovery,
}

/// The calls that began after the last fault and were not dropped.
#[derive(Default)]
struct Recovery {
    calls: u64,
    failed: u64,
    took_ms: u64,
    /// The sum of their timeouts.
    limit_ms: u64,
}

impl Speed {
    /// Counts a call that ended: `calm` if nothing was wrong in its time, `after_faults` if it
    /// began after the last fault.
    pub(super) fn ended(
        &mut self,
        open: &Call,
        at_ms: u64,
        outcome: CallOutcome,
        (calm, after_faults): (bool, bool),
    ) {
        let failed = match outcome {
            CallOutcome::Hit | CallOutcome::Miss => false,
            CallOutcome::Error => true,
            // Callers of slow calls give up soonest, which says nothing about the client.
            CallOutcome::Cancelled { .. } => return,
        };
        let took_ms = at_ms - open.began_ms;
        let limit_ms = open.deadline_ms - open.began_ms;
        if calm {
            self.calm += 1;
            self.failed += u64::from(failed);
        }
        if after_faults {
            self.recovery.calls += 1;
            self.recovery.failed += u64::from(failed);
            self.recovery.took_ms += took_ms;
            self.recovery.limit_ms += limit_ms;
        }
        if !failed {
            self.well += 1;
            self.took_ms += took_ms;
            self.long += u64::from(took_ms * PART > limit_ms);
        }
    }

    /// Returns why the client is too slow for what depends on speed, if it is.
    pub(super) fn slowness(&self) -> Option<String> {
        let Self { well, long, took_ms, calm, failed, ref recovery } = *self;
        if well >= ENOUGH && long * 2 > well {
            let took = took_ms / well;
            return Some(format!(
                "{long} of {well} calls that ended well took over a fifth of their timeout; the average of all was {took} ms"
            ));
        }
        if calm >= ENOUGH && failed * PART > calm {
            return Some(format!("{failed} of {calm} calls failed while nothing was wrong"));
        }
        recovery.slowness()
    }
}

impl Recovery {
    fn slowness(&self) -> Option<String> {
        let Self { calls, failed, took_ms, limit_ms } = *self;
        let works = calls >= ENOUGH && failed * PART_FAILED <= calls;
        if !works || took_ms * PART_OF_RECOVERY <= limit_ms {
            return None;
        }
        Some(format!(
            "the {calls} calls after the last fault took {} ms on average, over a twentieth of \
             their timeout",
            took_ms / calls
        ))
    }
}
