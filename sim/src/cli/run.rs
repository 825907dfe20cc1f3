//! `crosswire run`: a scenario and a seed become a plan, and the plan is played.

use super::args::Run;
use super::failure::{Exit, Failure};
use super::play::{Job, again, play};
use crosswire::seedline::{NONE, SeedLine};
use crosswire::{catalog, library};
use crosswire_plan::{Plan, Seed, draw};

/// Plays what is wanted.
pub(super) fn run(wanted: &Run) -> Result<Exit, Failure> {
    let scenario = library::scenario(&wanted.scenario)?;
    let client = wanted.client.clone().unwrap_or_else(|| scenario.client.name.clone());
    let service = wanted.service.clone().unwrap_or_else(|| scenario.service.name.clone());
    let defences = match &wanted.defences[..] {
        [] => scenario.defences.clone(),
        [none] if none == NONE => Vec::new(),
        some => some.to_vec(),
    };
    let seed = wanted.seed.map_or_else(drawn_seed, Ok)?;
    let line = SeedLine { scenario: wanted.scenario.clone(), seed, client, service, defences };
    let job = Job::new(plan_of(&line)?, again(&line.to_string()), wanted.faces.clone())?;
    Ok(play(&job)?.report.verdict.into())
}

/// The plan that a seed line stands for.
pub(super) fn plan_of(line: &SeedLine) -> Result<Plan, Failure> {
    let mut plan = draw(&library::scenario(&line.scenario)?, line.seed);
    plan.client.name = catalog::client(&line.client)?.name;
    catalog::service(&line.service)?;
    plan.service.name.clone_from(&line.service);
    plan.defences.clear();
    for defence in &line.defences {
        catalog::defence(defence)?;
        if !plan.defences.contains(defence) {
            plan.defences.push(defence.clone());
        }
    }
    Ok(plan)
}

/// A seed from the operating system, short enough to be read aloud.
fn drawn_seed() -> Result<Seed, Failure> {
    let drawn = getrandom::u32().map_err(|error| Failure::Harness(error.to_string()))?;
    Ok(Seed(u64::from(drawn)))
}
