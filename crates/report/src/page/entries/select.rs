//! Chooses the entries of a run that a page has room for.

use super::words::Senders;
use crate::ids::Ids;
use crate::named::{Named, in_sentence};
use crate::recording::Run;
use crosswire_history::{Entry, Fact, Principal};
use crosswire_output::format::{grouped, seconds};
use std::collections::BTreeSet;

/// The entries of a page.
pub(super) struct Selection {
    /// Their places in the recording, in order.
    pub(super) places: Vec<usize>,
    /// A sentence that says which they are.
    pub(super) said: String,
}

/// Chooses at most `limit` entries: those of the `chains`, what happens to nodes, those of the
/// users and cameras of violations, and then those closest in time to a violation. Of a run without
/// violations, the first entries are chosen.
pub(super) fn select(
    run: &Run,
    senders: &Senders,
    chains: &BTreeSet<usize>,
    limit: usize,
) -> Selection {
    let entries = run.recording.entries();
    let all = grouped(entries.len() as u64);
    if entries.len() <= limit {
        let said = format!("All {all} entries of the history.");
        return Selection { places: (0..entries.len()).collect(), said };
    }
    let count = grouped(limit as u64);
    let mut times: Vec<_> = run.violations().iter().map(|it| it.at_ms).collect();
    times.sort_unstable();
    if times.is_empty() {
        let said = format!("The first {count} of the {all} entries of the history: {MORE}");
        return Selection { places: (0..limit).collect(), said };
    }
    let concerned = Concerned::of(run, senders);
    let mut room = limit;
    let mut kept = vec![false; entries.len()];
    let mut keep = |place: usize, room: &mut usize| {
        if *room > 0 && !kept[place] {
            kept[place] = true;
            *room -= 1;
        }
    };
    for place in chains {
        keep(*place, &mut room);
    }
    for (place, entry) in entries.iter().enumerate() {
        if is_of_node(&entry.what) || concerned.includes(entry) {
            keep(place, &mut room);
        }
    }
    let within = reach(entries, &times, &kept, room);
    let mut nearest = Nearest::new(&times);
    let mut places = Vec::with_capacity(limit);
    for (place, entry) in entries.iter().enumerate() {
        let distance = nearest.distance(entry.at_ms);
        if kept[place] || within.is_some_and(|within| distance <= within) {
            places.push(place);
        }
    }
    let near = match within {
        Some(within) => format!(", and all within {} s of a violation", seconds(within)),
        None => String::new(),
    };
    let said = format!(
        "{} of the {all} entries of the history: those of the users and cameras of the \
         violations{near}. {MORE}",
        grouped(places.len() as u64)
    );
    Selection { places, said }
}

/// The distance in time, in milliseconds, from which on an entry is close to no violation.
const FARTHEST: u64 = 100_000;

/// Says where the other entries are.
const MORE: &str = "The page has no room for the others; --log prints them all.";

/// Returns whether a fact is about a node or the plan and not about a request.
fn is_of_node(what: &Fact) -> bool {
    matches!(
        what,
        Fact::Fault { .. }
            | Fact::Down
            | Fact::Up
            | Fact::Paused
            | Fact::Resumed
            | Fact::Gauge { .. }
    )
}

/// The users and cameras of violations, and their requests.
#[derive(Default)]
struct Concerned {
    users: Ids,
    cameras: Ids,
    requests: Ids,
}

impl Concerned {
    fn of(run: &Run, senders: &Senders) -> Self {
        let mut all = Self::default();
        for violation in run.violations() {
            for named in violation.story.iter().flat_map(|line| in_sentence(line)) {
                match named {
                    Named::User(user) => all.users.insert(user.0),
                    Named::Device(device) => all.cameras.insert(device.0),
                    Named::Event(event) => all.cameras.insert(event.device.0),
                    _ => {}
                }
            }
        }
        for (request, sender) in senders.all().iter().enumerate() {
            let concerned = match sender {
                Some((Principal::User(user), _)) => all.users.contains(user.0),
                Some((Principal::Device(device), _)) => all.cameras.contains(device.0),
                Some((Principal::Gateway, _)) | None => false,
            };
            if concerned {
                all.requests.insert(request as u32);
            }
        }
        all
    }

    fn includes(&self, entry: &Entry) -> bool {
        match entry.what {
            Fact::Captured { event, .. } | Fact::Acked { event } => {
                self.cameras.contains(event.device.0)
            }
            Fact::Delivered { user, .. } => self.users.contains(user.0),
            _ => self.requests.contains(entry.request.0),
        }
    }
}

/// Measures how far entries are in time from the closest of some times.
struct Nearest<'a> {
    /// The times, sorted.
    times: &'a [u64],
    /// The index of the first time that is not before the entry.
    next: usize,
    /// The time of the latest entry, and its distance: most entries share theirs with others.
    latest: Option<(u64, u64)>,
}

impl<'a> Nearest<'a> {
    fn new(times: &'a [u64]) -> Self {
        Self { times, next: 0, latest: None }
    }

    /// Returns the distance of an entry, which is not before the one asked for last.
    fn distance(&mut self, at_ms: u64) -> u64 {
        if let Some((time, distance)) = self.latest
            && time == at_ms
        {
            return distance;
        }
        while self.times.get(self.next).is_some_and(|time| *time < at_ms) {
            self.next += 1;
        }
        let after = self.times.get(self.next).map_or(u64::MAX, |time| time - at_ms);
        let before = self.next.checked_sub(1).map_or(u64::MAX, |last| at_ms - self.times[last]);
        let distance = after.min(before);
        self.latest = Some((at_ms, distance));
        distance
    }
}

/// Returns the largest distance from the times such that there is room for all entries within it.
fn reach(entries: &[Entry], times: &[u64], kept: &[bool], mut room: usize) -> Option<u64> {
    let mut counts = vec![0; FARTHEST as usize];
    let mut nearest = Nearest::new(times);
    for (entry, kept) in entries.iter().zip(kept) {
        let distance = nearest.distance(entry.at_ms);
        if !kept && distance < FARTHEST {
            counts[distance as usize] += 1;
        }
    }
    let mut within = None;
    for (distance, count) in counts.into_iter().enumerate() {
        if count > room {
            break;
        }
        room -= count;
        within = Some(distance as u64);
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Recording;
    use crosswire_checker::{Bounds, InvariantId, Judge, Violation};
    use crosswire_history::{History, NodeId, NodeKind, Op, RequestId, Subject, UserId};

    /// Returns a run in which ten users send a request each, a second apart, and user-3 is shown
    /// something wrong when user-8 sends theirs.
    fn run() -> Run {
        let history = History::new(Recording::new(Vec::new()));
        let journal = history.journal();
        for nth in 0..10 {
            let (by, op, gateway) = (Principal::User(UserId(nth)), Op::List, 0);
            let (deadline_ms, subject) = (99, Subject::Oneself);
            let issued = Fact::Issued { by, op, gateway, deadline_ms, subject };
            let (at_ms, phones) = (u64::from(nth) * 1_000, NodeId::new(NodeKind::Phones, 0));
            journal.record_for(at_ms, phones, journal.next_request(), issued);
        }
        let (recording, past) = history.close();
        let mut findings = Judge::new(Bounds::default()).finish(0, &past);
        findings.violations = vec![Violation {
            invariant: InvariantId::I1,
            name: "authorised delivery".to_owned(),
            at_ms: 8_000,
            user: Some(3),
            device: None,
            event: None,
            causes: Vec::new(),
            story: vec!["8.000 user-3 sees user-9's camera-9/1 in the list".to_owned()],
        }];
        Run { title: Vec::new(), about: Vec::new(), recording, findings }
    }

    #[test]
    fn a_long_history_is_cut_to_what_matters() {
        let run = run();
        let senders = Senders::of(run.recording.entries());
        let chosen = |limit| select(&run, &senders, &BTreeSet::from([1]), limit).places;
        assert_eq!(chosen(2), [1, 3], "the chain, then the user of the violation");
        assert_eq!(chosen(3), [1, 3, 9], "and the other user of its story");
        assert_eq!(chosen(4), [1, 3, 8, 9], "and what is closest in time");
        assert_eq!(chosen(6), [1, 3, 6, 7, 8, 9]);
        assert_eq!(chosen(10), (0..10).collect::<Vec<_>>());
        let said = select(&run, &senders, &BTreeSet::new(), 6).said;
        insta::assert_snapshot!(said);
    }

    #[test]
    fn entries_close_to_a_violation_come_first() {
        let entry = |at_ms| {
            let (node, request) = (NodeId::HARNESS, RequestId(0));
            Entry { at_ms, node, request, what: Fact::TurnedAway }
        };
        let entries: Vec<_> = [0, 90, 95, 100, 104, 200, 207].map(entry).into();
        let times = [100, 210];
        let mut nearest = Nearest::new(&times);
        let distances: Vec<_> = entries.iter().map(|it| nearest.distance(it.at_ms)).collect();
        assert_eq!(distances, [100, 10, 5, 0, 4, 10, 3]);
        let kept = [true, false, false, false, false, false, false];
        let reach = |room| reach(&entries, &times, &kept, room);
        assert_eq!(reach(4), Some(9));
        assert_eq!(reach(5), Some(9), "of two at one distance, both or none");
        assert_eq!(reach(6), Some(FARTHEST - 1));
        assert_eq!(reach(0), None);
    }
}
