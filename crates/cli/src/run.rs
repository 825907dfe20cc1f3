//! `crosswire run`: a scenario and a seed become a plan, and the plan is played.

use super::args::Run;
use super::every_await;
use super::failure::{Exit, Failure};
use super::play::{Job, again, play};
use super::room;
use super::sets;
use crosswire::library::NoScenario;
use crosswire::seedline::SeedLine;
use crosswire::{catalog, library, saved};
use crosswire_plan::{Plan, Scenario, Seed, draw};
use std::path::Path;

/// Plays what is wanted.
pub(super) fn run(wanted: &Run) -> Result<Exit, Failure> {
    let scenario = scenario(&wanted.scenario)?;
    let client = wanted.client.clone().unwrap_or_else(|| scenario.client.name.clone());
    let service = wanted.service.clone().unwrap_or_else(|| scenario.service.name.clone());
    let defences = match &wanted.defences[..] {
        [] => scenario.defences.clone(),
        some => sets::defences(some)?,
    };
    let seed = wanted.seed.map_or_else(drawn_seed, Ok)?;
    let line = SeedLine { scenario: wanted.scenario.clone(), seed, client, service, defences };
    let mut plan = plan_of(&line)?;
    if wanted.cancel_at_every_await {
        return every_await::play(plan, &line, wanted.jobs, wanted.faces.json);
    }
    let again = match wanted.cancel_at {
        None => again(&line.to_string()),
        Some(at) => every_await::again(&line, at.get().into()),
    };
    plan.cancel_at = wanted.cancel_at.map(|at| at.get().into());
    let job = Job::new(plan, again, wanted.faces.clone())?;
    Ok(play(&job)?.report.verdict.into())
}

/// The scenario of that name, or in that file.
pub(super) fn scenario(name: &str) -> Result<Scenario, Failure> {
    let found = library::scenario(name).map_err(|none| match none {
        NoScenario::Bad(_) if saved::is_saved_run(Path::new(name)) => {
            Failure::input(format!("{name}: this is a saved run; use `{}`", again(name)))
        }
        none => none.into(),
    })?;
    room::for_scenario(name, &found, 1)?;
    Ok(found)
}

/// The plan that a seed line stands for.
pub(super) fn plan_of(line: &SeedLine) -> Result<Plan, Failure> {
    let mut plan = draw(&scenario(&line.scenario)?, line.seed);
    plan.client.name = catalog::client(&line.client)?.name;
    catalog::service(&line.service)?;
    plan.service.name.clone_from(&line.service);
    plan.defences = sets::defences(&line.defences)?;
    Ok(plan)
}

/// A seed from the operating system, short enough to be read aloud.
fn drawn_seed() -> Result<Seed, Failure> {
    let drawn = getrandom::u32().map_err(|error| Failure::Harness(error.to_string()))?;
    Ok(Seed(u64::from(drawn)))
}
