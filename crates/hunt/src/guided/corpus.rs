//! The corpus: the plans that reached something new, to breed from.

use crosswire_checker::Verdict;
use crosswire_plan::Plan;
use crosswire_plan::rng::Draw;
use crosswire_sim::coverage::{Coverage, FEATURES};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// No more plans than this are kept for a ground: the one that is worth least goes.
pub const MOST: usize = 256;

/// A run that reached something new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its number on its ground, from 0.
    pub run: u64,
    /// How it ended.
    pub verdict: Verdict,
    /// The digest of its history.
    pub digest: String,
    /// How many entries its history has: what it costs to play it.
    pub entries: u64,
    /// All that it reached.
    pub coverage: Coverage,
    /// What was played.
    pub plan: Plan,
}

/// The plans that are bred from, in the order in which they were kept.
#[derive(Clone)]
pub struct Corpus {
    kept: Vec<Arc<Kept>>,
    /// How many of them reached each feature.
    times: Vec<u32>,
    /// The share that one of those who reached a feature has in it.
    share: Vec<u64>,
    /// What each is worth.
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
    /// The plans.
    pub fn plans(&self) -> &[Arc<Kept>] {
        &self.kept
    }

    /// Adds one. Where there are too many then, the one that is worth least goes.
    pub(super) fn add(&mut self, kept: Arc<Kept>) {
        self.count(&kept, |times| times + 1);
        self.kept.push(kept);
        self.worth = self.worths();
        if self.kept.len() > MOST {
            let least = (0..self.kept.len()).min_by_key(|&at| self.worth[at]).unwrap_or(0);
            let gone = self.kept.remove(least);
            self.count(&gone, |times| times - 1);
            self.worth = self.worths();
        }
    }

    /// One to breed from, each as likely as it is worth; none if there is none.
    pub(super) fn parent(&self, from: &mut impl Draw) -> Option<Arc<Kept>> {
        let mut rest = from.below(self.worth.iter().sum());
        let hit = self.worth.iter().position(|&worth| {
            let is_here = rest < worth;
            rest = rest.saturating_sub(worth);
            is_here
        });
        self.kept.get(hit?).cloned()
    }

    /// What `kept` reached is now reached so many times.
    fn count(&mut self, kept: &Kept, times: impl Fn(u32) -> u32) {
        for feature in kept.coverage.features() {
            let feature = feature as usize;
            self.times[feature] = times(self.times[feature]);
            self.share[feature] = (1 << 32) / u64::from(self.times[feature].max(1));
        }
    }

    /// A plan is worth the more, the fewer others reached what it did, and the cheaper it is to play.
    fn worths(&self) -> Vec<u64> {
        let worth =
            |kept: &Arc<Kept>| (kept.coverage.weight(&self.share) / kept.entries.max(1)).max(1);
        self.kept.iter().map(worth).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Seed, Streams, draw};

    fn kept(run: u64, entries: u64, features: &[u32]) -> Arc<Kept> {
        let plan = draw(&crosswire::library::scenario("pair").expect("a scenario"), Seed(run));
        let (verdict, digest) = (Verdict::Clean, String::new());
        let coverage = Coverage::from(features.to_vec());
        Arc::new(Kept { run, verdict, digest, entries, coverage, plan })
    }

    fn runs(corpus: &Corpus) -> Vec<u64> {
        corpus.plans().iter().map(|kept| kept.run).collect()
    }

    #[test]
    fn what_few_reached_and_what_is_cheap_is_bred_from_most() {
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
    fn what_is_worth_least_goes_when_there_are_too_many() {
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
