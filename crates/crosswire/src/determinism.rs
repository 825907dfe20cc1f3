//! Checks that a run is deterministic: runs a plan twice and compares every entry of the histories.
//!
//! The first run is recorded. The second runs on another thread and is compared with the recording
//! entry by entry, and at the end digest with digest, which covers the names of keys as well.

use crate::log::{self, Names};
use crate::sim::{ClientUnderTest, Panicked, RunOutput, watch};
use crosswire_history::journal::RecentEntries;
use crosswire_history::{Digest, Entry, Fact, KeyId, Observer};
use crosswire_output::format::{Layout, grouped};
use crosswire_plan::Plan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The largest number of different entries that are shown.
const SHOWN: usize = 5;

/// The difference between two runs of one plan.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// The entries differ. Contains the first few pairs that do.
    #[error("{}", entries(.0))]
    Entries(Vec<Pair>),
    /// The entries are equal, but not the digests.
    #[error("the entries are equal, but the digests differ: {0} and {1}")]
    Digests(Digest, Digest),
    /// The histories are equal, but not the findings of the checkers.
    #[error("the histories are equal, but the checkers' findings differ")]
    Findings,
    /// A run panicked.
    #[error("{which} run: {panicked}")]
    Panicked {
        /// The first run or the second.
        which: &'static str,
        /// The panic.
        panicked: Panicked,
    },
}

/// Two different entries at the same position in the two runs, as lines of the log; none where a
/// run had already ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The position of the entry, counted from 1.
    pub number: u64,
    /// The entry of the first run.
    pub first: Option<String>,
    /// The entry of the second run.
    pub second: Option<String>,
}

fn entries(pairs: &[Pair]) -> String {
    let shown = |line: &Option<String>| match line {
        Some(line) => line.trim_end().to_owned(),
        None => "the run has ended".to_owned(),
    };
    let lines = pairs.iter().map(|Pair { number, first, second }| {
        let (number, first, second) = (grouped(*number), shown(first), shown(second));
        format!("\n  entry {number}\n    first run  {first}\n    second run {second}")
    });
    format!("two runs of one plan differ; the first entries that do:{}", lines.collect::<String>())
}

/// Runs the plan twice and checks that both runs are the same.
///
/// # Errors
/// The [`Difference`] between the runs; also if one of them panicked.
pub fn check(plan: &Arc<Plan>, client: &ClientUnderTest) -> Result<(), Difference> {
    twice(plan, client, (), ()).map(drop)
}

/// Runs two plans that should give the same run, once each, and checks that they do.
///
/// # Errors
/// As [`check`].
pub fn same(
    first: &Arc<Plan>,
    second: &Arc<Plan>,
    client: &ClientUnderTest,
) -> Result<(), Difference> {
    both((first, second), client, ((), ())).map(drop)
}

/// Runs the plan twice, as [`check`] does, and returns the output and the observer of the first
/// run. `of_second` observes the second run.
///
/// # Errors
/// As [`check`].
pub fn twice<O: Observer>(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    observer: O,
    of_second: impl Observer,
) -> Result<(RunOutput, O), Difference> {
    both((plan, plan), client, (observer, of_second))
}

fn both<O: Observer>(
    plans: (&Arc<Plan>, &Arc<Plan>),
    client: &ClientUnderTest,
    (observer, of_second): (O, impl Observer),
) -> Result<(RunOutput, O), Difference> {
    let panicked = |which| move |panicked| Difference::Panicked { which, panicked };
    let observer = (Recording::default(), observer);
    let (first, (recording, observer)) =
        watch(plans.0, client, observer).map_err(panicked("the first"))?;
    let comparison = Comparison { recording, plan: plans.0.clone(), seen: 0, pairs: Vec::new() };
    let (second, (comparison, _)) =
        watch(plans.1, client, (comparison, of_second)).map_err(panicked("the second"))?;
    let pairs = comparison.finish();
    if !pairs.is_empty() {
        return Err(Difference::Entries(pairs));
    }
    if first.digest != second.digest {
        return Err(Difference::Digests(first.digest, second.digest));
    }
    if first.findings != second.findings {
        return Err(Difference::Findings);
    }
    Ok((first, observer))
}

/// A recorded history.
#[derive(Default)]
struct Recording {
    entries: Vec<Entry>,
    keys: BTreeMap<KeyId, String>,
}

impl Recording {
    fn describe(&self, index: usize, plan: &Plan) -> Option<String> {
        let key = |key: KeyId| self.keys.get(&key).cloned().unwrap_or_else(|| key.to_string());
        let names = Names { plan, key: &key };
        self.entries.get(index).map(|entry| log::line(entry, &names, Layout::PLAIN))
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

/// Returns the keys that an entry names.
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

/// An observer that compares a run with a recording, entry by entry.
struct Comparison {
    recording: Recording,
    plan: Arc<Plan>,
    seen: usize,
    pairs: Vec<Pair>,
}

impl Observer for Comparison {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        let index = self.seen;
        self.seen += 1;
        if self.pairs.len() < SHOWN && self.recording.entries.get(index) != Some(entry) {
            let names = Names { plan: &self.plan, key: &|key| past.key_name(key) };
            let second = Some(log::line(entry, &names, Layout::PLAIN));
            self.differs(index, second);
        }
    }
}

impl Comparison {
    fn differs(&mut self, index: usize, second: Option<String>) {
        let first = self.recording.describe(index, &self.plan);
        self.pairs.push(Pair { number: index as u64 + 1, first, second });
    }

    /// Ends the comparison: entries that only the first run has differ, too.
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
