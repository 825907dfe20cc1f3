//! Whether a run is the same when it is played again: every entry of its history, in order.
//!
//! The first run is recorded. The second is played on another thread and held against the
//! recording entry by entry, and then digest against digest, which also covers the names of keys.

use crate::log::{self, Names};
use crate::sim::{ClientUnderTest, Observers, Panicked, RunOutput, play};
use crosswire_history::journal::RecentEntries;
use crosswire_history::{Digest, Entry, Fact, KeyId, Observer};
use crosswire_output::text::{Paint, grouped};
use crosswire_plan::Plan;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many pairs of entries are shown.
const SHOWN: usize = 5;

/// In what two runs of one plan differ.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// In what happened. The first few entries that differ.
    #[error("{}", entries(.0))]
    Entries(Vec<Pair>),
    /// In nothing that an entry shows.
    #[error("the entries are the same, the digests are not: {0} and {1}")]
    Digests(Digest, Digest),
    /// The history is the same and what the checkers make of it is not.
    #[error("the histories are the same, what the checkers found is not")]
    Findings,
    /// A run came to no end.
    #[error("{which} run: {panicked}")]
    Panicked {
        /// The first run or the second.
        which: &'static str,
        /// Why.
        panicked: Panicked,
    },
}

/// An entry of the first run and the one that stands in its place in the second, as the log
/// tells them; none where a run had ended already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Which entry, counted from 1.
    pub number: u64,
    /// In the first run.
    pub first: Option<String>,
    /// In the second.
    pub second: Option<String>,
}

fn entries(pairs: &[Pair]) -> String {
    let shown = |line: &Option<String>| match line {
        Some(line) => line.trim_end().to_owned(),
        None => "the run is over".to_owned(),
    };
    let told = pairs.iter().map(|Pair { number, first, second }| {
        let (number, first, second) = (grouped(*number), shown(first), shown(second));
        format!("\n  entry {number}\n    first run  {first}\n    second run {second}")
    });
    format!("two runs of one plan differ; the first entries that do:{}", told.collect::<String>())
}

/// Plays the plan twice and says whether both runs were the same.
///
/// # Errors
/// The [`Difference`], if they were not, or if one of them panicked.
pub fn check(plan: &Arc<Plan>, client: &ClientUnderTest) -> Result<(), Difference> {
    twice(plan, client, Vec::new()).map(drop)
}

/// Plays two plans that should come to the same, once each.
///
/// # Errors
/// As [`check`].
pub fn same(
    first: &Arc<Plan>,
    second: &Arc<Plan>,
    client: &ClientUnderTest,
) -> Result<(), Difference> {
    both((first, second), client, Vec::new()).map(drop)
}

/// As [`check`], and gives what the first run came to. `watchers` see the first run.
///
/// # Errors
/// As [`check`].
pub fn twice(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    watchers: Observers,
) -> Result<(RunOutput, Observers), Difference> {
    both((plan, plan), client, watchers)
}

fn both(
    plans: (&Arc<Plan>, &Arc<Plan>),
    client: &ClientUnderTest,
    mut watchers: Observers,
) -> Result<(RunOutput, Observers), Difference> {
    let panicked = |which| move |panicked| Difference::Panicked { which, panicked };
    watchers.insert(0, Box::new(Recording::default()));
    let (first, mut watchers) = play(plans.0, client, watchers).map_err(panicked("the first"))?;
    let recording = downcast::<Recording>(watchers.remove(0));
    let against = Against { recording, plan: plans.0.clone(), seen: 0, pairs: Vec::new() };
    let (second, mut seconds) =
        play(plans.1, client, vec![Box::new(against)]).map_err(panicked("the second"))?;
    let pairs = downcast::<Against>(seconds.remove(0)).finish();
    if !pairs.is_empty() {
        return Err(Difference::Entries(pairs));
    }
    if first.digest != second.digest {
        return Err(Difference::Digests(first.digest, second.digest));
    }
    if first.findings != second.findings {
        return Err(Difference::Findings);
    }
    Ok((first, watchers))
}

/// The observer that was handed in, as what it is.
fn downcast<T: Observer>(observer: Box<dyn Observer>) -> T {
    let observer: Box<dyn Any> = observer;
    *observer.downcast().expect("observers come back in their order")
}

/// A whole history.
#[derive(Default)]
struct Recording {
    entries: Vec<Entry>,
    keys: BTreeMap<KeyId, String>,
}

impl Recording {
    fn tell(&self, index: usize, plan: &Plan) -> Option<String> {
        let key = |key: KeyId| self.keys.get(&key).cloned().unwrap_or_else(|| key.to_string());
        let names = Names { plan, key: &key };
        self.entries.get(index).map(|entry| log::line(entry, &names, Paint::PLAIN))
    }
}

impl Observer for Recording {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        self.entries.push(*entry);
        for key in keys(&entry.what) {
            self.keys.entry(key).or_insert_with(|| past.key_name(key));
        }
    }
}

/// The keys that an entry names.
fn keys(what: &Fact) -> impl Iterator<Item = KeyId> {
    let (first, second) = match *what {
        Fact::CallBegan { key, .. }
        | Fact::Executed { key, .. }
        | Fact::Rejected { key, .. }
        | Fact::Unfounded { key, .. }
        | Fact::Misshapen { key, .. }
        | Fact::AtRest { key, .. }
        | Fact::Invalidated { key, .. } => (Some(key), None),
        Fact::Value { asked, returned, .. } => (Some(asked), returned.written_for),
        _ => (None, None),
    };
    first.into_iter().chain(second)
}

/// A history that is held against a recording as it happens.
struct Against {
    recording: Recording,
    plan: Arc<Plan>,
    seen: usize,
    pairs: Vec<Pair>,
}

impl Observer for Against {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        let index = self.seen;
        self.seen += 1;
        if self.pairs.len() < SHOWN && self.recording.entries.get(index) != Some(entry) {
            let names = Names { plan: &self.plan, key: &|key| past.key_name(key) };
            let second = Some(log::line(entry, &names, Paint::PLAIN));
            self.differs(index, second);
        }
    }
}

impl Against {
    fn differs(&mut self, index: usize, second: Option<String>) {
        let first = self.recording.tell(index, &self.plan);
        self.pairs.push(Pair { number: index as u64 + 1, first, second });
    }

    /// The second run is over; what the first did after that differs too.
    fn finish(mut self) -> Vec<Pair> {
        for index in self.seen..self.recording.entries.len() {
            if self.pairs.len() == SHOWN {
                break;
            }
            self.differs(index, None);
        }
        self.pairs
    }
}
