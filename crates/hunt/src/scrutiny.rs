//! What another process may say of a hunt: in a journal that is resumed, or over a queue.
//!
//! It is not believed. A seed must be one of the hunt, a name that of its ground, a file one of the
//! journal's own directory, a plan one that can be played.

use super::finding::Finding;
use super::ground::GroundName;
use super::tally::Counts;
use crosswire::seedline::SeedLine;
use crosswire_output::files::within;
use crosswire_plan::{Plan, Vocabulary};
use std::path::Path;

impl Finding {
    /// Checks a finding of a ground: its names and its seed line. `dir` is where its files must be.
    pub(crate) fn check(&self, ground: &GroundName, dir: &Path) -> Result<(), String> {
        let GroundName { scenario, client, service, defences, .. } = ground;
        let theirs = (&self.scenario, &self.client, &self.service, &self.defences);
        if theirs != (scenario, client, service, defences) {
            return Err("a finding is of another ground than it says".to_owned());
        }
        if let Some(file) = &self.file {
            within(dir, file).map_err(|why| format!("a finding's file: {why}"))?;
        }
        let plays_it = if self.bred {
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
        if !plays_it {
            return Err("what plays a finding again is not its seed line or its file".to_owned());
        }
        let is_digest = |digest: &String| {
            digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if !self.digest.iter().all(is_digest) {
            return Err("a finding's digest is none; expected 32 hexadecimal digits".to_owned());
        }
        Ok(())
    }
}

impl Counts {
    /// Whether these are the counts of so many runs.
    pub(crate) fn are_of(&self, runs: u64) -> bool {
        let Self { clean, violated, inconclusive, panicked, hung, .. } = self;
        let all = [*clean, *violated, *inconclusive, *panicked, *hung];
        // Each is small if the sum is: no sum here wraps around.
        all.iter().all(|count| *count <= runs)
            && all.iter().map(|n| u128::from(*n)).sum::<u128>() == u128::from(runs)
    }
}

/// Checks a plan of a ground that is to be bred from.
pub(crate) fn check_plan(
    plan: &Plan,
    ground: &GroundName,
    vocabulary: &Vocabulary,
) -> Result<(), String> {
    let is_its = plan.client.name == ground.client
        && plan.service.name == ground.service
        && plan.defences == ground.defences;
    if !is_its {
        return Err("a plan is of another ground than it says".to_owned());
    }
    plan.check(vocabulary).map_err(|bad| format!("a plan cannot be played: {bad}"))
}
