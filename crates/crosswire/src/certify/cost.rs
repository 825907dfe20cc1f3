//! What a client costs the standard storm, beside our own typed one: in turns, on one thread.

use super::trial::Question;
use crate::load::{Load, Mean};
use crate::sim::{ClientUnderTest, play};
use cpu_time::ProcessTime;
use crosswire_plan::{Scenario, Seed, draw};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// The storm, and what it is compared with.
const SCENARIO: &str = "reconnect-storm";
const BESIDE: &str = "pooled";

/// The cost of a client.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    /// The scenario.
    pub scenario: String,
    /// How many seeds each had.
    pub seeds: u64,
    /// The client and the one that it stands beside.
    pub clients: Vec<Column>,
}

/// What one client cost.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Column {
    /// Its name.
    pub client: String,
    /// What the storm was like with it.
    pub storm: Mean,
    /// CPU time of a run in ms, on the average: the one number here that no seed determines.
    pub cpu_ms: f64,
}

/// Plays the storm with both, seed by seed. `tick` is told how many runs are done.
///
/// There is none of a client that panics, nor when `stop` says so before all are done.
pub fn beside(question: &Question, tick: &dyn Fn(u64), stop: &dyn Fn() -> bool) -> Option<Cost> {
    let seeds = seeds(question);
    let both = [question.client.clone(), ClientUnderTest::named(BESIDE).expect("it is ours")];
    let scenario = crate::library::scenario(SCENARIO).expect("it is shipped");
    let (mut costs, mut cpu_ms) = ([Vec::new(), Vec::new()], [0.0, 0.0]);
    for nth in 0..seeds {
        for (at, client) in both.iter().enumerate() {
            if stop() {
                return None;
            }
            let plan = Arc::new(plan(&scenario, client, question.from + nth));
            let start = ProcessTime::now();
            let (_, watchers) = play(&plan, client, vec![Box::new(Load::default())]).ok()?;
            cpu_ms[at] += start.elapsed().as_secs_f64() * 1_000.0;
            costs[at].push(Load::cost_among(watchers, &plan));
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

/// How many seeds each of the two gets.
pub fn seeds(question: &Question) -> u64 {
    (question.seeds / 100).clamp(1, 20)
}

fn plan(scenario: &Scenario, client: &ClientUnderTest, seed: u64) -> crosswire_plan::Plan {
    let mut scenario = scenario.clone();
    scenario.client.name.clone_from(&client.name);
    draw(&scenario, Seed(seed))
}
