//! Ctrl-C, and the signals that ask a process to end.

use super::failure::{Exit, Failure};
use crosswire_output::text::grouped;
use crosswire_process as process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a process ends with that was interrupted, as shells have it: 128 and the signal's number.
const INTERRUPTED: i32 = 130;

/// Signals that come so soon after the first are the same request: `timeout` signals a process and
/// then its group, and a terminal both a shell and what it runs.
const GRACE: Duration = Duration::from_secs(1);

/// When the process was first asked to end.
#[derive(Debug, Default)]
struct Asked(Option<Instant>);

impl Asked {
    /// Whether a signal at this moment asks once more, rather than for the first time or in the same
    /// breath.
    fn again(&mut self, now: Instant) -> bool {
        let first = *self.0.get_or_insert(now);
        now.saturating_duration_since(first) >= GRACE
    }
}

/// The first signal sets `stop`; one that comes later than in the same breath ends the process, with
/// all that it has started.
#[expect(clippy::disallowed_methods, reason = "signals come in real time")]
pub(super) fn stop_on_one(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let stop = stop.clone();
    let mut asked = Asked::default();
    let set = ctrlc::set_handler(move || {
        stop.store(true, Ordering::Relaxed);
        if asked.again(Instant::now()) {
            process::end_all();
            std::process::exit(INTERRUPTED);
        }
    });
    set.map_err(|error| Failure::Harness(format!("signals cannot be handled: {error}")))
}

/// A flag that the first signal sets.
pub(super) fn stop() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_one(&stop)?;
    Ok(stop)
}

/// What work ends with that came to `exit`: of what was interrupted, nothing is clean.
pub(super) fn exit(exit: Exit, stop: &AtomicBool) -> Exit {
    match exit {
        Exit::Clean if stop.load(Ordering::Relaxed) => Exit::Inconclusive,
        exit => exit,
    }
}

/// How far work had come that was interrupted: `what` are its units, such as `seeds`.
pub(super) fn interrupted(done: u64, all: Option<u64>, what: &str) -> String {
    match all {
        Some(all) => format!("interrupted after {} of {} {what}", grouped(done), grouped(all)),
        None => format!("interrupted after {} {what}", grouped(done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "signals come in real time")]
    fn two_signals_in_one_breath_are_one_request() {
        let (mut asked, first) = (Asked::default(), Instant::now());
        let mut at = |ms| asked.again(first + Duration::from_millis(ms));
        assert!(!at(0), "the first");
        assert!(!at(3) && !at(999), "the same request, to the process and to its group");
        assert!(at(1_000) && at(60_000), "a request that is meant");
    }

    #[test]
    fn how_far_it_came_is_told_in_numbers() {
        assert_eq!(interrupted(42, Some(3_000), "seeds"), "interrupted after 42 of 3,000 seeds");
        assert_eq!(interrupted(42, None, "runs"), "interrupted after 42 runs");
    }
}
