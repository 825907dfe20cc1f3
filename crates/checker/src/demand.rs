//! What runs must have reached before they are clean.

use crate::conduct::{NotApplicable, USEFUL};
use crate::verdict::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A situation that was not reached often enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// Its name. `deliveries` is none: where nobody was shown anything, nothing was tested, whatever
    /// the scenario asks for.
    pub situation: String,
    /// How often it was to be reached.
    pub need: u64,
    /// How often it was.
    pub got: u64,
}

/// What one run or several of one client reached together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Together {
    /// How often each situation was reached; only those that were.
    pub reached: BTreeMap<String, u64>,
    /// What does not apply to the client, with the reason that the first such run gives.
    #[serde(default)]
    pub not_applicable: BTreeMap<String, String>,
}

impl Together {
    /// One run.
    pub fn of(findings: &Findings) -> Self {
        let mut together = Self::default();
        together.add(findings);
        together
    }

    /// Adds a run.
    pub fn add(&mut self, findings: &Findings) {
        self.count(&findings.reached);
        self.exempt(&findings.not_applicable);
    }

    /// Adds other runs.
    pub fn join(&mut self, other: &Self) {
        self.count(&other.reached);
        for (name, why) in &other.not_applicable {
            self.not_applicable.entry(name.clone()).or_insert_with(|| why.clone());
        }
    }

    pub(crate) fn count(&mut self, reached: &BTreeMap<String, u64>) {
        for (situation, &times) in reached.iter().filter(|(_, times)| **times > 0) {
            match self.reached.get_mut(situation) {
                Some(sum) => *sum = sum.saturating_add(times),
                None => drop(self.reached.insert(situation.clone(), times)),
            }
        }
    }

    pub(crate) fn exempt(&mut self, not_applicable: &[NotApplicable]) {
        for NotApplicable { name, why } in not_applicable {
            self.not_applicable.entry(name.clone()).or_insert_with(|| why.clone());
        }
    }

    /// What the runs lack of `reach`, which their scenario asks for, and of useful work, which is always
    /// asked for; in the order of the names.
    pub fn lacking(&self, reach: &BTreeMap<String, u64>) -> Vec<Missing> {
        let mut required = reach.clone();
        for useful in USEFUL {
            required.entry(useful.to_owned()).or_insert(1);
        }
        required.retain(|situation, _| !self.not_applicable.contains_key(situation));
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

    /// Runs that did useful work and reached `situation` so often.
    fn runs(situation: &str, times: u64) -> Together {
        let mut runs = Together { reached: reached(situation, times), ..Together::default() };
        USEFUL.iter().for_each(|useful| runs.count(&reached(useful, 1)));
        runs
    }

    #[test]
    fn what_is_asked_for_may_be_reached_by_several_runs() {
        let (reach, mut both) = (reached("cancel-in-flight", 2), runs("cancel-in-flight", 1));
        let one = Missing { situation: "cancel-in-flight".to_owned(), need: 2, got: 1 };
        assert_eq!(both.lacking(&reach), [one]);
        both.join(&runs("cancel-in-flight", 1));
        assert!(both.lacking(&reach).is_empty());
    }

    #[test]
    fn a_situation_that_nobody_counts_is_missing() {
        let lacking = runs("cold-miss", 3).lacking(&reached("an-eclipse", 1));
        assert_eq!((lacking.len(), lacking[0].got), (1, 0));
    }

    #[test]
    fn useful_work_is_asked_for_whatever_the_scenario_says() {
        let lacking = Together::default().lacking(&BTreeMap::new());
        let names: Vec<_> = lacking.iter().map(|missing| missing.situation.as_str()).collect();
        assert_eq!(names, USEFUL);
    }

    #[test]
    fn what_does_not_apply_is_not_asked_for() {
        let mut runs = runs("cold-miss", 1);
        let exempt = |name: &str| NotApplicable { name: name.to_owned(), why: "so".to_owned() };
        runs.exempt(&[exempt("two-users-one-connection")]);
        assert!(runs.lacking(&reached("two-users-one-connection", 1)).is_empty());
        assert_eq!(runs.lacking(&reached("cancel-in-flight", 1)).len(), 1);
    }
}
