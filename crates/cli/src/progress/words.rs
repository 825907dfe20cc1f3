//! The progress of some work in words: count, rate and the time left.

use crosswire_output::format::grouped;
use std::time::Duration;

/// Work whose progress is shown.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// The name of the work; empty if the unit says it.
    label: String,
    /// The things that are counted, as a plural; empty if nothing is.
    unit: &'static str,
    /// The number of all of them, if it is known.
    pub(super) all: Option<u64>,
    /// The number of them that an earlier process has done.
    before: u64,
    /// The wall time after which the work ends, if it has one.
    limit: Option<Duration>,
    /// False if the notes say how long the work takes; then no rate is shown either.
    clocked: bool,
}

impl Task {
    /// Describes work on `all` of something.
    pub(crate) fn of(all: u64, unit: &'static str) -> Self {
        Self { all: Some(all), ..Self::open(unit) }
    }

    /// Describes work of unknown size.
    pub(crate) fn open(unit: &'static str) -> Self {
        Self { label: String::new(), unit, all: None, before: 0, limit: None, clocked: true }
    }

    /// Adds what is being done.
    pub(crate) fn labelled(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// Adds how much an earlier process has done.
    pub(crate) fn after(self, before: u64) -> Self {
        Self { before, ..self }
    }

    /// Leaves out the rate and how long the work takes; the notes say it.
    pub(crate) fn unclocked(self) -> Self {
        Self { clocked: false, ..self }
    }

    /// Adds the wall time after which the work ends.
    pub(crate) fn within(self, limit: Option<Duration>) -> Self {
        Self { limit, ..self }
    }

    /// Says how far the work is after `elapsed`, with a note about it.
    pub(super) fn progress(&self, done: u64, elapsed: Duration, note: &str) -> String {
        let mut parts = Vec::new();
        match (self.unit, self.all) {
            ("", _) => {}
            (unit, Some(all)) => {
                parts.push(format!("{} of {} {unit}", grouped(done), grouped(all)));
            }
            (unit, None) if done == 1 => parts.push(format!("1 {}", unit.trim_end_matches('s'))),
            (unit, None) => parts.push(format!("{} {unit}", grouped(done))),
        }
        let rate = self.rate(done, elapsed);
        parts.extend(rate.map(in_words));
        match (self.all, rate) {
            (Some(all), Some(rate)) => {
                let seconds = all.saturating_sub(done) as f64 / rate;
                // A time that is too long to count has no end worth showing.
                let left = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
                parts.push(format!("{} left", rough(left)));
            }
            (Some(_), None) => {}
            (None, _) if !self.clocked => {}
            (None, _) => parts.push(match self.limit {
                Some(limit) => format!("{} of {}", rough(elapsed), rough(limit)),
                None => rough(elapsed),
            }),
        }
        if !note.is_empty() {
            parts.push(note.to_owned());
        }
        let label = match self.label.as_str() {
            "" => String::new(),
            label if parts.is_empty() => label.to_owned(),
            label => format!("{label}: "),
        };
        label + &parts.join(", ")
    }

    /// Returns what was done a second, once there is enough to tell.
    fn rate(&self, done: u64, elapsed: Duration) -> Option<f64> {
        let (done, seconds) = (done.saturating_sub(self.before), elapsed.as_secs_f64());
        if self.unit.is_empty() || !self.clocked || done == 0 || seconds < 0.5 {
            return None;
        }
        Some(done as f64 / seconds)
    }
}

/// Says how much is done a second, a minute or an hour, with at most one decimal: more would
/// flicker.
fn in_words(rate: f64) -> String {
    match rate {
        10.0.. => format!("{} a second", grouped(rate.round() as u64)),
        1.0.. => format!("{} a second", tenths(rate)),
        rate if rate * 60.0 >= 1.0 => format!("{} a minute", tenths(rate * 60.0)),
        rate => format!("{} an hour", tenths(rate * 3_600.0)),
    }
}

/// Formats a number with one decimal, unless it is 0.
fn tenths(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// Formats a time with the two units that matter: `2 min 10 s`.
pub(crate) fn rough(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", grouped(days), hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn progress_has_a_count_a_rate_and_the_time_left() {
        let runs = Task::of(5_000, "runs");
        assert_eq!(runs.progress(0, s(3), ""), "0 of 5,000 runs");
        assert_eq!(
            runs.progress(1_000, s(10), "2 findings"),
            "1,000 of 5,000 runs, 100 a second, 40 s left, 2 findings"
        );
        let files = Task::of(9, "files");
        assert_eq!(files.progress(3, s(60), ""), "3 of 9 files, 3 a minute, 2 min 0 s left");
        assert_eq!(files.progress(9, s(2), ""), "9 of 9 files, 4.5 a second, 0 s left");
    }

    #[test]
    fn what_an_earlier_process_did_does_not_count_for_the_rate() {
        let resumed = Task::of(5_000, "runs").after(4_000);
        assert_eq!(resumed.progress(4_000, s(9), ""), "4,000 of 5,000 runs");
        assert_eq!(
            resumed.progress(4_500, s(10), ""),
            "4,500 of 5,000 runs, 50 a second, 10 s left"
        );
    }

    #[test]
    fn work_without_an_end_shows_its_time() {
        let open = Task::open("runs");
        assert_eq!(open.progress(0, s(3), ""), "0 runs, 3 s");
        assert_eq!(open.progress(50, s(100), ""), "50 runs, 30 a minute, 1 min 40 s");
        let limited = Task::open("runs").within(Some(s(28_800)));
        let expected = "50 runs, 30 a minute, 1 min 40 s of 8 h 0 min, none found";
        assert_eq!(limited.progress(50, s(100), "none found"), expected);
        assert_eq!(Task::open("").labelled("replaying").progress(0, s(5), ""), "replaying: 5 s");
        let minimizing = Task::open("runs").labelled("minimizing");
        assert_eq!(minimizing.progress(1, s(10), ""), "minimizing: 1 run, 6 a minute, 10 s");
        let noted = minimizing.unclocked().progress(20, s(10), "9 s of 30 s of CPU time");
        assert_eq!(noted, "minimizing: 20 runs, 9 s of 30 s of CPU time");
    }

    #[test]
    fn times_have_two_units() {
        let times = [0, 59, 60, 3_599, 3_600, 86_399, 90_000, 86_400 * 2_000].map(s);
        let expected = [
            "0 s",
            "59 s",
            "1 min 0 s",
            "59 min 59 s",
            "1 h 0 min",
            "23 h 59 min",
            "1 d 1 h",
            "2,000 d 0 h",
        ];
        assert_eq!(times.map(rough), expected);
    }

    #[test]
    fn a_time_without_end_is_still_a_time() {
        let slow = Task::of(u64::MAX, "runs").progress(1, s(86_400 * 365), "");
        assert!(slow.ends_with(" d 15 h left") || slow.contains(" d "), "{slow}");
    }
}
