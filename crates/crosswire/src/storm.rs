//! Storms as tests: a scenario and a client over many seeds.

mod env;
mod keep;
mod outcome;

use crate::pool;
use crate::saved::SavedRun;
use crate::sim::{ClientUnderTest, Panicked, RunOutput, play};
use crate::{catalog, scenarios};
use crosswire_cache::client::connector;
use crosswire_cache::{CacheClient, CacheError, ClientConfig, Dialer};
use crosswire_plan::{Plan, Scenario, Seed, draw};
pub use env::EnvOverrides;
pub use outcome::{KeptRun, Outcome, SeedRun};
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
/// # use crosswire::cache::adapters::redis_rs::RedisRs as OurClient;
/// Storm::named("reconnect-storm")
///     .cache_client("ours", OurClient::connect)
///     .seeds(64)
///     .run()
///     .assert_clean();
/// ```
#[derive(Clone)]
pub struct Storm {
    scenario: Scenario,
    client: ClientUnderTest,
    from: u64,
    count: u64,
    threads: usize,
    regressions: Option<PathBuf>,
    minimizing: Duration,
}

impl Storm {
    /// Creates a storm of a built-in scenario.
    ///
    /// # Panics
    /// If there is no scenario of this name.
    pub fn named(name: &str) -> Self {
        match scenarios::scenario(name) {
            Ok(scenario) => Self::of(scenario),
            Err(error) => panic!("{error}"),
        }
    }

    /// Creates a storm of a scenario in a file.
    ///
    /// # Panics
    /// If the file cannot be read or is not a valid scenario.
    pub fn from_file(path: impl AsRef<Path>) -> Self {
        match scenarios::scenario(&path.as_ref().to_string_lossy()) {
            Ok(scenario) => Self::of(scenario),
            Err(error) => panic!("{error}"),
        }
    }

    /// Creates a storm of a scenario.
    ///
    /// # Panics
    /// If the scenario's client is not built in.
    pub fn of(scenario: Scenario) -> Self {
        let client = catalog::client(&scenario.client.name);
        let client = client.unwrap_or_else(|unknown| panic!("{unknown}"));
        Self {
            scenario,
            client,
            from: 0,
            count: 1,
            threads: pool::cores(),
            regressions: None,
            minimizing: keep::BUDGET,
        }
    }

    /// Tests the client of this name.
    ///
    /// # Panics
    /// If there is no client of this name.
    #[must_use]
    pub fn client(mut self, name: &str) -> Self {
        self.client = catalog::client(name).unwrap_or_else(|unknown| panic!("{unknown}"));
        name.clone_into(&mut self.scenario.client.name);
        self
    }

    /// Tests your own client. `connect` is called once for each start of a gateway.
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
        self.client = ClientUnderTest { name: name.to_owned(), connect: connector(connect) };
        name.clone_into(&mut self.scenario.client.name);
        self
    }

    /// Tests a client that was constructed elsewhere.
    #[must_use]
    pub fn client_made_ready(mut self, client: ClientUnderTest) -> Self {
        self.scenario.client.name.clone_from(&client.name);
        self.client = client;
        self
    }

    /// Tests the client on the service of this name.
    ///
    /// # Panics
    /// If there is no service of this name.
    #[must_use]
    pub fn service(mut self, name: &str) -> Self {
        assert!(crosswire_cloud::service(name).is_some(), "no service `{name}`");
        name.clone_into(&mut self.scenario.service.name);
        self
    }

    /// Switches on the defence of this name.
    ///
    /// # Panics
    /// If there is no defence of this name.
    #[must_use]
    pub fn defence(mut self, name: &str) -> Self {
        let known = crosswire_cloud::defences().iter().any(|(known, _)| *known == name);
        assert!(known, "no defence `{name}`");
        self.scenario.defences.push(name.to_owned());
        self
    }

    /// Runs `count` seeds, from 0 or from [`Self::from_seed`].
    #[must_use]
    pub fn seeds(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// Starts with this seed instead of 0.
    #[must_use]
    pub fn from_seed(mut self, seed: u64) -> Self {
        self.from = seed;
        self
    }

    /// Runs on this many threads. The default is one for each core.
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
    /// name its client.
    #[must_use]
    pub fn regressions(mut self, dir: impl Into<PathBuf>) -> Self {
        self.regressions = Some(dir.into());
        self
    }

    /// Spends at most this much CPU time of the process on minimizing what is saved. The default is
    /// 40 seconds.
    #[must_use]
    pub fn minimize_for(mut self, budget: Duration) -> Self {
        self.minimizing = budget;
        self
    }

    /// Runs one seed.
    ///
    /// # Errors
    /// [`Panicked`] if the run panicked.
    pub fn play(&self, seed: u64) -> Result<RunOutput, Panicked> {
        play(&self.plan(seed), &self.client)
    }

    /// Returns the plan that a seed draws.
    pub fn plan(&self, seed: u64) -> Arc<Plan> {
        Arc::new(draw(&self.scenario, Seed(seed)))
    }

    /// Returns the client under test.
    pub fn client_under_test(&self) -> ClientUnderTest {
        self.client.clone()
    }

    /// Replays the saved runs and then, unless one of them fails, runs all seeds: as many as the
    /// storm or the environment asks for (see [`EnvOverrides`]). A seed that the environment names
    /// runs alone, and nothing is saved.
    ///
    /// # Panics
    /// If a variable of the environment is invalid, the directory of saved runs or one of them
    /// cannot be read, or a new one cannot be written.
    pub fn run(&self) -> Outcome {
        let env = EnvOverrides::from_env(|name| std::env::var(name).ok());
        let env = env.unwrap_or_else(|bad| panic!("{bad}"));
        let regressions = if env.seed.is_some() { Vec::new() } else { self.play_kept(&env) };
        let still = regressions.iter().any(|kept| outcome::is_bad(&kept.run));
        let runs = if still { Vec::new() } else { self.play_all(&env) };
        let kept = if env.seed.is_some() { None } else { self.keep(&runs, &env) };
        Outcome {
            scenario: self.scenario.name.clone(),
            client: self.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
            reach: self.scenario.reach.clone(),
            unstable: self.unstable(&runs),
            regressions,
            kept,
            runs,
        }
    }

    /// Saves the first failing run, minimized, if there is a directory for it.
    fn keep(&self, runs: &[SeedRun], env: &EnvOverrides) -> Option<PathBuf> {
        let dir = self.regressions.as_ref()?;
        let SeedRun { seed, run } = runs.iter().find(|found| outcome::is_bad(&found.run))?;
        let text = keep::small(&self.plan(*seed), &self.client, run, self.minimizing)?;
        let name = format!("{}-{}-{seed}", self.scenario.name, self.client.name);
        let file = keep::write(dir, &name, &text, env.update);
        Some(file.unwrap_or_else(|error| panic!("{}: {error}", dir.display())))
    }

    /// Runs the first of several seeds a second time, and returns it if the two runs differ.
    fn unstable(&self, runs: &[SeedRun]) -> Option<u64> {
        let [SeedRun { seed, run: Ok(before) }, _, ..] = runs else { return None };
        let again = self.play(*seed);
        let same = again.is_ok_and(|again| again.digest == before.digest);
        if same { None } else { Some(*seed) }
    }

    fn play_kept(&self, env: &EnvOverrides) -> Vec<KeptRun> {
        let Some(dir) = &self.regressions else { return Vec::new() };
        let files = keep::files(dir);
        let mut runs = Vec::new();
        for mut file in files.unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
            let client = SavedRun::client_of(&file).unwrap_or_else(|bad| panic!("{bad}"));
            if client != self.client.name {
                continue;
            }
            if env.update && keep::is_pending(&file) {
                let accepted = keep::accept(&file);
                file = accepted.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            }
            let saved = SavedRun::read_for(&file, &client).unwrap_or_else(|bad| panic!("{bad}"));
            let run = play(&Arc::new(saved.plan), &self.client);
            runs.push(KeptRun { file, run });
        }
        runs
    }

    #[expect(clippy::disallowed_methods, reason = "how long a test may take is real time")]
    fn play_all(&self, env: &EnvOverrides) -> Vec<SeedRun> {
        let play = |seed| SeedRun { seed, run: self.play(seed) };
        if let Some(seed) = env.seed {
            return vec![play(seed.0)];
        }
        let count = env.seeds.unwrap_or(self.count);
        let mut runs = pool::all(self.from..self.from + count, self.threads, play, &|_| ());
        let clock = env.length.map(|length| (std::time::Instant::now(), length));
        while clock.is_some_and(|(began, length)| began.elapsed() < length) {
            let next = self.from + runs.len() as u64;
            let more = 2 * self.threads as u64;
            runs.extend(pool::all(next..next + more, self.threads, play, &|_| ()));
        }
        runs
    }
}
