//! Draws a [`Plan`] from a scenario and a seed.
//!
//! Each fault draws its times from `stream("fault", [index])`. `draw/changes.rs` describes how
//! changes are drawn. Plain numbers of a scenario are copied.

pub(crate) mod changes;

use crate::place::Target;
use crate::plan::{Fault, Plan};
use crate::rng::{Draw, Streams};
use crate::scenario::{Drawn, FaultKind, FaultSpec, Scenario};
use crate::seed::Seed;
use crate::swarm;

/// Draws everything that a scenario leaves to the seed.
///
/// The scenario should come from [`crate::load()`]. One that was built by hand gives a plan, too: a
/// target that cannot be parsed becomes `all`, and impossible changes are left out.
pub fn draw(scenario: &Scenario, seed: Seed) -> Plan {
    let streams = Streams::new(seed.0);
    if let Some(swarm) = &scenario.swarm {
        return one(&swarm::drawn(scenario, swarm, streams), seed, streams);
    }
    one(scenario, seed, streams)
}

/// Draws from a scenario that is no swarm, or one in which the swarm has been drawn.
fn one(scenario: &Scenario, seed: Seed, streams: Streams) -> Plan {
    let mut plan = Plan {
        scenario: scenario.name.clone(),
        summary: scenario.summary.clone(),
        seed,
        execution_seed: Seed(streams.stream("execution", &[]).word()),
        duration_ms: scenario.duration_ms,
        cancel_at: None,
        script: None,
        cast: scenario.cast.clone(),
        client: scenario.client.clone(),
        defences: scenario.defences.clone(),
        service: scenario.service.clone(),
        cache: scenario.cache.clone(),
        directory: scenario.directory.clone(),
        network: scenario.network.clone(),
        workload: scenario.workload.clone(),
        changes: Vec::new(),
        points: scenario.points.clone(),
        faults: faults(scenario, streams),
        reach: scenario.reach.clone(),
        recovery: scenario.recovery.clone(),
    };
    plan.changes = changes::draw(&plan, streams);
    plan
}

fn faults(scenario: &Scenario, streams: Streams) -> Vec<Fault> {
    let drawn = scenario.faults.iter().enumerate().map(|(index, spec)| {
        let mut from = streams.stream("fault", &[index as u64]);
        let start_ms = number(spec.start_ms, &mut from);
        let length_ms = match spec.kind {
            FaultKind::DirectoryFailover => scenario.directory.failover_ms,
            _ => number(spec.length_ms, &mut from),
        };
        let target = swarm::any_of(&spec.target, &scenario.cast, &mut from);
        fault(spec, start_ms, length_ms, &target)
    });
    let mut faults: Vec<_> = drawn.collect();
    // A stable sort: of two faults that begin together, the first in the file strikes first.
    faults.sort_by_key(|fault| fault.start_ms);
    faults
}

fn fault(spec: &FaultSpec, start_ms: u64, length_ms: u64, target: &str) -> Fault {
    Fault {
        kind: spec.kind,
        start_ms,
        length_ms,
        target: target.parse().unwrap_or(Target::All),
        severity: spec.severity.unwrap_or(spec.kind.default_severity()),
        dice: None,
    }
}

fn number(drawn: Drawn, from: &mut impl Draw) -> u64 {
    // A fixed number takes a word, too, so that fixing a start does not change any length.
    let word = from.between(drawn.least(), drawn.most());
    match drawn {
        Drawn::Fixed(fixed) => fixed,
        Drawn::Between(_) => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storm() -> Scenario {
        Scenario::named("reconnect-storm")
    }

    #[test]
    fn one_seed_gives_one_plan_and_another_seed_another() {
        let scenario = storm();
        assert_eq!(draw(&scenario, Seed(7)), draw(&scenario, Seed(7)));
        assert_ne!(draw(&scenario, Seed(7)), draw(&scenario, Seed(8)));
    }

    #[test]
    fn an_additional_fault_moves_no_other_fault() {
        let few = storm();
        let mut more = few.clone();
        let mut last = few.faults[0].clone();
        last.kind = FaultKind::HalfOpen;
        more.faults.push(last);
        let mut drawn = draw(&more, Seed(3)).faults;
        drawn.retain(|fault| fault.kind != FaultKind::HalfOpen);
        assert_eq!(drawn, draw(&few, Seed(3)).faults);
    }

    #[test]
    fn a_missing_severity_is_the_default_of_its_kind() {
        let mut scenario = storm();
        scenario.faults.truncate(1);
        scenario.faults[0].kind = FaultKind::CacheSlow;
        scenario.faults[0].severity = None;
        let plan = draw(&scenario, Seed(0));
        assert!((plan.faults[0].severity - 50.0).abs() < f64::EPSILON);
        assert_eq!(plan.faults[0].target, Target::All);
    }
}
