//! The flows of a trace: a way of an event from its camera to one user's screen.

use crate::chain::chain;
use crate::diagram::is_crossed;
use crate::recording::Run;
use crosswire_history::{Change, CommandId, EventId, Fact, Op, RequestId, Subject, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// The flows that lead through each entry, by its place in the recording.
#[derive(Default)]
pub(super) struct Flows {
    through: BTreeMap<usize, BTreeSet<u64>>,
    /// The last entry of each flow.
    last: BTreeMap<u64, usize>,
}

impl Flows {
    /// Finds the flows of a run.
    pub(super) fn of(run: &Run) -> Self {
        let mut flows = Self::default();
        let ids = flows.deliveries(run);
        flows.origins(run, &ids);
        flows.crossings(run, &ids);
        flows
    }

    /// Returns the flows that go on after an entry, and those that end there.
    pub(super) fn at(&self, place: usize) -> (Vec<u64>, Vec<u64>) {
        let Some(through) = self.through.get(&place) else { return (Vec::new(), Vec::new()) };
        through.iter().partition(|id| self.last.get(id) != Some(&place))
    }

    fn add(&mut self, place: usize, id: u64) {
        self.through.entry(place).or_default().insert(id);
    }

    /// Gives a flow to each event and each user who was shown it, and leads it through the work of
    /// the gateway. Flows count from 1 in the order of the first delivery.
    fn deliveries(&mut self, run: &Run) -> BTreeMap<(EventId, UserId), u64> {
        let mut ids = BTreeMap::new();
        let mut begun: BTreeMap<RequestId, usize> = BTreeMap::new();
        for (place, entry) in run.recording.entries().iter().enumerate() {
            match entry.what {
                Fact::Arrived { .. } => drop(begun.insert(entry.request, place)),
                Fact::Delivered { user, named, origin, .. } => {
                    let event = origin.map_or(named, |origin| origin.event);
                    let next = ids.len() as u64 + 1;
                    let id = *ids.entry((event, user)).or_insert(next);
                    self.add(place, id);
                    self.last.insert(id, place);
                    if let Some(&work) = begun.get(&entry.request) {
                        self.add(work, id);
                    }
                }
                _ => {}
            }
        }
        ids
    }

    /// Leads flows through the capture, the upload and the directory.
    fn origins(&mut self, run: &Run, ids: &BTreeMap<(EventId, UserId), u64>) {
        for (place, entry) in run.recording.entries().iter().enumerate() {
            let (Fact::Captured { event, .. }
            | Fact::Committed { change: Change::Stored { event, .. }, .. }
            | Fact::Issued { op: Op::Upload, subject: Subject::Event { event }, .. }) = entry.what
            else {
                continue;
            };
            let of_event = ids.range((event, UserId(0))..=(event, UserId(u32::MAX)));
            for id in of_event.map(|(_, id)| *id).collect::<Vec<_>>() {
                // What is uploaded again after the last screen leads nowhere.
                if self.last.get(&id).is_some_and(|last| place < *last) {
                    self.add(place, id);
                }
            }
        }
    }

    /// Leads the flow of each exposed event through the reply that crossed.
    fn crossings(&mut self, run: &Run, ids: &BTreeMap<(EventId, UserId), u64>) {
        for violation in run.violations() {
            let chain = chain(&run.recording, violation);
            let Some(delivery) = chain.delivery else { continue };
            let Some(&id) = ids.get(&(delivery.shown(), delivery.user)) else { continue };
            let mut commands = BTreeSet::new();
            for link in &chain.links {
                if let Fact::Value { returned, .. } = link.entry.what
                    && returned.command != CommandId(0)
                    && is_crossed(&link.entry)
                {
                    commands.insert(returned.command);
                }
            }
            for link in &chain.links {
                let leads = match link.entry.what {
                    Fact::Executed { command, .. } => commands.contains(&command),
                    _ => is_crossed(&link.entry),
                };
                if leads {
                    self.add(link.place, id);
                }
            }
        }
    }
}
