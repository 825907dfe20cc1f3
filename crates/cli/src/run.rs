//! `crosswire run`: draws a plan from a scenario and a seed, and runs it.

use super::args::RunArgs;
use super::defences::defences;
use super::every_await;
use super::failure::{Exit, Failure};
use super::memory_check;
use super::progress;
use super::single_run::{Job, replay_command, run_and_print};
use crosswire::scenarios::{NoScenario, Scenarios};
use crosswire::seedline::SeedLine;
use crosswire::{catalog, saved};
use crosswire_lockstep::SavedSchedule;
use crosswire_output::format::{printable, quoted};
use crosswire_plan::{Plan, Scenario, Seed, draw};
use std::path::Path;

/// Runs a scenario with a seed, once or once for each await.
pub(super) fn run(args: RunArgs) -> Result<Exit, Failure> {
    let scenario = load(&args.scenario)?;
    let line = SeedLine {
        client: args.client.unwrap_or_else(|| scenario.client.name.clone()),
        service: args.service.unwrap_or_else(|| scenario.service.name.clone()),
        defences: match &args.defences[..] {
            [] => scenario.defences.clone(),
            some => defences(some)?,
        },
        seed: args.seed.map_or_else(drawn_seed, Ok)?,
        scenario: args.scenario,
    };
    let mut plan = plan_of(&scenario, &line)?;
    if args.cancel_at_every_await {
        return every_await::run(plan, &line, progress::threads(args.jobs), args.output.json);
    }
    plan.cancel_at = args.cancel_at.map(|at| at.get().into());
    let replay = match plan.cancel_at {
        None => replay_command(&line.to_string()),
        Some(at) => every_await::replay_command(&line, at),
    };
    let job = Job::new(plan, replay, &args.output)?;
    Ok(run_and_print(&job)?.report.verdict.into())
}

/// Loads the scenario with this name or path, if enough memory is available for its runs.
pub(super) fn load(name: &str) -> Result<Scenario, Failure> {
    load_once(name, &mut Scenarios::default()).cloned()
}

/// Loads a scenario as [`load`] does, unless it is loaded.
pub(super) fn load_once<'a>(
    name: &str,
    loaded: &'a mut Scenarios,
) -> Result<&'a Scenario, Failure> {
    let found = loaded.load(name).map_err(|none| match none {
        NoScenario::Bad(_) if saved::is_saved_run(Path::new(name)) => {
            Failure::input(format!("{name}: this is a saved run; use `{}`", replay_command(name)))
        }
        NoScenario::Bad(_) if SavedSchedule::read(Path::new(name)).is_ok() => {
            a_schedule(name, "a scenario")
        }
        none => none.into(),
    })?;
    memory_check::for_scenario(name, found, 1)?;
    Ok(found)
}

/// Returns the error for a saved schedule of lockstep in the place of what was `expected`.
pub(super) fn a_schedule(name: &str, expected: &str) -> Failure {
    let command = format!("crosswire certify --adapter CMD --schedule {}", quoted(name));
    let name = printable(name);
    Failure::Input(miette::miette!(
        help = format!("run it with `{command}`"),
        "{name}: this is a schedule of `certify --adapter`; expected {expected}"
    ))
}

/// Loads the scenario of a seed line and draws its plan.
pub(super) fn load_plan(line: &SeedLine) -> Result<Plan, Failure> {
    plan_of(&load(&line.scenario)?, line)
}

/// Draws the plan of a seed line from its scenario.
pub(super) fn plan_of(scenario: &Scenario, line: &SeedLine) -> Result<Plan, Failure> {
    let mut plan = draw(scenario, line.seed);
    plan.client.name = catalog::client(&line.client)?.name;
    catalog::service(&line.service)?;
    plan.service.name.clone_from(&line.service);
    let stated = scenario.workload.dishonest;
    plan.workload.dishonest = crosswire::scenarios::dishonest(stated, &line.service);
    plan.defences = defences(&line.defences)?;
    Ok(plan)
}

/// Returns a random seed from the operating system, of 32 bits so that it is short to type.
fn drawn_seed() -> Result<Seed, Failure> {
    let drawn = getrandom::u32().map_err(|error| Failure::Harness(error.to_string()))?;
    Ok(Seed(u64::from(drawn)))
}
