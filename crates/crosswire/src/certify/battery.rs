//! The battery: what a client is put through, as data.

use crosswire_plan::scenario::{Fill, ValueTypes};
use crosswire_plan::{FaultKind, Scenario};

/// One part of the battery.
pub struct Trial {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The scenario that comes with Crosswire, or that it is a variation of.
    pub scenario: &'static str,
    /// What is changed of it.
    vary: fn(&mut Scenario),
    /// How many of 1,000 seeds it gets.
    pub share: u64,
    /// How a seed is played.
    pub way: Way,
}

/// How a seed is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Once.
    Once,
    /// Once for each time that a call of the client waits, with that call cancelled just there.
    EveryAwait,
}

impl Trial {
    /// The scenario, varied.
    ///
    /// # Panics
    /// If it does not come with Crosswire.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = crate::library::scenario(self.scenario).expect("it is shipped");
        (self.vary)(&mut scenario);
        scenario
    }

    /// How many of `seeds` it gets: its share, and at least one. If there are enough for all, they get
    /// just so many together.
    pub fn seeds(&self, seeds: u64) -> u64 {
        let share = |trials: &[Trial]| trials.iter().map(|trial| trial.share).sum::<u64>();
        let at = BATTERY.iter().position(|trial| trial.name == self.name);
        let at = at.expect("it is a trial of the battery");
        let upto = |trials: &[Trial]| seeds * share(trials) / share(BATTERY);
        (upto(&BATTERY[..=at]) - upto(&BATTERY[..at])).max(1)
    }
}

/// The scenario that is left out, and why.
pub const LEFT_OUT: (&str, &str) =
    ("metastable", "in it the service collapses under retries, whatever the client does");

/// A situation that only a client reaches that breaks its own promise.
pub const NOT_ASKED_FOR: &str = "reused-unread";

const fn whole(scenario: &'static str, about: &'static str, share: u64) -> Trial {
    Trial { name: scenario, about, scenario, vary: |_| (), share, way: Way::Once }
}

const fn varied(
    name: &'static str,
    scenario: &'static str,
    about: &'static str,
    share: u64,
    vary: fn(&mut Scenario),
) -> Trial {
    Trial { name, about, scenario, vary, share, way: Way::Once }
}

/// All of it, in the order in which it is played.
pub const BATTERY: &[Trial] = &[
    whole("calm", "an ordinary day", 50),
    whole("reconnect-storm", "the standard storm", 100),
    whole("notification-mix-up", "pushes while the cache is slow and restarts", 100),
    whole("bad-network-update", "changes over links that lose them", 100),
    whole("brownout", "a slow database behind a cold cache", 50),
    whole("resale", "cameras that change hands", 50),
    whole("emergency-cache", "an emergency configuration under load", 25),
    whole("shared-context", "more requests at a time than workers", 25),
    whole("cloned-identity", "two cameras with one identity", 25),
    whole("wyze-2024", "the published incident at 1:1000", 1),
    whole("swarm", "a storm that each seed draws", 150),
    Trial {
        name: "cancel-at-every-await",
        about: "a call cancelled at each of its awaits, one by one",
        scenario: "pair",
        vary: |_| (),
        share: 4,
        way: Way::EveryAwait,
    },
    varied(
        "batch-with-an-error",
        "notification-mix-up",
        "a node that answers -LOADING in the middle of a batch",
        60,
        |scenario| {
            scenario.cache.loading_ms = 1_000;
            scenario.service.fanout_batch = 16;
            scenario.client.pool_size = 1;
            scenario.reach.insert("command-rejected".to_owned(), 10);
        },
    ),
    varied(
        "reconnect-in-mid-pipeline",
        "notification-mix-up",
        "all connections reset while commands are under way on them",
        60,
        |scenario| {
            slowed(scenario, 60.0);
            scenario.client.pool_size = 1;
            let resets = |kind| matches!(kind, FaultKind::ConnectionReset);
            let resets = scenario.faults.iter_mut().filter(|fault| resets(fault.kind));
            resets.for_each(|fault| fault.severity = Some(1.0));
            scenario.reach.insert("cache-reconnected".to_owned(), 4);
            // A connection that is slow and then reset fails a multi-get before anybody gives it up.
            scenario.reach.remove("mget-dropped");
        },
    ),
    varied(
        "in-parts",
        "notification-mix-up",
        "commands and replies in parts or held back, and writes on a condition",
        60,
        |scenario| {
            scenario.service.fill = Fill::Add;
            for point in ["cache-split-reply", "cache-write-short", "cache-reply-held"] {
                scenario.points.insert(point.to_owned(), 0.02);
            }
            let asked_for = ["reply-split", "command-split", "reply-held", "write-refused"];
            scenario.reach.extend(asked_for.map(|situation| (situation.to_owned(), 1)));
        },
    ),
    varied(
        "values-of-one-type",
        "notification-mix-up",
        "relations that all look alike, so that a mix-up is silent",
        50,
        |scenario| scenario.service.value_types = ValueTypes::One,
    ),
    varied(
        "values-of-mixed-types",
        "notification-mix-up",
        "relations that name their kind, so that some mix-ups are errors",
        50,
        |scenario| scenario.service.value_types = ValueTypes::Mixed,
    ),
    varied(
        "late-replies-fast",
        "notification-mix-up",
        "the late reply is there before the next command is sent",
        33,
        |scenario| slowed(scenario, 2.0),
    ),
    varied(
        "late-replies-slow",
        "notification-mix-up",
        "the late reply comes after the next command was sent",
        33,
        |scenario| slowed(scenario, 150.0),
    ),
    varied(
        "late-replies-at-the-time-out",
        "notification-mix-up",
        "the reply comes about when the client's time-out ends",
        34,
        |scenario| {
            let severity = scenario.client.op_timeout_ms as f64 / 2.0;
            slowed(scenario, severity);
            // An error is as late as any reply: hardly one is read before its call is over.
            scenario.reach.remove("command-rejected");
        },
    ),
];

/// By how many milliseconds the cache answers later while it is slow.
fn slowed(scenario: &mut Scenario, ms: f64) {
    let slow = |kind| matches!(kind, FaultKind::CacheSlow);
    let slow = scenario.faults.iter_mut().filter(|fault| slow(fault.kind));
    slow.for_each(|fault| fault.severity = Some(ms));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Seed, builtin, draw};

    #[test]
    fn every_scenario_is_in_it_but_one() {
        let mut inside: Vec<_> = BATTERY.iter().map(|trial| trial.scenario).collect();
        inside.push(LEFT_OUT.0);
        for (name, _) in builtin() {
            assert!(inside.contains(name), "{name}");
        }
    }

    #[test]
    fn the_trials_share_out_the_seeds() {
        for seeds in [2_000, 4_001] {
            let all: u64 = BATTERY.iter().map(|trial| trial.seeds(seeds)).sum();
            assert_eq!(all, seeds);
        }
        assert!(BATTERY.iter().all(|trial| trial.seeds(1) == 1));
    }

    /// A variation that changes nothing would count seeds twice; and it must be a scenario still.
    #[test]
    fn every_variation_is_one_and_can_be_played() {
        for trial in BATTERY {
            let (one, other) =
                (crate::library::scenario(trial.scenario).expect("shipped"), trial.scenario());
            let same_on_purpose = ["values-of-one-type"].contains(&trial.name);
            let is_plain = trial.name == trial.scenario || trial.way == Way::EveryAwait;
            assert_eq!(one == other, is_plain || same_on_purpose, "{}", trial.name);
            let text = toml::to_string(&other).expect("TOML");
            let read = crosswire_plan::load(trial.name, &text, &crate::catalog::vocabulary());
            assert_eq!(read.expect("a right scenario"), other, "{}", trial.name);
            let plan = draw(&other, Seed(1));
            plan.check(&crate::catalog::vocabulary()).expect("a right plan");
        }
    }
}
