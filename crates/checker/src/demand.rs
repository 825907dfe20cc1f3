//! Counts what runs reached together, and finds what they lack for a clean verdict.

use crate::conduct::{DISHONEST, NotApplicable, TRIED, USEFUL, USES, Use, one_run_is_enough};
use crate::verdict::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A required situation that did not occur often enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// The name of the situation, or `deliveries` if no user was shown anything: then nothing was
    /// tested, no matter what the scenario requires.
    pub situation: String,
    /// The number of times it had to occur.
    pub need: u64,
    /// The number of times it did.
    pub got: u64,
}

/// Adds counts by name or by id to a sum, which holds only those above zero.
pub fn add_counts<K: Clone + Ord>(sum: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (name, &count) in more {
        if count > 0 {
            match sum.get_mut(name) {
                Some(sum) => *sum = sum.saturating_add(count),
                None => drop(sum.insert(name.clone(), count)),
            }
        }
    }
}

/// The situations that one or more runs of one client reached together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Together {
    /// The number of times each situation occurred; only those that did.
    pub reached: BTreeMap<String, u64>,
    /// The situations and invariants that do not apply in some of the runs.
    #[serde(default)]
    pub exempt: BTreeMap<String, Exempt>,
    /// The number of runs.
    #[serde(default)]
    pub judged: u64,
}

/// A situation or an invariant that does not apply in some runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exempt {
    /// The number of these runs.
    pub runs: u64,
    /// The reason, as the first of them gives it.
    pub why: String,
}

impl Together {
    /// Returns what one run reached.
    pub fn of(findings: &Findings) -> Self {
        let mut together = Self::default();
        together.add(findings);
        together
    }

    /// Adds a run.
    pub fn add(&mut self, findings: &Findings) {
        self.run(&findings.reached, &findings.not_applicable);
    }

    pub(crate) fn run(
        &mut self,
        reached: &BTreeMap<String, u64>,
        not_applicable: &[NotApplicable],
    ) {
        self.judged = self.judged.saturating_add(1);
        self.count(reached);
        for NotApplicable { name, why } in not_applicable {
            self.add_exempt(name, &Exempt { runs: 1, why: why.clone() });
        }
    }

    /// Adds the runs of `other`.
    pub fn join(&mut self, other: &Self) {
        self.judged = self.judged.saturating_add(other.judged);
        self.count(&other.reached);
        other.exempt.iter().for_each(|(name, exempt)| self.add_exempt(name, exempt));
    }

    fn count(&mut self, reached: &BTreeMap<String, u64>) {
        add_counts(&mut self.reached, reached);
    }

    fn add_exempt(&mut self, name: &str, more: &Exempt) {
        match self.exempt.get_mut(name) {
            Some(exempt) => exempt.runs = exempt.runs.saturating_add(more.runs),
            None => drop(self.exempt.insert(name.to_owned(), more.clone())),
        }
    }

    /// Returns what does not apply to the client and never occurred all the same, with the reasons.
    pub fn not_applicable(&self) -> BTreeMap<String, String> {
        let unreached = self.exempt().filter(|(name, _)| !self.reached.contains_key(*name));
        unreached.map(|(name, exempt)| (name.clone(), exempt.why.clone())).collect()
    }

    /// Iterates over what does not apply to the client: what it declares itself, and what does not
    /// apply in most of the runs. In a short or calm run a client may not show what it is like.
    fn exempt(&self) -> impl Iterator<Item = (&String, &Exempt)> {
        self.exempt.iter().filter(|(name, exempt)| {
            one_run_is_enough(name) || exempt.runs.saturating_mul(2) > self.judged
        })
    }

    /// Returns what the runs lack, in the order of names: of `reach`, which their scenario
    /// requires, of useful work, which is always required, of what the client declares, and of what
    /// dishonest devices try.
    pub fn lacking(&self, reach: &BTreeMap<String, u64>) -> Vec<Missing> {
        let mut required = reach.clone();
        for useful in USEFUL {
            required.entry(useful.to_owned()).or_insert(1);
        }
        for Use { offered, used, .. } in &USES {
            if self.reached.contains_key(*offered) {
                required.entry((*used).to_owned()).or_insert(1);
            }
        }
        if self.reached.contains_key(DISHONEST) {
            for tried in TRIED {
                required.entry(tried.to_owned()).or_insert(1);
            }
        }
        for (name, _) in self.exempt() {
            required.remove(name);
        }
        let asked = required.into_iter().map(|(situation, need)| {
            let got = self.reached.get(&situation).copied().unwrap_or(0);
            Missing { situation, need, got }
        });
        asked.filter(|missing| missing.got < missing.need).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(situation: &str, times: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([(situation.to_owned(), times)])
    }

    /// Returns runs that did useful work and reached `situation` that many times.
    fn runs(situation: &str, times: u64) -> Together {
        let mut runs = Together { reached: reached(situation, times), ..Together::default() };
        for useful in USEFUL {
            runs.count(&reached(useful, 1));
        }
        runs
    }

    #[test]
    fn a_required_situation_may_be_reached_by_several_runs() {
        let (reach, mut both) = (reached("cancel-in-flight", 2), runs("cancel-in-flight", 1));
        let one = Missing { situation: "cancel-in-flight".to_owned(), need: 2, got: 1 };
        assert_eq!(both.lacking(&reach), [one]);
        both.join(&runs("cancel-in-flight", 1));
        assert!(both.lacking(&reach).is_empty());
    }

    #[test]
    fn a_situation_that_is_never_counted_is_missing() {
        let lacking = runs("cold-miss", 3).lacking(&reached("an-eclipse", 1));
        assert_eq!((lacking.len(), lacking[0].got), (1, 0));
    }

    #[test]
    fn useful_work_is_required_by_every_scenario() {
        let lacking = Together::default().lacking(&BTreeMap::new());
        let names: Vec<_> = lacking.iter().map(|missing| missing.situation.as_str()).collect();
        assert_eq!(names, USEFUL);
    }

    #[test]
    fn what_does_not_apply_is_not_required() {
        let mut runs = runs("cold-miss", 1);
        let two_users = "two-users-one-connection";
        let exempt = NotApplicable { name: two_users.to_owned(), why: "so".to_owned() };
        runs.run(&BTreeMap::new(), &[exempt]);
        assert!(runs.lacking(&reached(two_users, 1)).is_empty());
        runs.run(&BTreeMap::new(), &[]);
        assert_eq!(runs.lacking(&reached(two_users, 1)).len(), 1, "in one of two runs it applies");
        assert_eq!(runs.lacking(&reached("cancel-in-flight", 1)).len(), 1);
    }

    #[test]
    fn what_occurred_once_is_neither_listed_as_not_applicable_nor_required_more_often() {
        let lost = "lost-under-way";
        let exempt = NotApplicable { name: lost.to_owned(), why: "so".to_owned() };
        let mut runs = runs(lost, 1);
        runs.run(&BTreeMap::new(), std::slice::from_ref(&exempt));
        assert!(runs.not_applicable().is_empty());
        assert!(runs.lacking(&reached(lost, 5)).is_empty());
    }
}
