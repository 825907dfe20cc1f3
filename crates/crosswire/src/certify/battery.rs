//! The battery: the trials that every client runs through, as data.

use crate::scenarios::Scenarios;
use crosswire_plan::scenario::{Fill, ValueTypes};
use crosswire_plan::{FaultKind, Scenario};

/// A trial of the battery.
#[derive(Debug)]
pub struct Trial {
    /// The name.
    pub name: &'static str,
    /// The purpose, in one line.
    pub about: &'static str,
    /// The built-in scenario, or the one of which the trial is a variation.
    pub scenario: &'static str,
    /// Applies the trial's changes to the scenario.
    vary: fn(&mut Scenario),
    /// The trial's share of the seeds: this many of 1,000.
    pub share: u64,
    /// The way in which a seed runs.
    pub way: Way,
}

/// The way in which a seed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Once.
    Once,
    /// Once for each suspension of a client call, with the call cancelled at that suspension.
    EveryAwait,
}

impl Trial {
    /// Returns the scenario with the trial's changes.
    ///
    /// # Panics
    /// If the scenario is not built in.
    fn vary(&self, scenarios: &mut Scenarios) -> Scenario {
        let loaded = scenarios.load(self.scenario).expect("a trial's scenario is built in");
        let mut scenario = loaded.clone();
        (self.vary)(&mut scenario);
        scenario
    }

    /// Returns the trial's part of `seeds`: its share, and at least one. If there are enough seeds
    /// for every trial, the parts add up to `seeds`.
    pub fn seeds(&self, seeds: u64) -> u64 {
        let share = |trials: &[Trial]| trials.iter().map(|trial| trial.share).sum::<u64>();
        let at = BATTERY.iter().position(|trial| trial.name == self.name);
        let at = at.expect("this is a trial of the battery");
        let upto = |trials: &[Trial]| seeds * share(trials) / share(BATTERY);
        (upto(&BATTERY[..=at]) - upto(&BATTERY[..at])).max(1)
    }
}

/// Returns the scenario of each trial of [`BATTERY`].
pub fn scenarios() -> Vec<Scenario> {
    let mut loaded = Scenarios::default();
    BATTERY.iter().map(|trial| trial.vary(&mut loaded)).collect()
}

/// The only scenario that is not part of the battery, with the reason.
pub const LEFT_OUT: (&str, &str) =
    ("metastable", "its service collapses under retries, whatever the client does");

/// A situation that only a client that breaks its contract can reach.
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

/// The trials, in the order in which they run.
pub const BATTERY: &[Trial] = &[
    whole("calm", "an ordinary day", 50),
    whole("reconnect-storm", "the standard storm", 100),
    whole("notification-mix-up", "pushes while the cache is slow and restarts", 100),
    whole("bad-network-update", "changes published over lossy links", 100),
    whole("brownout", "a slow database behind a cold cache", 50),
    whole("resale", "cameras that change owners", 50),
    whole("emergency-cache", "an emergency configuration under load", 25),
    whole("shared-context", "more requests at a time than workers", 25),
    whole("cloned-identity", "two cameras with one identity", 25),
    whole("wyze-2024", "the published incident at 1:1000", 1),
    whole("swarm", "a storm drawn from each seed", 150),
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
        "all connections reset while commands are in flight on them",
        60,
        |scenario| {
            slowed(scenario, 60.0);
            scenario.client.pool_size = 1;
            let resets = |kind| matches!(kind, FaultKind::ConnectionReset);
            let resets = scenario.faults.iter_mut().filter(|fault| resets(fault.kind));
            resets.for_each(|fault| fault.severity = Some(1.0));
            scenario.reach.insert("cache-reconnected".to_owned(), 4);
            // A slow connection that is reset fails a multi-get before its caller drops it.
            scenario.reach.remove("mget-dropped");
        },
    ),
    varied(
        "in-parts",
        "notification-mix-up",
        "commands and replies in parts or delayed, and conditional writes",
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
        "relations of one type, so that every mix-up is silent",
        50,
        |scenario| scenario.service.value_types = ValueTypes::One,
    ),
    varied(
        "values-of-mixed-types",
        "notification-mix-up",
        "relations of several types, so that some mix-ups are errors",
        50,
        |scenario| scenario.service.value_types = ValueTypes::Mixed,
    ),
    varied(
        "late-replies-fast",
        "notification-mix-up",
        "a late reply arrives before the next command is sent",
        33,
        |scenario| slowed(scenario, 2.0),
    ),
    varied(
        "late-replies-slow",
        "notification-mix-up",
        "a late reply arrives after the next command was sent",
        33,
        |scenario| slowed(scenario, 150.0),
    ),
    varied(
        "late-replies-at-the-time-out",
        "notification-mix-up",
        "a late reply arrives about when the client's timeout ends",
        34,
        |scenario| {
            let severity = scenario.client.op_timeout_ms as f64 / 2.0;
            slowed(scenario, severity);
            // An error is as late as any reply: hardly one is read before its call has ended.
            scenario.reach.remove("command-rejected");
        },
    ),
];

/// Sets the delay of the scenario's slow cache, in milliseconds.
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
    fn every_scenario_but_one_is_in_the_battery() {
        let mut inside: Vec<_> = BATTERY.iter().map(|trial| trial.scenario).collect();
        inside.push(LEFT_OUT.0);
        for file in builtin() {
            assert!(inside.contains(&file.name), "{}", file.name);
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

    /// A variation must change something, or its seeds would count twice, and must be a valid
    /// scenario.
    #[test]
    fn every_variation_differs_and_can_run() {
        for (trial, other) in BATTERY.iter().zip(scenarios()) {
            let one = crate::scenarios::scenario(trial.scenario).expect("a built-in scenario");
            let same_on_purpose = ["values-of-one-type"].contains(&trial.name);
            let is_plain = trial.name == trial.scenario || trial.way == Way::EveryAwait;
            assert_eq!(one == other, is_plain || same_on_purpose, "{}", trial.name);
            let text = toml::to_string(&other).expect("TOML");
            let read = crosswire_plan::load(trial.name, &text, &crate::catalog::vocabulary());
            assert_eq!(read.expect("a valid scenario"), other, "{}", trial.name);
            let plan = draw(&other, Seed(1));
            plan.check(&crate::catalog::vocabulary()).expect("a valid plan");
        }
    }
}
