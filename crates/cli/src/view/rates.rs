//! Runs per second of hunts, from how their journals grow while they are looked at.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The time over which a rate is a mean.
const WINDOW: Duration = Duration::from_secs(10);

/// The shortest time that gives a rate.
const LEAST: Duration = Duration::from_millis(900);

/// The numbers of runs that were seen, by directory.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<PathBuf, VecDeque<(Instant, u64)>>);

impl Rates {
    /// Notes the runs of a directory and returns its runs per second; none if it has not been
    /// looked at for long enough.
    pub(super) fn of(&mut self, dir: &Path, runs: u64, now: Instant) -> Option<f64> {
        let seen = self.0.entry(dir.to_owned()).or_default();
        if seen.back().is_some_and(|(_, before)| *before > runs) {
            // Another hunt has taken its place.
            seen.clear();
        }
        seen.push_back((now, runs));
        let is_old = |at: Instant| now.saturating_duration_since(at) > WINDOW;
        while seen.get(1).is_some_and(|(at, _)| is_old(*at)) {
            seen.pop_front();
        }
        let (at, before) = *seen.front()?;
        let time = now.saturating_duration_since(at);
        // Runs are noted several at a time: none in a few seconds means little.
        let least = if runs == before { WINDOW } else { LEAST };
        if time < least { None } else { Some((runs - before) as f64 / time.as_secs_f64()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a rate is in real time")]
    fn a_rate_is_a_mean_over_the_last_seconds() {
        let (mut rates, began, dir) = (Rates::default(), Instant::now(), Path::new("hunt"));
        let mut at = |seconds, runs| rates.of(dir, runs, began + Duration::from_secs(seconds));
        assert_eq!(at(0, 100), None);
        assert_eq!(at(0, 110), None, "within a second");
        assert_eq!(at(2, 110), Some(5.0));
        assert_eq!(at(2, 300), Some(100.0));
        for second in 3..30 {
            at(second, 300);
        }
        assert_eq!(at(30, 300), Some(0.0), "what is long ago does not count");
        assert_eq!(at(31, 5), None, "another hunt");
        assert_eq!(at(35, 5), None, "nothing new yet");
        assert_eq!(at(41, 5), Some(0.0));
    }
}
