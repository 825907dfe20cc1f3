//! An arbitrary plan, run twice.
//!
//! The input is a sequence of choices: scenario, seed, client, service and defences, the acts of
//! devices, and edits. An edit replaces one number of the plan, whatever it means. So the result is
//! nearly always a plan, and often one that a person would not have thought of. An edit that makes
//! the plan invalid is undone.

use crosswire::plan::script::{Act, Part, Script};
use crosswire::plan::{Plan, Seed, draw};
use crosswire::saved::SavedRun;
use crosswire::sim::{ClientUnderTest, play_within};
use crosswire::{catalog, scenarios};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use toml::{Table, Value};

/// Wall-clock limit of a run. A plan of this size takes some ten milliseconds, but much more with
/// the checks of a fuzzer and other work on the machine.
const BUDGET: Duration = Duration::from_secs(30);

/// Limits that keep a plan small: cameras and phones, and duration.
const DEVICES: u32 = 6;
const LONGEST_MS: u64 = 8_000;
/// Shortest period of an action that a device repeats.
const SHORTEST_MS: u64 = 20;

/// The scenarios that plans are drawn from. Append new ones: inputs refer to them by number.
const SCENARIOS: [&str; 6] =
    ["pair", "swarm", "brownout", "resale", "bad-network-update", "cloned-identity"];

/// Runs the plan that the bytes describe twice.
///
/// # Panics
/// Panics if a run does or does not end in time, or if the two runs differ.
pub fn target(data: &[u8]) {
    let Some(plan) = plan(data) else { return };
    let client = ClientUnderTest::named(&plan.client.name).expect("a valid plan");
    let plan = Arc::new(plan);
    let runs = [(), ()].map(|()| match play_within(&plan, &client, BUDGET) {
        Ok(played) => played,
        Err(unfinished) => panic!("{unfinished}\n{}", saved(&plan)),
    });
    let [first, second] = &runs;
    assert_eq!(first.digest, second.digest, "{}", saved(&plan));
    assert_eq!(first.findings, second.findings, "{}", saved(&plan));
}

/// Returns the plan as a saved run, to be replayed by hand.
fn saved(plan: &Plan) -> String {
    let why = crosswire::sim::Panicked(String::new()).into();
    let saved = SavedRun::of(plan, &Err(why));
    toml::to_string(&saved).unwrap_or_else(|error| error.to_string())
}

/// Returns the plan that the bytes describe, unless it is invalid.
pub fn plan(data: &[u8]) -> Option<Plan> {
    let mut choices = Choices(data);
    let named = SCENARIOS[choices.below(SCENARIOS.len())];
    let scenario = scenarios::scenario(named).expect("a built-in scenario");
    let seed = Seed(u64::from(choices.word()));
    let mut plan = small(draw(&scenario, seed));
    plan.client.name.clone_from(choices.of(&VOCABULARY.clients));
    plan.service.name.clone_from(choices.of(&VOCABULARY.services));
    for _ in 0..choices.below(3) {
        plan.defences.push(choices.of(&VOCABULARY.defences).clone());
    }
    for _ in 0..choices.below(4) {
        let point = choices.of(&VOCABULARY.points).clone();
        plan.points.insert(point, f64::from(choices.byte()) / 255.0);
    }
    if choices.below(2) == 1 {
        plan.script = Some(script(&mut choices, &plan));
    }
    while !choices.0.is_empty() {
        let edited = edited(&plan, &mut choices).map(small);
        plan = edited.filter(|plan| plan.check(&VOCABULARY).is_ok()).unwrap_or(plan);
    }
    plan.check(&VOCABULARY).is_ok().then_some(plan)
}

/// The names that plans use. Clients that this build only lists are not among them.
static VOCABULARY: LazyLock<crosswire::plan::Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = catalog::vocabulary();
    vocabulary.clients.retain(|name| ClientUnderTest::named(name).is_some());
    vocabulary
});

/// Reduces the plan to one that runs fast, and drops faults and changes of what it no longer
/// contains.
fn small(mut plan: Plan) -> Plan {
    let cast = &mut plan.cast;
    cast.cameras = cast.cameras.min(DEVICES);
    cast.phones = cast.phones.min(DEVICES);
    cast.clones = cast.clones.min(cast.cameras / 2);
    plan.duration_ms = plan.duration_ms.min(LONGEST_MS);
    let least = |number: &mut u64| *number = (*number).max(SHORTEST_MS);
    let work = &mut plan.workload;
    for number in [&mut work.event_every_ms, &mut work.open_every_ms, &mut work.keepalive_ms] {
        least(number);
    }
    work.thumbnails_per_open = work.thumbnails_per_open.min(DEVICES);
    for backoff in &mut work.backoffs {
        least(&mut backoff.base_ms);
    }
    let end_ms = plan.duration_ms;
    plan.faults.retain(|fault| {
        let exists = fault.target.places().all(|place| place.exists_in(&plan.cast));
        exists && fault.start_ms < end_ms
    });
    for fault in &mut plan.faults {
        fault.length_ms = fault.length_ms.min(end_ms - fault.start_ms);
    }
    let (devices, users) = (plan.cast.identities(), plan.cast.phones);
    plan.changes
        .retain(|change| change.at_ms < end_ms && change.device < devices && change.user < users);
    plan
}

/// Returns a few devices, each with a few acts in the order of their times.
fn script(choices: &mut Choices<'_>, plan: &Plan) -> Script {
    let mut parts = |count: u32| {
        let numbers = (0..count).filter(|_| choices.below(3) > 0).collect::<Vec<_>>();
        let part = |number| {
            let acts = 0..choices.below(4);
            let times = acts
                .map(|_| Act(u64::from(choices.word()) % plan.duration_ms, choices.byte().into()));
            let mut acts: Vec<_> = times.collect();
            acts.sort_unstable();
            Part { number, acts }
        };
        numbers.into_iter().map(part).collect::<Vec<_>>()
    };
    Script { cameras: parts(plan.cast.cameras), phones: parts(plan.cast.phones) }
}

/// Replaces one number of the plan.
fn edited(plan: &Plan, choices: &mut Choices<'_>) -> Option<Plan> {
    let mut file = Table::try_from(plan).ok()?;
    let mut places = Vec::new();
    file.iter_mut().for_each(|(_, value)| numbers(value, &mut places));
    let at = choices.word() as usize % places.len().max(1);
    match places.into_iter().nth(at) {
        Some(Value::Integer(number)) => *number = choices.number(),
        Some(Value::Float(number)) => *number = choices.number() as f64 / 255.0,
        _ => {}
    }
    file.try_into().ok()
}

/// Collects all numbers.
fn numbers<'a>(value: &'a mut Value, places: &mut Vec<&'a mut Value>) {
    match value {
        Value::Integer(_) | Value::Float(_) => places.push(value),
        Value::Array(values) => values.iter_mut().for_each(|value| numbers(value, places)),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| numbers(value, places)),
        _ => {}
    }
}

/// Bytes as choices. After the last byte, every choice is the first one.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    fn of<'a>(&mut self, names: &'a [String]) -> &'a String {
        &names[self.below(names.len())]
    }

    /// Returns a number of random size, so that small ones are more frequent.
    fn number(&mut self) -> i64 {
        let bits = self.byte() % 48;
        let number = u64::from(self.word()) | u64::from(self.word()) << 16;
        (number << 16 >> 48u8.saturating_sub(bits)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fuzzing would be a waste of time if most inputs were invalid.
    #[test]
    fn most_bytes_are_a_plan() {
        let bytes = |from: u64| -> Vec<u8> {
            (0..60_u64).map(|at| (from * 6_364_136_223 + at * 2_862_933).to_le_bytes()[2]).collect()
        };
        let plans = (1..100).filter(|from| plan(&bytes(*from)).is_some()).count();
        assert!(plans > 95, "{plans} of 99");
    }
}
