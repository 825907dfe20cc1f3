//! The size of a run, measured by running it.

use super::Shows;
use crate::sim::{ClientUnderTest, watch};
use crosswire_checker::Violation;
use crosswire_history::journal::RecentEntries;
use crosswire_history::sync::Mutex;
use crosswire_history::{Entry, Fact, Observer};
use crosswire_plan::Plan;
use std::sync::Arc;

/// The size of a run. Sizes are compared in the order of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// Requests of cameras and phones.
    pub requests: u64,
    /// Planned faults.
    pub faults: usize,
    /// Cameras and phones that take part.
    pub devices: usize,
    /// Entries of the history.
    pub entries: u64,
}

impl Size {
    /// Returns whether a run of this size may replace one of size `other`: it must not have more
    /// requests, faults or devices. A simpler plan of the same devices may write a few more
    /// entries.
    pub(super) fn may_replace(self, other: Self) -> bool {
        let first = |size: Self| (size.requests, size.faults, size.devices);
        first(self) <= first(other)
    }
}

/// Returns the number of cameras and phones that take part.
fn devices(plan: &Plan) -> usize {
    match &plan.script {
        Some(script) => script.parts().count(),
        None => plan.cast.cameras as usize + plan.cast.phones as usize,
    }
}

/// Returns the number of things in a plan: faults, fault points, changes, devices and acts. Devices
/// and acts count only if they are written out.
pub(super) fn things(plan: &Plan) -> usize {
    let script = plan.script.as_ref();
    let parts = script.map_or(0, |script| script.parts().count() + script.acts());
    plan.faults.len() + plan.points.len() + plan.changes.len() + parts
}

/// A run that showed the failure.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The size of the run up to the failure: nothing after it matters.
    pub(super) size: Size,
    /// The time of the failure.
    pub(super) at_ms: u64,
    /// The story; empty for a panic.
    pub(super) story: Vec<String>,
}

/// Runs a plan. Returns the size of the whole run and, if it showed the failure, what was seen.
pub(super) fn measure(
    plan: &Plan,
    client: &ClientUnderTest,
    shows: &Shows,
) -> (Size, Option<Seen>) {
    let times = Arc::new(Mutex::new(Times::default()));
    let run = watch(&Arc::new(plan.clone()), client, Watch(times.clone()));
    let times = times.lock();
    let size = |until_ms| {
        let until = |times: &[u64]| times.partition_point(|&at_ms| at_ms <= until_ms);
        Size {
            requests: until(&times.requests) as u64,
            faults: plan.faults.len(),
            devices: devices(plan),
            entries: until(&times.entries) as u64,
        }
    };
    let seen = |at_ms, story| Seen { size: size(at_ms), at_ms, story };
    let found = match &run {
        Ok((output, _)) => {
            let first = shows.first_of(&output.findings);
            first.map(|Violation { at_ms, story, .. }| seen(*at_ms, story.clone()))
        }
        Err(panicked) if *shows == Shows::panic(panicked) => {
            let at_ms = times.entries.last().copied().unwrap_or(0);
            Some(seen(at_ms, Vec::new()))
        }
        Err(_) => None,
    };
    (size(u64::MAX), found)
}

/// The times of a run's requests and entries; also of a run that panics.
#[derive(Default)]
struct Times {
    requests: Vec<u64>,
    entries: Vec<u64>,
}

struct Watch(Arc<Mutex<Times>>);

impl Observer for Watch {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        let mut times = self.0.lock();
        if matches!(entry.what, Fact::Issued { .. }) {
            times.requests.push(entry.at_ms);
        }
        times.entries.push(entry.at_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn requests_count_first_and_entries_last() {
        let size = |requests, faults, devices, entries| Size { requests, faults, devices, entries };
        assert!(size(1, 9, 9, 9) < size(2, 0, 0, 0));
        assert!(size(1, 1, 9, 9) < size(1, 2, 0, 0));
        assert!(size(1, 1, 1, 9) < size(1, 1, 2, 0));
        assert!(size(1, 1, 1, 9).may_replace(size(1, 1, 1, 8)));
        assert!(!size(2, 1, 1, 1).may_replace(size(1, 1, 1, 8)));
    }
}
