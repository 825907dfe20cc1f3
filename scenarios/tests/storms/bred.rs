//! Correct clients stay clean in bred plans, and bred plans differ from drawn ones.

use crosswire::scenarios;
use crosswire_hunt::guided::{GENERATION, Guide};
use crosswire_hunt::{Finding, Hunt, HuntJournal, Listener, Tally, Target};
use std::time::Duration;

/// A listener that expects no findings.
struct Nothing;

impl Listener for Nothing {
    fn found(&mut self, finding: &Finding, _: bool) {
        panic!("{}, {}: {:#?}", finding.scenario, finding.signature, finding.story);
    }

    fn tick(&mut self, _: &Tally) {}
}

#[test]
fn correct_clients_are_not_accused_in_bred_plans() {
    let names =
        ["brownout", "bad-network-update", "emergency-cache", "notification-mix-up", "resale"];
    let targets = names.into_iter().chain(["cloned-identity", "shared-context", "swarm"]);
    let targets = targets.map(|name| {
        let scenario = scenarios::scenario(name).expect("a built-in scenario");
        Target::of(name, scenario).expect("a known client")
    });
    let hunt = Hunt {
        targets: targets.collect(),
        from: 7_000,
        seeds: Some(4 * GENERATION),
        threads: 2,
        budget: Duration::from_mins(5),
    };
    let place = tempfile::tempdir().expect("a directory");
    let mut guide = Guide::default();
    let mut journal = HuntJournal::begin_guided(place.path(), &hunt, &guide).expect("a journal");
    hunt.run_guided(&mut guide, &mut journal, &mut Nothing, &|| false).expect("the hunt ends");
    for (target, corpus) in hunt.targets.iter().zip(guide.corpora()) {
        let name = target.name().words();
        let drawn = |run| target.plan(hunt.from + run);
        let bred = corpus.plans().iter().filter(|kept| kept.plan != drawn(kept.run)).count();
        assert!(bred > 0, "{name}: no bred plan reached anything new");
    }
}
