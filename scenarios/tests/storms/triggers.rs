//! What the options of the world bring about: each creates a situation that storms without it
//! hardly ever have, and leaves whoever is right unaccused.

use crosswire::Storm;
use crosswire::plan::scenario::{AccountNumbers, Fill, Scenario};
use std::collections::BTreeMap;

/// The situations, each with the options without which it is not reached, or hardly.
type Without = fn(&mut Scenario);
const TRIGGERS: &[(&str, Without)] = &[
    ("mgets-overlap", |scenario| {
        (scenario.service.jobs, scenario.service.viewer_counts) = (1, 0);
    }),
    ("mget-dropped", |scenario| scenario.service.viewer_counts = 0),
    ("reads-overlap", |scenario| scenario.workload.refresh_share = 0.0),
    ("read-after-delete", |scenario| scenario.workload.look_after_change_share = 0.0),
    ("write-refused", |scenario| scenario.service.fill = Fill::Set),
    ("long-value", |scenario| scenario.service.value_bytes = 0),
    ("numbers-collide", |scenario| scenario.service.account_numbers = AccountNumbers::Dense),
];

/// `notification-mix-up` with all options, in which nothing need be reached.
fn busy() -> Scenario {
    let mut scenario = crosswire::library::scenario("notification-mix-up").expect("it is shipped");
    scenario.service.fill = Fill::Add;
    scenario.workload.look_after_change_share = 1.0;
    scenario.reach.clear();
    scenario
}

fn reached(scenario: Scenario) -> BTreeMap<String, u64> {
    let outcome = Storm::of(scenario).client("pooled").seeds(3).run();
    outcome.assert_clean();
    outcome.reached()
}

#[test]
fn each_option_brings_about_what_it_is_for() {
    let with = reached(busy());
    for (situation, leave_out) in TRIGGERS {
        let mut scenario = busy();
        leave_out(&mut scenario);
        let without = reached(scenario)[*situation];
        let with = with[*situation];
        assert!(with > 0 && without * 5 <= with, "{situation}: {with} with, {without} without");
    }
}

#[test]
fn twenty_seeds_of_the_swarm_have_all_of_it() {
    let reached = Storm::named("swarm").seeds(20).run().reached();
    let others = ["mget-rejected", "reply-split"];
    for situation in TRIGGERS.iter().map(|(situation, _)| *situation).chain(others) {
        assert!(reached[situation] > 0, "{situation}");
    }
}
