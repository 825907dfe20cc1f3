//! Storms as tests: a scenario and a client over many seeds.

mod env;
mod keep;
mod outcome;
mod running;
mod shown;

use crate::pool;
use crate::scenarios::NoScenario;
use crate::service::{Deps, OwnService, Service};
use crate::sim::{ClientUnderTest, Panicked, RunOutput, play};
use crate::{catalog, scenarios};
use crosswire_cache::client::connector;
use crosswire_cache::{CacheClient, CacheError, ClientConfig, Dialer};
use crosswire_plan::{Plan, Scenario, Seed, draw};
pub use env::EnvOverrides;
pub use outcome::{KeptRun, Outcome, SeedRun};
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A scenario, a client and the seeds to run.
///
/// ```no_run
/// use crosswire::Storm;
///
/// Storm::named("reconnect-storm").client("pooled").seeds(256).run().assert_clean();
/// ```
///
/// With your own client (`examples/own-client` in the repository is a complete crate):
///
/// ```no_run
/// # use crosswire::Storm;
/// # use crosswire::cache::clients::{RespClient, Strict, StrictByIndex};
/// # type OurClient = RespClient<Strict, StrictByIndex>;
/// Storm::named("reconnect-storm")
///     .cache_client("ours", OurClient::connect)
///     .seeds(64)
///     .run()
///     .assert_clean();
/// ```
#[derive(Clone, Debug)]
pub struct Storm {
    scenario: Scenario,
    client: ClientUnderTest,
    /// The user's service, in place of the built-in ones.
    own_service: Option<OwnService>,
    from: u64,
    count: u64,
    threads: usize,
    regressions: Option<PathBuf>,
    minimizing: Duration,
    /// The first mistake in what the storm is made of.
    mistake: Option<BadStorm>,
}

/// The error of a storm that cannot run, as a sentence that says what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadStorm(String);

impl BadStorm {
    fn at(path: &Path, error: impl fmt::Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl Storm {
    /// Creates a storm of a built-in scenario. An unknown name is an error of
    /// [`try_run`](Self::try_run), as are all mistakes in what a storm is made of.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// Storm::named("pair").run().assert_clean();
    /// ```
    pub fn named(name: &str) -> Self {
        Self::loaded(scenarios::scenario(name))
    }

    /// Creates a storm of a scenario in a file.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let text = r#"
    ///     name = "tiny"
    ///     summary = "Two cameras, and nothing goes wrong."
    ///     duration_ms = 5_000
    ///     [cast]
    ///     cameras = 2
    ///     phones = 2
    ///     gateways = 1
    /// "#;
    /// let dir = tempfile::tempdir().expect("a directory");
    /// let file = dir.path().join("tiny.toml");
    /// std::fs::write(&file, text).expect("a file");
    /// let outcome = Storm::from_file(&file).seeds(2).try_run().expect("a good storm");
    /// assert_eq!(outcome.runs.len(), 2);
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Self {
        Self::loaded(scenarios::scenario(&path.as_ref().to_string_lossy()))
    }

    /// Creates a storm of a scenario.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// use crosswire::Scenario;
    ///
    /// let scenario = Scenario::named("pair").with(|it| it.cast.phones = 3);
    /// Storm::of(scenario).run().assert_clean();
    /// ```
    pub fn of(scenario: Scenario) -> Self {
        let checked = scenario.check(&catalog::vocabulary()).map_err(NoScenario::from);
        Self::loaded(checked.map(|()| scenario))
    }

    fn loaded(scenario: Result<Scenario, NoScenario>) -> Self {
        let (scenario, mistake) = match scenario {
            Ok(scenario) => (scenario, None),
            Err(error) => (Scenario::named("calm"), Some(BadStorm(error.to_string()))),
        };
        let client = catalog::client(&scenario.client.name);
        Self {
            scenario,
            client: client.expect("a scenario that was checked names a client that is there"),
            own_service: None,
            from: 0,
            count: 1,
            threads: pool::cores(),
            regressions: None,
            minimizing: keep::BUDGET,
            mistake,
        }
    }

    /// Notes a mistake, unless there was one before.
    fn mistaken(mut self, error: impl fmt::Display) -> Self {
        self.mistake.get_or_insert_with(|| BadStorm(error.to_string()));
        self
    }

    /// Tests the client of this name.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// Storm::named("pair").client("multiplexed").run().assert_clean();
    /// ```
    #[must_use]
    pub fn client(mut self, name: &str) -> Self {
        match catalog::client(name) {
            Ok(client) => self.client = client,
            Err(unknown) => return self.mistaken(unknown),
        }
        name.clone_into(&mut self.scenario.client.name);
        self
    }

    /// Tests your own client. `connect` is called once for each start of a gateway.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// # use crosswire::cache::clients::{RespClient, Strict, StrictByIndex};
    /// # type OurClient = RespClient<Strict, StrictByIndex>;
    /// Storm::named("pair").cache_client("ours", OurClient::connect).run().assert_clean();
    /// ```
    #[must_use]
    pub fn cache_client<C, F>(
        mut self,
        name: &str,
        connect: impl Fn(Dialer, ClientConfig) -> F + Send + Sync + 'static,
    ) -> Self
    where
        C: CacheClient,
        F: Future<Output = Result<C, CacheError>> + Send + 'static,
    {
        self.client = ClientUnderTest::new(name, connector(connect));
        name.clone_into(&mut self.scenario.client.name);
        self
    }

    /// Tests a client that was constructed elsewhere.
    #[doc(hidden)]
    #[must_use]
    pub fn client_made_ready(mut self, client: ClientUnderTest) -> Self {
        self.scenario.client.name.clone_from(&client.name);
        self.client = client;
        self
    }

    /// Puts your own service in the place of the built-in gateway. `make` is called once for each
    /// start of a gateway. What a service must do is in the docs of [`Service`];
    /// `examples/own-service` in the repository is a complete crate. A quarter of the phones and
    /// cameras is dishonest, unless the scenario states another share (`workload.dishonest`).
    #[must_use]
    pub fn service<S: Service>(
        mut self,
        name: &str,
        make: impl Fn(Deps) -> S + Send + Sync + 'static,
    ) -> Self {
        if let Err(error) = catalog::check_name("service", name) {
            return self.mistaken(error);
        }
        self.own_service = Some(OwnService::new(name, make));
        name.clone_into(&mut self.scenario.service.name);
        self
    }

    /// Tests the client on the built-in service of this name.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let storm = Storm::named("emergency-cache").service_named("edge-cache-by-path");
    /// assert!(storm.seeds(4).run().first_violated().is_some());
    /// ```
    #[must_use]
    pub fn service_named(mut self, name: &str) -> Self {
        if let Err(unknown) = catalog::service(name) {
            return self.mistaken(unknown);
        }
        name.clone_into(&mut self.scenario.service.name);
        self
    }

    /// Switches on the defence of this name.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let storm = Storm::named("notification-mix-up").client("pooled-cancel-desync");
    /// let guarded = storm.defence("verify-at-delivery").seeds(2).run();
    /// for one in guarded.runs {
    ///     assert_eq!(one.run.expect("a run").findings.exposure.users, 0);
    /// }
    /// ```
    #[must_use]
    pub fn defence(mut self, name: &str) -> Self {
        if let Err(unknown) = catalog::defence(name) {
            return self.mistaken(unknown);
        }
        self.scenario.defences.push(name.to_owned());
        self
    }

    /// Runs `count` seeds, from 0 or from [`Self::from_seed`]. With 0, only the saved runs of
    /// [`Self::regressions`] are replayed.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// assert_eq!(Storm::named("pair").seeds(3).run().runs.len(), 3);
    /// ```
    #[must_use]
    pub fn seeds(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// Starts with this seed instead of 0.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let outcome = Storm::named("pair").from_seed(7).run();
    /// assert_eq!(outcome.runs[0].seed, 7);
    /// ```
    #[must_use]
    pub fn from_seed(mut self, seed: u64) -> Self {
        self.from = seed;
        self
    }

    /// Runs on this many threads. The default is one for each core. The outcome is the same on any
    /// number.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// Storm::named("pair").seeds(2).threads(1).run().assert_clean();
    /// ```
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Saves the first failing run in this directory, minimized, and replays the directory's saved
    /// runs before any seed. A test that failed once then fails at once, until the bug is fixed.
    ///
    /// The file is pending, `NAME.toml.new`, until the test runs with `CROSSWIRE_UPDATE=1`, which
    /// drops the `.new`. Commit the directory, without what is pending, and the test fails again if
    /// the bug comes back. Several clients may share a directory: each storm replays the files that
    /// name its client, and its service if that is yours.
    #[must_use]
    pub fn regressions(mut self, dir: impl Into<PathBuf>) -> Self {
        self.regressions = Some(dir.into());
        self
    }

    /// Spends at most this much CPU time of the process on minimizing what is saved. The default is
    /// 40 seconds.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// use std::time::Duration;
    ///
    /// let dir = tempfile::tempdir().expect("a directory");
    /// let storm = Storm::named("notification-mix-up").client("pooled-cancel-desync");
    /// let storm = storm.regressions(dir.path()).minimize_for(Duration::from_secs(1));
    /// assert!(storm.run().first_violated().is_some());
    /// // The next run replays the saved one first.
    /// assert_eq!(storm.run().regressions.len(), 1);
    /// ```
    #[must_use]
    pub fn minimize_for(mut self, budget: Duration) -> Self {
        self.minimizing = budget;
        self
    }

    /// Runs one seed.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// use crosswire::Verdict;
    ///
    /// let run = Storm::named("pair").play(5).expect("it does not panic");
    /// assert_eq!(run.findings.verdict, Verdict::Clean);
    /// ```
    ///
    /// # Errors
    /// [`Panicked`] if the run panicked.
    ///
    /// # Panics
    /// As [`plan`](Self::plan).
    #[track_caller]
    pub fn play(&self, seed: u64) -> Result<RunOutput, Panicked> {
        play(&self.plan(seed), &self.client_under_test())
    }

    /// Returns the plan that a seed draws.
    ///
    /// # Panics
    /// If there is a mistake in what the storm is made of.
    #[doc(hidden)]
    #[track_caller]
    pub fn plan(&self, seed: u64) -> Arc<Plan> {
        if let Some(mistake) = &self.mistake {
            panic!("{mistake}");
        }
        let mut plan = draw(&self.scenario, Seed(seed));
        let stated = self.scenario.workload.dishonest;
        plan.workload.dishonest = scenarios::dishonest(stated, &plan.service.name);
        Arc::new(plan)
    }

    /// Returns the client under test, with the user's service if there is one.
    #[doc(hidden)]
    pub fn client_under_test(&self) -> ClientUnderTest {
        match &self.own_service {
            Some(own) => self.client.clone().with_services(std::slice::from_ref(own)),
            None => self.client.clone(),
        }
    }

    /// Runs the storm as [`try_run`](Self::try_run) does.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let outcome = Storm::named("pair").seeds(2).run();
    /// assert!(outcome.missing().is_empty());
    /// ```
    ///
    /// # Panics
    /// Where that returns an error.
    #[track_caller]
    pub fn run(&self) -> Outcome {
        match self.try_run() {
            Ok(outcome) => outcome,
            Err(mistake) => panic!("{mistake}"),
        }
    }

    /// Replays the saved runs and then, unless one of them fails, runs all seeds: as many as the
    /// storm or the environment asks for (see [`EnvOverrides`]). A seed that the environment names
    /// runs alone, and nothing is saved.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let outcome = Storm::named("calm").seeds(2).try_run().expect("a good storm");
    /// assert_eq!(outcome.runs.len(), 2);
    /// let error = Storm::named("clam").try_run().expect_err("it is misspelt");
    /// assert_eq!(error.to_string(), "unknown scenario `clam`; did you mean `calm`?");
    /// ```
    ///
    /// # Errors
    /// There is no scenario, client, service or defence of a given name; the scenario or a variable
    /// of the environment is invalid; or the directory of saved runs or one of them cannot be read,
    /// or a new one cannot be written.
    pub fn try_run(&self) -> Result<Outcome, BadStorm> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        if self.count == 0 && self.regressions.is_none() {
            return Err(BadStorm("0 seeds test nothing; expected at least 1".to_owned()));
        }
        let env = EnvOverrides::of_process().map_err(BadStorm)?;
        let regressions = if env.seed.is_some() { Vec::new() } else { self.play_kept(&env)? };
        let still = regressions.iter().any(|kept| outcome::is_bad(&kept.run));
        let runs = if still { Vec::new() } else { self.play_all(&env) };
        let kept = if env.seed.is_some() { None } else { self.keep(&runs, &env)? };
        Ok(Outcome {
            scenario: self.scenario.name.clone(),
            client: self.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
            reach: self.scenario.reach.clone(),
            unstable: self.unstable(&runs),
            repeatable: self.repeatable(&regressions, &runs, kept.as_ref()),
            regressions,
            kept,
            runs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FaultKind, FaultSpec, Verdict};

    fn mistake(storm: &Storm) -> String {
        storm.try_run().expect_err("a mistake").to_string()
    }

    #[test]
    fn a_scenario_in_code_runs() {
        let slow = FaultSpec::new(FaultKind::CacheSlow, 5_000, 2_000..=4_000);
        let scenario = Scenario::builder("slow-cache")
            .cameras(40)
            .fault(slow.on("cache-?").severity(80.0))
            .reach("cache-hit", 100);
        let outcome = Storm::of(scenario.build()).seeds(4).try_run().expect("a good storm");
        assert_eq!(outcome.seeds_with(Verdict::Violated), [] as [u64; 0]);
        assert!(outcome.missing().is_empty(), "{:?}", outcome.missing());
        assert!(outcome.reached()["list-delivered"] > 0);
    }

    #[test]
    fn a_mistake_in_code_has_the_error_of_a_file() {
        let empty = Storm::of(Scenario::builder("ours").cameras(0).reach("cache-hits", 1).build());
        insta::assert_snapshot!(mistake(&empty));
    }

    #[test]
    fn the_first_mistake_is_the_error() {
        let storm = Storm::named("calm").client("poled").service_named("standart").defence("none");
        assert_eq!(mistake(&storm), "unknown client `poled`; did you mean `pooled`?");
        assert!(mistake(&Storm::named("calm").seeds(0)).contains("at least 1"));
        let missing = Storm::from_file("no/such.toml");
        assert_eq!(mistake(&missing), "no/such.toml: there is no such file");
    }
}
