//! The cost of a client in the standard storm, next to that of the built-in pool. The two run in
//! turns, on one thread.

use super::trial::Question;
use crate::cost::{Load, Mean};
use crate::sim::{ClientUnderTest, watch};
use cpu_time::ProcessTime;
use crosswire_plan::{Scenario, Seed, draw};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// The storm, and the client to compare with.
const SCENARIO: &str = "reconnect-storm";
const BESIDE: &str = "pooled";

/// The cost of a client.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    /// The scenario.
    pub scenario: String,
    /// The number of seeds of each client.
    pub seeds: u64,
    /// The client, then the one it is compared with.
    pub clients: Vec<Column>,
}

/// The cost of one client.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Column {
    /// The name of the client.
    pub client: String,
    /// The load and success of the storm with this client.
    pub storm: Mean,
    /// The mean CPU time of a run, in milliseconds: the only number here that the seeds do not
    /// determine.
    pub cpu_ms: f64,
}

/// Runs the storm with both clients, seed by seed. Calls `tick` with the number of runs so far.
///
/// Returns `None` if a run panics, or if `stop` returns true before all runs are done.
pub fn beside(question: &Question, tick: &dyn Fn(u64), stop: &dyn Fn() -> bool) -> Option<Cost> {
    let seeds = seeds(question);
    let both =
        [question.client.clone(), ClientUnderTest::named(BESIDE).expect("the client is built in")];
    let scenario = question.scenario_of(SCENARIO);
    let (mut costs, mut cpu_ms) = ([Vec::new(), Vec::new()], [0.0, 0.0]);
    for nth in 0..seeds {
        for (at, client) in both.iter().enumerate() {
            if stop() {
                return None;
            }
            let plan = Arc::new(plan(scenario, client, question.from + nth));
            let start = ProcessTime::now();
            let (_, load) = watch(&plan, client, Load::default()).ok()?;
            cpu_ms[at] += start.elapsed().as_secs_f64() * 1_000.0;
            costs[at].push(load.cost(&plan));
            tick(nth * 2 + at as u64 + 1);
        }
    }
    let column = |at: usize| Column {
        client: both[at].name.clone(),
        storm: Mean::of(&costs[at]),
        cpu_ms: cpu_ms[at] / seeds as f64,
    };
    Some(Cost { scenario: SCENARIO.to_owned(), seeds, clients: vec![column(0), column(1)] })
}

/// Returns the number of seeds that each of the two clients gets.
pub fn seeds(question: &Question) -> u64 {
    (question.seeds / 100).clamp(1, 20)
}

fn plan(scenario: &Scenario, client: &ClientUnderTest, seed: u64) -> crosswire_plan::Plan {
    let mut scenario = scenario.clone();
    scenario.client.name.clone_from(&client.name);
    draw(&scenario, Seed(seed))
}
