//! Mutated plans are valid and stay in their space.

use super::*;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::vocabulary::Vocabulary;
use crate::{builtin, draw};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn names(scenario: &Scenario) -> Vocabulary {
    Vocabulary {
        clients: vec![scenario.client.name.clone()],
        services: vec![scenario.service.name.clone()],
        defences: scenario.defences.clone(),
        points: scenario.points.keys().cloned().collect(),
        situations: scenario.reach.keys().cloned().collect(),
    }
}

/// Checks everything that holds for a valid plan.
fn check(scenario: &Scenario, plan: &Plan) -> Result<(), TestCaseError> {
    prop_assert_eq!(plan.check(&names(scenario)), Ok(()));
    prop_assert_eq!(Space::of(scenario).holds(plan), Ok(()));
    let end_ms = plan.last_fault_end_ms().unwrap_or(0);
    prop_assert!(end_ms + plan.recovery.within_ms <= plan.duration_ms || end_ms == 0);
    prop_assert!(plan.faults.is_sorted_by_key(|fault| fault.start_ms));
    prop_assert!(plan.changes.is_sorted_by_key(|change| change.at_ms));
    Ok(())
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let names: Vec<_> = builtin().iter().map(|file| file.name).collect();
    proptest::sample::select(names).prop_map(Scenario::named)
}

proptest! {
    #[test]
    fn every_drawn_plan_is_in_the_space(scenario in scenarios(), seed: u64) {
        check(&scenario, &draw(&scenario, Seed(seed)))?;
    }

    #[test]
    fn each_step_leaves_a_valid_plan(
        scenario in scenarios(),
        seeds: [u64; 2],
        steps in prop::collection::vec(0..STEPS.len(), 1..8),
    ) {
        let space = Space::of(&scenario);
        let [mut plan, donor] = seeds.map(|seed| draw(&scenario, Seed(seed)));
        let mut from = Streams::new(seeds[0]).stream("breed", &[]);
        for step in steps {
            space.take(STEPS[step].0, &mut plan, Some(&donor), &mut from);
            space.settle(&mut plan, &mut from);
            check(&scenario, &plan)?;
        }
    }

    #[test]
    fn the_tenth_generation_is_still_valid(seeds: [u64; 3]) {
        let scenario = Scenario::named("swarm");
        let space = Space::of(&scenario);
        let [mut parent, donor] = [seeds[0], seeds[1]].map(|seed| draw(&scenario, Seed(seed)));
        let mut from = Streams::new(seeds[2]).stream("breed", &[]);
        for _ in 0..10 {
            parent = space.mutant(&parent, Some(&donor), &mut from);
        }
        check(&scenario, &parent)?;
    }
}

/// Lists the parts in which two plans differ.
fn differs(parent: &Plan, mutant: &Plan) -> Vec<&'static str> {
    let parts = [
        ("faults", parent.faults != mutant.faults),
        ("points", parent.points != mutant.points),
        ("changes", parent.changes != mutant.changes),
        ("cast", parent.cast != mutant.cast),
        ("client", parent.client != mutant.client),
        ("service", parent.service != mutant.service),
        ("cache", parent.cache != mutant.cache),
        ("directory", parent.directory != mutant.directory),
        ("network", parent.network != mutant.network),
        ("workload", parent.workload != mutant.workload),
        ("execution seed", parent.execution_seed != mutant.execution_seed),
        ("people", parent.seed != mutant.seed),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
}

#[test]
fn every_part_of_a_plan_is_mutated_and_few_at_a_time() {
    let scenario = Scenario::named("swarm");
    let space = Space::of(&scenario);
    let mut parent = draw(&scenario, Seed(1));
    keep_dice(&mut parent);
    let mut seen = BTreeSet::new();
    let mut few = 0;
    for nth in 0..400 {
        let mutant = space.mutant(&parent, None, &mut Streams::new(2).stream("breed", &[nth]));
        let parts = differs(&parent, &mutant);
        few += u32::from(parts.len() <= 3);
        seen.extend(parts);
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
    assert!(few > 300, "{few}");
}

#[test]
fn mutation_is_deterministic() {
    let scenario = Scenario::named("swarm");
    let [parent, donor] = [3, 4].map(|seed| draw(&scenario, Seed(seed)));
    let mutant = || {
        let mut from = Streams::new(9).stream("breed", &[1]);
        Space::of(&scenario).mutant(&parent, Some(&donor), &mut from)
    };
    assert_eq!(mutant(), mutant());
    assert_ne!(mutant(), parent);
}

#[test]
fn a_scenario_without_faults_stays_without_faults() {
    let scenario = Scenario::named("calm");
    let space = Space::of(&scenario);
    let mut plan = draw(&scenario, Seed(1));
    let mut from = Streams::new(1).stream("breed", &[]);
    for _ in 0..50 {
        plan = space.mutant(&plan, None, &mut from);
        assert!(plan.faults.is_empty() && plan.points.is_empty());
    }
}

#[test]
fn a_plan_outside_the_space_is_refused_with_the_reason() {
    let scenario = Scenario::named("swarm");
    let refused = |spoil: &dyn Fn(&mut Plan)| {
        let mut plan = draw(&scenario, Seed(1));
        spoil(&mut plan);
        Space::of(&scenario).holds(&plan).expect_err("a spoilt plan").to_string()
    };
    let all = [
        refused(&|plan| plan.scenario = "calm".to_owned()),
        refused(&|plan| plan.cancel_at = Some(7)),
        refused(&|plan| plan.cast.cameras = 61),
        refused(&|plan| plan.recovery.goodput = 0.1),
        refused(&|plan| plan.faults[0].length_ms = 9_000),
        refused(&|plan| plan.faults = vec![plan.faults[0].clone(); 17]),
        refused(&|plan| plan.points = [("push-late".to_owned(), 0.3)].into()),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    this is a plan of `calm`; expected one of `swarm`
    a plan with a script or a cancellation cannot be mutated
    `cast.cameras` is 61, which is not in the scenario
    `recovery.goodput` is 0.1, which is not in the scenario
    `swarm` does not allow the fault `cancel-burst` of `all`
    17 faults; expected at most 16
    the plan arms fault points that the scenario does not
    ");
}
