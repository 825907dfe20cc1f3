//! The corpus: plans that reached something new, to breed from.

use crosswire_checker::Verdict;
use crosswire_plan::Plan;
use crosswire_plan::rng::Draw;
use crosswire_sim::coverage::{Coverage, FEATURES};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Largest number of plans kept for a target. Above it, the plan of least worth is removed.
pub const MOST: usize = 256;

/// A run that reached something new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusEntry {
    /// The index of the run on its target, from 0.
    pub run: u64,
    /// The verdict of the run.
    pub verdict: Verdict,
    /// The digest of its history.
    pub digest: String,
    /// Number of entries in its history, as a measure of what the run costs.
    pub entries: u64,
    /// Everything that the run reached.
    pub coverage: Coverage,
    /// The plan of the run.
    pub plan: Plan,
}

/// The plans to breed from, in the order in which they were kept.
#[derive(Clone)]
pub struct Corpus {
    kept: Vec<Arc<CorpusEntry>>,
    /// Number of these plans that reached each feature.
    times: Vec<u32>,
    /// The fraction of each feature that goes to one plan that reached it.
    share: Vec<u64>,
    /// The worth of each plan.
    worth: Vec<u64>,
}

impl Default for Corpus {
    fn default() -> Self {
        let features = FEATURES as usize;
        let (times, share) = (vec![0; features], vec![0; features]);
        Self { kept: Vec::new(), times, share, worth: Vec::new() }
    }
}

impl Corpus {
    /// Returns the plans.
    pub fn plans(&self) -> &[Arc<CorpusEntry>] {
        &self.kept
    }

    /// Adds a plan. If there are too many then, the plan of least worth is removed.
    pub(super) fn add(&mut self, kept: Arc<CorpusEntry>) {
        self.count(&kept, |times| times + 1);
        self.kept.push(kept);
        self.worth = self.worths();
        if self.kept.len() > MOST {
            let least = (0..self.kept.len()).min_by_key(|&at| self.worth[at]);
            let gone = self.kept.remove(least.expect("the corpus has more than MOST plans"));
            self.count(&gone, |times| times - 1);
            self.worth = self.worths();
        }
    }

    /// Draws a plan to breed from, with a probability proportional to its worth; none if the corpus
    /// is empty.
    pub(super) fn parent(&self, from: &mut impl Draw) -> Option<Arc<CorpusEntry>> {
        let mut rest = from.below(self.worth.iter().sum());
        for (kept, &worth) in self.kept.iter().zip(&self.worth) {
            if rest < worth {
                return Some(kept.clone());
            }
            rest -= worth;
        }
        None
    }

    /// Updates the counts of the features that `kept` reached.
    fn count(&mut self, kept: &CorpusEntry, times: impl Fn(u32) -> u32) {
        for feature in kept.coverage.features() {
            let feature = feature as usize;
            self.times[feature] = times(self.times[feature]);
            self.share[feature] = (1 << 32) / u64::from(self.times[feature].max(1));
        }
    }

    /// Computes the worth of each plan. It grows with the rarity of the features that the plan
    /// reached, and falls with the cost of its run.
    fn worths(&self) -> Vec<u64> {
        let worth = |kept: &Arc<CorpusEntry>| {
            (kept.coverage.weight(&self.share) / kept.entries.max(1)).max(1)
        };
        self.kept.iter().map(worth).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Seed, Streams, draw};

    fn kept(run: u64, entries: u64, features: &[u32]) -> Arc<CorpusEntry> {
        let plan = draw(&crosswire::scenarios::scenario("pair").expect("a scenario"), Seed(run));
        let (verdict, digest) = (Verdict::Clean, String::new());
        let coverage = Coverage::from(features.to_vec());
        Arc::new(CorpusEntry { run, verdict, digest, entries, coverage, plan })
    }

    fn runs(corpus: &Corpus) -> Vec<u64> {
        corpus.plans().iter().map(|kept| kept.run).collect()
    }

    #[test]
    fn rare_features_and_cheap_runs_are_bred_from_most() {
        let mut corpus = Corpus::default();
        assert_eq!(corpus.parent(&mut Streams::new(1).stream("test", &[])), None);
        for (run, entries, features) in
            [(0, 100, &[1, 2][..]), (1, 100, &[1, 2]), (2, 100, &[1, 3]), (3, 50, &[1, 4])]
        {
            corpus.add(kept(run, entries, features));
        }
        let mut from = Streams::new(1).stream("test", &[]);
        let mut times = [0; 4];
        for _ in 0..1_000 {
            times[corpus.parent(&mut from).expect("a parent").run as usize] += 1;
        }
        assert!(times[3] > times[2] && times[2] > times[1] + 30 && times[0] > 80, "{times:?}");
    }

    #[test]
    fn the_plan_of_least_worth_is_removed_when_there_are_too_many() {
        let mut corpus = Corpus::default();
        corpus.add(kept(0, 100, &[1, 2]));
        corpus.add(kept(1, 100, &[1]));
        for run in 2..=MOST as u64 {
            corpus.add(kept(run, 100, &[1, run as u32 + 10]));
        }
        let expected: Vec<_> = (0..=MOST as u64).filter(|run| *run != 1).collect();
        assert_eq!(runs(&corpus), expected);
        let times: u32 = corpus.times.iter().sum();
        assert_eq!(times as usize, 2 * MOST);
    }
}
