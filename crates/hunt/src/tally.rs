//! What a hunt has come to so far: numbers, and the first finding of each signature. It grows with
//! the signatures, not with the runs.

use super::finding::{Finding, Trouble};
use super::ground::{End, Ground, GroundName, Run};
use super::guided::Reached;
use crosswire_checker::{Missing, Together, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How some runs of one ground ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Nothing was broken and everything was reached.
    pub clean: u64,
    /// An invariant was broken.
    pub violated: u64,
    /// Nothing was broken and something was not reached.
    pub inconclusive: u64,
    /// Something panicked.
    pub panicked: u64,
    /// The run was given up.
    pub hung: u64,
    /// What all reached together.
    #[serde(flatten)]
    pub together: Together,
}

impl Counts {
    /// All runs.
    pub fn runs(&self) -> u64 {
        self.clean + self.inconclusive + self.found()
    }

    /// Those that went wrong.
    pub fn found(&self) -> u64 {
        self.violated + self.panicked + self.hung
    }

    pub(crate) fn count(&mut self, run: &Run) {
        let one = match &run.end {
            End::Clean => &mut self.clean,
            End::Inconclusive => &mut self.inconclusive,
            End::Found(found) => match found.finding.verdict {
                Trouble::Violated => &mut self.violated,
                Trouble::Panicked => &mut self.panicked,
                Trouble::Hung => &mut self.hung,
            },
        };
        *one += 1;
        self.together.join(&run.reached);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.clean += other.clean;
        self.violated += other.violated;
        self.inconclusive += other.inconclusive;
        self.panicked += other.panicked;
        self.hung += other.hung;
        self.together.join(&other.together);
    }
}

/// A ground and how its runs ended.
#[derive(Clone, Debug)]
pub struct GroundTally {
    /// Its names.
    pub name: GroundName,
    /// How its runs ended.
    pub counts: Counts,
    reach: BTreeMap<String, u64>,
    /// Not all its seeds were played.
    cut_short: bool,
}

impl GroundTally {
    /// The situations that its runs must reach together and did not; none before the first run.
    pub fn missing(&self) -> Vec<Missing> {
        match self.counts.runs() {
            0 => Vec::new(),
            _ => self.counts.together.lacking(&self.reach),
        }
    }

    /// Violated if anything was found; inconclusive if no run was clean by itself, if all together
    /// did not reach something, or if not all its seeds were played.
    pub fn verdict(&self) -> Verdict {
        if self.counts.found() > 0 {
            Verdict::Violated
        } else if self.counts.clean == 0 || !self.missing().is_empty() || self.cut_short {
            Verdict::Inconclusive
        } else {
            Verdict::Clean
        }
    }
}

/// A signature that was seen.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The first finding with it.
    pub first: Finding,
    /// How often it was seen on each ground, by the ground's number.
    pub grounds: BTreeMap<usize, u64>,
}

impl Sighting {
    /// How often it was seen.
    pub fn count(&self) -> u64 {
        self.grounds.values().sum()
    }
}

/// What a hunt has come to.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Each ground, in their order.
    pub grounds: Vec<GroundTally>,
    /// Each signature, in the order in which they were found.
    pub sightings: Vec<Sighting>,
    /// How far it has come, if it is guided.
    pub reached: Option<Reached>,
    /// How far it had come when it ended, if that was before its work was done.
    pub cut_short: Option<String>,
    by_signature: BTreeMap<String, usize>,
}

impl Tally {
    pub(crate) fn new(grounds: &[Ground]) -> Self {
        let grounds = grounds.iter().map(|ground| GroundTally {
            name: ground.name(),
            counts: Counts::default(),
            reach: ground.reach().clone(),
            cut_short: false,
        });
        let grounds = grounds.collect();
        let by_signature = BTreeMap::new();
        Self { grounds, sightings: Vec::new(), reached: None, cut_short: None, by_signature }
    }

    /// The same of a hunt that ended before its work was done, and how far it had come then. Grounds
    /// that were to get `seeds` and got fewer cannot be clean, and none if nobody knows how many.
    #[must_use]
    pub fn cut_short(mut self, how: String, seeds: Option<u64>) -> Self {
        for ground in &mut self.grounds {
            ground.cut_short = seeds.is_none_or(|seeds| ground.counts.runs() < seeds);
        }
        self.cut_short = Some(how);
        self
    }

    /// All runs.
    pub fn runs(&self) -> u64 {
        self.grounds.iter().map(|ground| ground.counts.runs()).sum()
    }

    /// Runs that went wrong.
    pub fn found(&self) -> u64 {
        self.grounds.iter().map(|ground| ground.counts.found()).sum()
    }

    /// The situations that a ground must reach and has not reached often enough.
    pub fn not_reached(&self) -> Vec<String> {
        let missing = self.grounds.iter().flat_map(GroundTally::missing);
        let mut names: Vec<_> = missing.map(|missing| missing.situation).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Violated if anything was found; or else inconclusive if a ground is.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.grounds.iter().any(|ground| ground.verdict() == verdict);
        if any(Verdict::Violated) {
            Verdict::Violated
        } else if any(Verdict::Inconclusive) || self.grounds.is_empty() {
            Verdict::Inconclusive
        } else {
            Verdict::Clean
        }
    }

    /// The first finding with this signature, if there was one.
    pub(crate) fn known(&self, signature: &str) -> Option<&Finding> {
        self.by_signature.get(signature).map(|&at| &self.sightings[at].first)
    }

    /// The number of a signature, from 1; of one that was not found yet, the next.
    pub(crate) fn number(&self, signature: &str) -> usize {
        self.by_signature.get(signature).copied().unwrap_or(self.sightings.len()) + 1
    }

    /// Notes a finding of a ground.
    pub(crate) fn saw(&mut self, ground: usize, finding: &Finding) {
        let at = self.by_signature.get(&finding.signature).copied().unwrap_or_else(|| {
            self.sightings.push(Sighting { first: finding.clone(), grounds: BTreeMap::new() });
            self.by_signature.insert(finding.signature.clone(), self.sightings.len() - 1);
            self.sightings.len() - 1
        });
        *self.sightings[at].grounds.entry(ground).or_default() += 1;
    }
}
