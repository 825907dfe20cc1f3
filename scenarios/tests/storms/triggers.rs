//! The options of the world: each creates a situation that storms without it hardly ever reach, and
//! leaves correct clients clean.

use crosswire::Storm;
use crosswire::plan::scenario::{AccountNumbers, Drawn, Fill, Scenario};
use crosswire_claims::zoo::storm;
use std::collections::BTreeMap;

/// The situations, each with the options without which it hardly ever occurs.
type Without = fn(&mut Scenario);
const TRIGGERS: &[(&str, Without)] = &[
    ("mgets-overlap", |scenario| {
        (scenario.service.jobs, scenario.service.viewer_counts) = (1, 0);
    }),
    ("mget-dropped", |scenario| scenario.service.viewer_counts = 0),
    ("reads-overlap", |scenario| {
        (scenario.workload.refresh_share, scenario.service.line_look_ups) = (0.0, 0);
    }),
    ("read-after-delete", |scenario| {
        (scenario.workload.look_after_change_share, scenario.service.line_look_ups) = (0.0, 0);
        scenario.workload.refresh_share = 0.0;
        scenario.workload.changes.during.regrets = 0;
    }),
    ("write-refused", |scenario| scenario.service.fill = Fill::Set),
    ("long-value", |scenario| scenario.service.value_bytes = 0),
    ("numbers-collide", |scenario| scenario.service.account_numbers = AccountNumbers::Dense),
    ("reply-held", |scenario| {
        scenario.points.remove("cache-reply-held");
    }),
    ("delete-after-failed-write", |scenario| {
        scenario.points.remove("cache-refusal");
    }),
    ("command-split", |scenario| {
        scenario.points.remove("cache-write-short");
    }),
];

/// `notification-mix-up` with all options, and without required situations.
fn busy() -> Scenario {
    let mut scenario =
        crosswire::scenarios::scenario("notification-mix-up").expect("a built-in scenario");
    scenario.service.fill = Fill::Add;
    scenario.service.line_look_ups = 20;
    scenario.workload.look_after_change_share = 1.0;
    scenario.workload.regret_ms = Drawn::Between([150, 1_000]);
    scenario.workload.changes.during.regrets = 20;
    for (point, chance) in
        [("cache-reply-held", 0.02), ("cache-refusal", 0.05), ("cache-write-short", 0.02)]
    {
        scenario.points.insert(point.to_owned(), chance);
    }
    scenario.reach.clear();
    scenario
}

fn reached(scenario: Scenario) -> BTreeMap<String, u64> {
    let outcome = Storm::of(scenario).client("pooled").seeds(3).run();
    outcome.assert_clean();
    outcome.reached()
}

#[test]
fn each_option_creates_its_situation() {
    let with = reached(busy());
    for (situation, leave_out) in TRIGGERS {
        let mut scenario = busy();
        leave_out(&mut scenario);
        let times = |reached: &BTreeMap<String, u64>| reached.get(*situation).copied().unwrap_or(0);
        let (with, without) = (times(&with), times(&reached(scenario)));
        assert!(with > 0 && without * 5 <= with, "{situation}: {with} with, {without} without");
    }
}

#[test]
fn twenty_seeds_of_the_swarm_reach_all_of_them() {
    let reached = Storm::named("swarm").seeds(20).run().reached();
    let others = ["mget-rejected", "reply-split", "delete-during-read", "mget-hit"];
    for situation in TRIGGERS.iter().map(|(situation, _)| *situation).chain(others) {
        assert!(reached.contains_key(situation), "{situation}");
    }
}

/// Clients of the zoo that need these situations, with the seeds of the swarm that it takes at
/// most.
const WOKEN: &[(&str, &str, u64)] = &[
    ("delete-after-failed-write", "late-set-retry", 20),
    ("reads-overlap", "nagle-dedup", 40),
    ("long-value", "run-overflow", 10),
    ("read-after-delete", "flight-landed", 60),
    ("cancel-in-flight", "flight-left", 10),
    ("command-split", "write-cut", 60),
];

#[test]
fn each_situation_catches_its_client() {
    for (situation, name, most) in WOKEN {
        let faulty = crosswire_zoo::faulty().iter().find(|specimen| specimen.name == *name);
        let faulty = faulty.expect("a client of the zoo");
        let outcome = storm(faulty, "swarm").seeds(*most).run();
        let (seed, found) = outcome.first_violated().unwrap_or_else(|| panic!("{name} survives"));
        assert!(found.findings.reached[*situation] > 0, "{name}, seed {seed}: {situation}");
    }
}
