//! The results of a hunt so far: counts, and the first finding of each failure. Its size grows with
//! the number of failures, not of runs.

use crate::finding::{FailureId, FailureKind, Finding};
use crate::target::{End, Run, Target, TargetName};
use crosswire_checker::{Missing, Together, Verdict, add_counts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The outcomes of some runs of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Runs in which every invariant held and every required situation occurred.
    pub clean: u64,
    /// Runs in which an invariant was violated.
    pub violated: u64,
    /// Runs in which nothing was violated, but a required situation is missing.
    pub inconclusive: u64,
    /// Runs that panicked.
    pub panicked: u64,
    /// Runs that were abandoned because they took too long.
    pub hung: u64,
    /// The required situations that inconclusive runs lack, each with the number of these runs.
    #[serde(default)]
    pub missing_in_runs: BTreeMap<String, u64>,
    /// The situations that all runs reached together.
    #[serde(flatten)]
    pub together: Together,
}

impl Counts {
    /// Returns the number of runs.
    pub fn runs(&self) -> u64 {
        self.clean + self.inconclusive + self.found()
    }

    /// Returns the number of failed runs.
    pub fn found(&self) -> u64 {
        self.violated + self.panicked + self.hung
    }

    pub(crate) fn count(&mut self, run: &Run) {
        let one = match &run.end {
            End::Clean => &mut self.clean,
            End::Inconclusive => {
                let missing = run.missing.iter().map(|name| (name.clone(), 1)).collect();
                add_counts(&mut self.missing_in_runs, &missing);
                &mut self.inconclusive
            }
            End::Found(found) => match found.finding.verdict {
                FailureKind::Violated => &mut self.violated,
                FailureKind::Panicked => &mut self.panicked,
                FailureKind::Hung => &mut self.hung,
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
        add_counts(&mut self.missing_in_runs, &other.missing_in_runs);
        self.together.join(&other.together);
    }
}

/// A target and the outcomes of its runs.
#[derive(Clone, Debug)]
pub struct TargetTally {
    /// The names of the target.
    pub name: TargetName,
    /// The outcomes of its runs.
    pub counts: Counts,
    reach: BTreeMap<String, u64>,
    /// True if some of its seeds were not run.
    cut_short: bool,
}

impl TargetTally {
    /// Returns the situations that its runs had to reach together and did not; empty before the
    /// first run.
    pub fn missing(&self) -> Vec<Missing> {
        match self.counts.runs() {
            0 => Vec::new(),
            _ => self.counts.together.lacking(&self.reach),
        }
    }

    /// Returns the situations that single runs missed, the most frequent first, each with the
    /// number of inconclusive runs that missed it.
    pub fn missing_in_runs(&self) -> Vec<(&str, u64)> {
        let missing = self.counts.missing_in_runs.iter();
        let mut missing: Vec<_> = missing.map(|(name, &runs)| (name.as_str(), runs)).collect();
        missing.sort_by_key(|(_, runs)| Reverse(*runs));
        missing
    }

    /// Returns violated if a run failed. Otherwise it returns inconclusive if no single run was
    /// clean, if the runs together missed a required situation, or if some seeds were not run.
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

/// A failure that occurred: a signature with a client and a service.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The first finding of it.
    pub first: Finding,
    /// The targets on which it occurred, by their numbers.
    pub targets: BTreeMap<usize, OnTarget>,
}

/// A failure on one target.
#[derive(Clone, Debug)]
pub struct OnTarget {
    /// Its first finding on the target.
    pub first: Finding,
    /// Number of its findings on the target.
    pub count: u64,
}

impl Sighting {
    /// Returns the number of findings of it.
    pub fn count(&self) -> u64 {
        self.targets.values().map(|target| target.count).sum()
    }
}

/// The results of a hunt.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The targets, in their order.
    pub targets: Vec<TargetTally>,
    /// The failures, in the order in which they were found.
    pub sightings: Vec<Sighting>,
    /// The progress of the search, if the hunt is guided.
    pub reached: Option<Reached>,
    /// The progress of the hunt when it ended, if it ended early.
    pub cut_short: Option<String>,
    by_failure: BTreeMap<FailureId, usize>,
}

impl Tally {
    pub(crate) fn new(targets: &[Target]) -> Self {
        let targets = targets.iter().map(|target| TargetTally {
            name: target.name(),
            counts: Counts::default(),
            reach: target.reach().clone(),
            cut_short: false,
        });
        let targets = targets.collect();
        let by_failure = BTreeMap::new();
        Self { targets, sightings: Vec::new(), reached: None, cut_short: None, by_failure }
    }

    /// Marks the tally as that of a hunt that ended early, with its progress. Targets that should
    /// have got `seeds` seeds and got fewer cannot be clean; if the number is unknown, no target
    /// can.
    #[must_use]
    pub fn cut_short(mut self, how: String, seeds: Option<u64>) -> Self {
        for target in &mut self.targets {
            target.cut_short = seeds.is_none_or(|seeds| target.counts.runs() < seeds);
        }
        self.cut_short = Some(how);
        self
    }

    /// Returns the number of runs on all targets.
    pub fn runs(&self) -> u64 {
        self.targets.iter().map(|target| target.counts.runs()).sum()
    }

    /// Returns the number of failed runs on all targets.
    pub fn found(&self) -> u64 {
        self.targets.iter().map(|target| target.counts.found()).sum()
    }

    /// Returns the situations that some target must reach and has not reached often enough.
    pub fn not_reached(&self) -> Vec<String> {
        let missing = self.targets.iter().flat_map(TargetTally::missing);
        let mut names: Vec<_> = missing.map(|missing| missing.situation).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Returns violated if a target is, otherwise inconclusive if a target is.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.targets.iter().any(|target| target.verdict() == verdict);
        if any(Verdict::Violated) {
            Verdict::Violated
        } else if any(Verdict::Inconclusive) || self.targets.is_empty() {
            Verdict::Inconclusive
        } else {
            Verdict::Clean
        }
    }

    /// Returns the first finding of the same failure, if there is one.
    pub(crate) fn first_like(&self, finding: &Finding) -> Option<&Finding> {
        self.by_failure.get(&finding.failure()).map(|&at| &self.sightings[at].first)
    }

    /// Returns the number of a finding's failure, from 1. A new failure has the next free number.
    pub(crate) fn number(&self, finding: &Finding) -> usize {
        self.by_failure.get(&finding.failure()).copied().unwrap_or(self.sightings.len()) + 1
    }

    /// Adds a finding of a target.
    pub(crate) fn saw(&mut self, target: usize, finding: &Finding) {
        let at = *self.by_failure.entry(finding.failure()).or_insert_with(|| {
            self.sightings.push(Sighting { first: finding.clone(), targets: BTreeMap::new() });
            self.sightings.len() - 1
        });
        let on_target = self.sightings[at].targets.entry(target);
        on_target.or_insert_with(|| OnTarget { first: finding.clone(), count: 0 }).count += 1;
    }
}

/// The progress of a guided hunt on all targets together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reached {
    /// Number of features reached.
    pub features: u64,
    /// Number of plans in the corpora.
    pub corpus: u64,
}
