//! Scenarios in code: changed built-in ones, and ones built from nothing.

use crate::diagnose::{BadScenario, nearest};
use crate::scenario::{
    Cache, Cast, Client, Directory, Drawn, FaultKind, FaultSpec, Network, Recovery, Service,
    Workload, defaults,
};
use crate::{Scenario, Vocabulary, builtin, load};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

impl Scenario {
    /// Returns the built-in scenario of this name.
    ///
    /// ```
    /// use crosswire_plan::Scenario;
    ///
    /// let scenario = Scenario::named("reconnect-storm").with(|it| it.cast.cameras = 20);
    /// assert_eq!(scenario.cast.cameras, 20);
    /// ```
    ///
    /// # Panics
    /// If there is no scenario of this name.
    #[track_caller]
    pub fn named(name: &str) -> Self {
        let Some(file) = builtin().iter().find(|file| file.name == name) else {
            let names = builtin().iter().map(|file| file.name);
            match nearest(name, names) {
                Some(near) => panic!("unknown scenario `{name}`; did you mean `{near}`?"),
                None => panic!("unknown scenario `{name}`; `crosswire list scenarios` has them"),
            }
        };
        toml::from_str(file.text).expect("built-in scenarios are valid")
    }

    /// Returns a builder of a scenario of this name: twenty cameras and as many phones, two
    /// gateways, one cache node, thirty seconds and no fault.
    ///
    /// ```
    /// use crosswire_plan::{FaultKind, FaultSpec, Scenario};
    ///
    /// let scenario = Scenario::builder("ours")
    ///     .cameras(40)
    ///     .fault(FaultSpec::new(FaultKind::CacheSlow, 5_000, 2_000..=4_000).on("cache-0"))
    ///     .reach("cache-hit", 100)
    ///     .build();
    /// assert_eq!(scenario.faults.len(), 1);
    /// ```
    pub fn builder(name: &str) -> ScenarioBuilder {
        let cast = Cast {
            cameras: 20,
            phones: 20,
            gateways: 2,
            cache_nodes: 1,
            zones: defaults::three(),
            viewer_share: defaults::viewer_share(),
            clones: 0,
        };
        ScenarioBuilder(Self {
            name: name.to_owned(),
            summary: "A scenario in code.".to_owned(),
            duration_ms: 30_000,
            cast,
            client: Client::default(),
            defences: Vec::new(),
            service: Service::default(),
            cache: Cache::default(),
            directory: Directory::default(),
            network: Network::default(),
            workload: Workload::default(),
            points: BTreeMap::new(),
            swarm: None,
            faults: Vec::new(),
            reach: BTreeMap::new(),
            recovery: Recovery::default(),
        })
    }

    /// Returns the scenario with a change.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Checks the scenario as a file with the same content is checked.
    ///
    /// # Errors
    /// As [`load()`]; a place in the error is one in that file.
    ///
    /// # Panics
    /// If a number is not finite, which no file can express.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<(), BadScenario> {
        let text = toml::to_string(self).expect("a scenario can be written as TOML");
        load(&self.name, &text, vocabulary).map(drop)
    }
}

/// Builds a scenario. What is built is checked where it is used, with the errors of a file.
///
/// ```
/// use crosswire_plan::{FaultKind, FaultSpec, Scenario, Vocabulary};
/// use std::time::Duration;
///
/// let crash = FaultSpec::new(FaultKind::CacheCrash, 5_000, 1_000..=3_000).on("cache-0");
/// let slow = FaultSpec::new(FaultKind::CacheSlow, 12_000, 4_000).severity(80.0);
/// let scenario = Scenario::builder("ours")
///     .summary("A cache node crashes, and then the cache is slow.")
///     .lasting(Duration::from_secs(40))
///     .cameras(8)
///     .phones(12)
///     .gateways(2)
///     .cache_nodes(2)
///     .fault(crash)
///     .fault(slow)
///     .point("cache-split-reply", 0.01)
///     .reach("cache-lost", 1)
///     .with(|it| it.cast.viewer_share = 0.5)
///     .build();
/// let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
/// let known = Vocabulary {
///     clients: names(&["pooled"]),
///     services: names(&["standard"]),
///     points: names(&["cache-split-reply"]),
///     situations: names(&["cache-lost"]),
///     ..Vocabulary::default()
/// };
/// scenario.check(&known).expect("a good scenario");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioBuilder(Scenario);

impl ScenarioBuilder {
    /// Sets the summary, one line.
    #[must_use]
    pub fn summary(self, summary: &str) -> Self {
        self.with(|it| summary.clone_into(&mut it.summary))
    }

    /// Sets the simulated time that a run takes, its recovery included.
    #[must_use]
    pub fn lasting(self, time: Duration) -> Self {
        self.with(|it| it.duration_ms = time.as_millis() as u64)
    }

    /// Sets the number of cameras. Each belongs to one account.
    #[must_use]
    pub fn cameras(self, count: u32) -> Self {
        self.with(|it| it.cast.cameras = count)
    }

    /// Sets the number of phones. Each is one account.
    #[must_use]
    pub fn phones(self, count: u32) -> Self {
        self.with(|it| it.cast.phones = count)
    }

    /// Sets the number of gateways.
    #[must_use]
    pub fn gateways(self, count: u32) -> Self {
        self.with(|it| it.cast.gateways = count)
    }

    /// Sets the number of cache nodes that the keys are spread over.
    #[must_use]
    pub fn cache_nodes(self, count: u32) -> Self {
        self.with(|it| it.cast.cache_nodes = count)
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(self, fault: FaultSpec) -> Self {
        self.with(|it| it.faults.push(fault))
    }

    /// Arms a fault point: at each visit it fires with this probability.
    #[must_use]
    pub fn point(self, name: &str, probability: f64) -> Self {
        self.with(|it| {
            it.points.insert(name.to_owned(), probability);
        })
    }

    /// Requires that a situation occurs this many times before a run may be called clean.
    #[must_use]
    pub fn reach(self, situation: &str, count: u64) -> Self {
        self.with(|it| {
            it.reach.insert(situation.to_owned(), count);
        })
    }

    /// Changes anything else of the scenario.
    #[must_use]
    pub fn with(self, change: impl FnOnce(&mut Scenario)) -> Self {
        Self(self.0.with(change))
    }

    /// Returns the scenario.
    pub fn build(self) -> Scenario {
        self.0
    }
}

impl FaultSpec {
    /// Returns a fault of this kind on everything, with its start and length in milliseconds: a
    /// number, or a range that the seed draws from.
    pub fn new(kind: FaultKind, start_ms: impl Into<Drawn>, length_ms: impl Into<Drawn>) -> Self {
        let (start_ms, length_ms) = (start_ms.into(), length_ms.into());
        Self { kind, start_ms, length_ms, target: defaults::target(), severity: None }
    }

    /// Sets the target, such as `gateway-1`, `cache-?` or `gateway-1~cache-0`.
    #[must_use]
    pub fn on(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// Sets the severity; the docs of the kind say what it means.
    #[must_use]
    pub fn severity(mut self, severity: f64) -> Self {
        self.severity = Some(severity);
        self
    }
}

impl From<u64> for Drawn {
    fn from(number: u64) -> Self {
        Self::Fixed(number)
    }
}

impl From<RangeInclusive<u64>> for Drawn {
    fn from(range: RangeInclusive<u64>) -> Self {
        Self::Between([*range.start(), *range.end()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_in_scenario_is_the_same_after_a_way_through_text() {
        for file in builtin() {
            let scenario = Scenario::named(file.name);
            let text = toml::to_string(&scenario).expect("text");
            let again: Scenario = toml::from_str(&text).expect("a scenario");
            assert_eq!(again, scenario, "{}", file.name);
        }
    }
}
