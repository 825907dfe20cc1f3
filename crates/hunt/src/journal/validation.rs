//! Validation of what another process wrote about a hunt: a journal that is resumed, or the entries
//! of a queue.
//!
//! Nothing of it is trusted. A seed must belong to the hunt, names must be those of the target, a
//! file must lie in the directory of the journal, and a plan must be valid.

use crate::finding::Finding;
use crate::tally::Counts;
use crate::target::TargetName;
use crosswire::seedline::SeedLine;
use crosswire_output::format::counted;
use crosswire_output::user_files::within;
use crosswire_plan::{Plan, Vocabulary};
use std::path::Path;

impl Finding {
    /// Checks the names and the seed line of a finding of a target. `dir` is where its files must
    /// be.
    pub(crate) fn check(&self, target: &TargetName, dir: &Path) -> Result<(), String> {
        let TargetName { scenario, client, service, defences, .. } = target;
        let theirs = (&self.scenario, &self.client, &self.service, &self.defences);
        if theirs != (scenario, client, service, defences) {
            return Err("a finding has the names of another target".to_owned());
        }
        if let Some(file) = &self.file {
            within(dir, file).map_err(|why| format!("the file of a finding: {why}"))?;
        }
        let is_replayable = if self.bred {
            self.file.as_ref() == Some(&self.replay)
        } else {
            let seed_line = SeedLine {
                scenario: scenario.clone(),
                seed: self.seed,
                client: client.clone(),
                service: service.clone(),
                defences: defences.clone(),
            };
            self.replay == seed_line.to_string()
        };
        if !is_replayable {
            return Err(
                "the `replay` of a finding is neither its seed line nor its file".to_owned()
            );
        }
        let is_digest = |digest: &String| {
            digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if !self.digest.iter().all(is_digest) {
            return Err("invalid digest of a finding; expected 32 hexadecimal digits".to_owned());
        }
        Ok(())
    }
}

impl Counts {
    /// Checks that the counts add up to this number of runs, and that no situation is missing in
    /// more runs than are inconclusive.
    pub(crate) fn check(&self, runs: u64) -> Result<(), String> {
        let Self { clean, violated, inconclusive, panicked, hung, .. } = self;
        let all = [*clean, *violated, *inconclusive, *panicked, *hung];
        let sum = all.iter().map(|count| u128::from(*count)).sum::<u128>();
        if sum != u128::from(runs) {
            return Err(format!(
                "{} are done, but their counts add up to {sum}",
                counted(runs, "seed")
            ));
        }
        match self.missing_in_runs.iter().find(|(_, count)| *count > inconclusive) {
            Some((name, count)) => Err(format!(
                "`{name}` is missing in {}, but {inconclusive} are inconclusive",
                counted(*count, "run")
            )),
            None => Ok(()),
        }
    }
}

/// Checks a plan of a target that is to be bred from.
pub(crate) fn check_plan(
    plan: &Plan,
    target: &TargetName,
    vocabulary: &Vocabulary,
) -> Result<(), String> {
    let is_its = plan.client.name == target.client
        && plan.service.name == target.service
        && plan.defences == target.defences;
    if !is_its {
        return Err("a plan is of another target".to_owned());
    }
    plan.check(vocabulary).map_err(|bad| format!("invalid plan: {bad}"))
}
