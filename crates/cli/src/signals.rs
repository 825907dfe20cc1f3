//! Ctrl-C and SIGTERM: the first ends a command in order, a later one at once.

use super::failure::{Exit, Failure};
use crosswire_output::format::grouped;
use crosswire_process as process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The exit status of an interrupted process by the convention of shells: 128 plus the signal.
const INTERRUPTED: i32 = 130;

/// Signals within this time of the first are the same request: `timeout` signals a process and then
/// its group, and a terminal signals both a shell and its child.
const GRACE: Duration = Duration::from_secs(1);

/// The time of the first signal.
#[derive(Debug, Default)]
struct FirstSignal(Option<Instant>);

impl FirstSignal {
    /// Records a signal and returns whether it is a second request to end.
    fn is_second_request(&mut self, now: Instant) -> bool {
        let first = *self.0.get_or_insert(now);
        now.saturating_duration_since(first) >= GRACE
    }
}

/// Makes the first signal set `stop`, and a second request end this process and all processes that
/// it has started.
#[expect(clippy::disallowed_methods, reason = "signals come in real time")]
pub(super) fn stop_on_one(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let stop = stop.clone();
    let mut first = FirstSignal::default();
    let set = ctrlc::set_handler(move || {
        stop.store(true, Ordering::Relaxed);
        if first.is_second_request(Instant::now()) {
            process::end_all();
            std::process::exit(INTERRUPTED);
        }
    });
    set.map_err(|error| Failure::Harness(format!("signals cannot be handled: {error}")))
}

/// Returns a flag that the first signal sets.
pub(super) fn stop() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_one(&stop)?;
    Ok(stop)
}

/// Returns `exit`, but not clean if a signal interrupted the work.
pub(super) fn exit(exit: Exit, stop: &AtomicBool) -> Exit {
    match exit {
        Exit::Clean if stop.load(Ordering::Relaxed) => Exit::Inconclusive,
        exit => exit,
    }
}

/// Returns the progress of interrupted work; `unit` is a plural such as `seeds`.
pub(super) fn interrupted(done: u64, all: Option<u64>, unit: &str) -> String {
    match all {
        Some(all) => format!("interrupted after {} of {} {unit}", grouped(done), grouped(all)),
        None => format!("interrupted after {} {unit}", grouped(done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "signals come in real time")]
    fn signals_within_a_second_are_one_request() {
        let (mut first, now) = (FirstSignal::default(), Instant::now());
        let mut at = |ms| first.is_second_request(now + Duration::from_millis(ms));
        assert!(!at(0), "the first");
        assert!(!at(3) && !at(999), "the same request, to the process and to its group");
        assert!(at(1_000) && at(60_000), "a second request");
    }

    #[test]
    fn progress_is_in_numbers() {
        assert_eq!(interrupted(42, Some(3_000), "seeds"), "interrupted after 42 of 3,000 seeds");
        assert_eq!(interrupted(42, None, "runs"), "interrupted after 42 runs");
    }
}
