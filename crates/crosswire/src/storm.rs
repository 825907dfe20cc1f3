//! A storm as a test: for a user's own `tests/`.

mod keep;
mod wanted;

use crate::pool;
use crate::saved::SavedRun;
use crate::sim::{ClientUnderTest, Panicked, RunOutput, play};
use crate::{catalog, library};
use crosswire_cache::client::connector;
use crosswire_cache::{CacheClient, CacheError, ClientConfig, Dialer};
use crosswire_checker::{Findings, Missing, Together, Verdict};
use crosswire_plan::{Plan, Scenario, Seed, draw};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
pub use wanted::Wanted;

/// A scenario, a client and some seeds.
///
/// ```no_run
/// use crosswire::Storm;
///
/// Storm::named("reconnect-storm").client("pooled").seeds(256).run().assert_clean();
/// ```
///
/// With a client of one's own, see `examples/own-client`, a crate of its own:
///
/// ```no_run
/// # use crosswire::Storm;
/// # use crosswire::cache::{CacheError, ClientConfig, Dialer, adapters::redis_rs::RedisRs as OurClient};
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
}

/// What a storm came to, seed by seed.
pub struct Outcome {
    scenario: String,
    client: String,
    service: String,
    defences: Vec<String>,
    reach: BTreeMap<String, u64>,
    /// The files that were played before any seed, and how each went.
    pub regressions: Vec<(PathBuf, Result<RunOutput, Panicked>)>,
    /// Where what a seed showed is kept, made small.
    kept: Option<PathBuf>,
    /// Each seed and how it went, in the order of the seeds.
    pub runs: Vec<(u64, Result<RunOutput, Panicked>)>,
    /// A seed that was played a second time, after the others, and gave another run: the client keeps
    /// state that outlives it, in a `static`, say.
    pub unstable: Option<u64>,
}

impl Storm {
    /// One of the scenarios that come with Crosswire.
    ///
    /// # Panics
    /// If there is none of that name.
    pub fn named(name: &str) -> Self {
        match library::scenario(name) {
            Ok(scenario) => Self::of(scenario),
            Err(error) => panic!("{error}"),
        }
    }

    /// A scenario from a file.
    ///
    /// # Panics
    /// If it cannot be read or is not right.
    pub fn from_file(path: impl AsRef<Path>) -> Self {
        match library::scenario(&path.as_ref().to_string_lossy()) {
            Ok(scenario) => Self::of(scenario),
            Err(error) => panic!("{error}"),
        }
    }

    /// A scenario as it is.
    ///
    /// # Panics
    /// If its client is not one of ours.
    pub fn of(scenario: Scenario) -> Self {
        let client = catalog::client(&scenario.client.name);
        let client = client.unwrap_or_else(|unknown| panic!("{unknown}"));
        Self { scenario, client, from: 0, count: 1, threads: pool::cores(), regressions: None }
    }

    /// Puts one of our clients under the storm, by name.
    ///
    /// # Panics
    /// If there is none of that name.
    #[must_use]
    pub fn client(mut self, name: &str) -> Self {
        self.client = catalog::client(name).unwrap_or_else(|unknown| panic!("{unknown}"));
        name.clone_into(&mut self.scenario.client.name);
        self
    }

    /// Puts a client of your own under the storm. Each gateway connects one.
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

    /// Puts a client under the storm that was made ready elsewhere: its name, and what connects it.
    #[must_use]
    pub fn client_made_ready(mut self, client: ClientUnderTest) -> Self {
        self.scenario.client.name.clone_from(&client.name);
        self.client = client;
        self
    }

    /// Puts one of our services under the storm, by name.
    ///
    /// # Panics
    /// If there is none of that name.
    #[must_use]
    pub fn service(mut self, name: &str) -> Self {
        assert!(crosswire_cloud::service(name).is_some(), "no service `{name}`");
        name.clone_into(&mut self.scenario.service.name);
        self
    }

    /// Switches a defence on, by name.
    ///
    /// # Panics
    /// If there is none of that name.
    #[must_use]
    pub fn defence(mut self, name: &str) -> Self {
        let known = crosswire_cloud::defences().iter().any(|(known, _)| *known == name);
        assert!(known, "no defence `{name}`");
        self.scenario.defences.push(name.to_owned());
        self
    }

    /// Plays so many seeds, from 0 on or from [`Self::from_seed`].
    #[must_use]
    pub fn seeds(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// The first seed to play.
    #[must_use]
    pub fn from_seed(mut self, seed: u64) -> Self {
        self.from = seed;
        self
    }

    /// Plays on so many threads at a time; all cores, if this is not said.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Keeps what is found in this directory, and plays what is kept there before any seed: a test
    /// that has failed fails again at once, until what it found is mended, and for ever after if
    /// the bug comes back. The directory belongs into the repository; so do its files. Several clients
    /// may share it: each plays the files that name it.
    #[must_use]
    pub fn regressions(mut self, dir: impl Into<PathBuf>) -> Self {
        self.regressions = Some(dir.into());
        self
    }

    /// Plays one seed.
    ///
    /// # Errors
    /// [`Panicked`] if something in the run panicked.
    pub fn play(&self, seed: u64) -> Result<RunOutput, Panicked> {
        play(&self.plan(seed), &self.client, Vec::new()).map(|(played, _)| played)
    }

    /// The plan that a seed gives.
    pub fn plan(&self, seed: u64) -> Arc<Plan> {
        Arc::new(draw(&self.scenario, Seed(seed)))
    }

    /// The client under the storm.
    pub fn client_under_test(&self) -> ClientUnderTest {
        self.client.clone()
    }

    /// Plays what is kept and then, unless that goes wrong, all seeds: as many as were asked for, or
    /// as the environment says (see [`Wanted`]). A seed that the environment names is played alone.
    ///
    /// # Panics
    /// If a variable of the environment makes no sense, or a file that is kept cannot be read.
    pub fn run(&self) -> Outcome {
        let wanted = Wanted::from_env(|name| std::env::var(name).ok());
        let wanted = wanted.unwrap_or_else(|bad| panic!("{bad}"));
        let regressions = if wanted.seed.is_some() { Vec::new() } else { self.play_kept() };
        let still = regressions.iter().any(|(_, run)| is_bad(run));
        let runs = if still { Vec::new() } else { self.play_all(&wanted) };
        let kept = self.regressions.as_ref().and_then(|dir| {
            let found = runs.iter().find(|(_, run)| is_bad(run))?;
            keep::small(dir, &self.plan(found.0), &self.client, &found.1)
        });
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

    /// Plays the first of several seeds a second time. Returns it if that is another run than before.
    fn unstable(&self, runs: &[(u64, Result<RunOutput, Panicked>)]) -> Option<u64> {
        let [(seed, Ok(before)), _, ..] = runs else { return None };
        let again = self.play(*seed);
        let same = again.is_ok_and(|again| again.digest == before.digest);
        if same { None } else { Some(*seed) }
    }

    fn play_kept(&self) -> Vec<(PathBuf, Result<RunOutput, Panicked>)> {
        let files =
            self.regressions.iter().flat_map(|dir| SavedRun::files(dir).unwrap_or_default());
        let mut played = Vec::new();
        for file in files {
            let client = SavedRun::client_of(&file).unwrap_or_else(|bad| panic!("{bad}"));
            if client != self.client.name {
                continue;
            }
            let saved = SavedRun::read_for(&file, &client).unwrap_or_else(|bad| panic!("{bad}"));
            let run = play(&Arc::new(saved.plan), &self.client, Vec::new());
            played.push((file, run.map(|(played, _)| played)));
        }
        played
    }

    #[expect(clippy::disallowed_methods, reason = "how long a test may take is real time")]
    fn play_all(&self, wanted: &Wanted) -> Vec<(u64, Result<RunOutput, Panicked>)> {
        let play = |seed| (seed, self.play(seed));
        if let Some(seed) = wanted.seed {
            return vec![play(seed.0)];
        }
        let count = wanted.seeds.unwrap_or(self.count);
        let mut runs = pool::all(self.from..self.from + count, self.threads, play, &|_| ());
        let clock = wanted.length.map(|length| (std::time::Instant::now(), length));
        while clock.is_some_and(|(began, length)| began.elapsed() < length) {
            let next = self.from + runs.len() as u64;
            runs.extend(pool::all(next..next + 64, self.threads, play, &|_| ()));
        }
        runs
    }
}

fn is_bad(run: &Result<RunOutput, Panicked>) -> bool {
    run.as_ref().map_or(true, |played| played.findings.verdict == Verdict::Violated)
}

impl Outcome {
    /// The seeds whose run had this verdict.
    pub fn seeds_with(&self, verdict: Verdict) -> Vec<u64> {
        let with = |run: &Result<RunOutput, Panicked>| {
            run.as_ref().is_ok_and(|played| played.findings.verdict == verdict)
        };
        self.runs.iter().filter(|(_, run)| with(run)).map(|(seed, _)| *seed).collect()
    }

    /// The first seed whose run was violated.
    pub fn first_violated(&self) -> Option<(u64, &RunOutput)> {
        self.runs.iter().find_map(|(seed, run)| {
            let played = run.as_ref().ok()?;
            (played.findings.verdict == Verdict::Violated).then_some((*seed, played))
        })
    }

    /// The situations that the scenario must reach and that all runs together did not: how often
    /// each must be, and how often it was.
    pub fn missing(&self) -> Vec<(String, u64, u64)> {
        let lacking = self.together().lacking(&self.reach).into_iter();
        lacking.map(|Missing { situation, need, got }| (situation, need, got)).collect()
    }

    /// What was found in the runs that came to an end.
    fn findings(&self) -> Vec<&Findings> {
        let runs = self.runs.iter().filter_map(|(_, run)| run.as_ref().ok());
        runs.map(|played| &played.findings).collect()
    }

    /// The situations that wake mistakes and occurred in none of the runs: what they wake these runs
    /// cannot have shown.
    pub fn untested(&self) -> Vec<String> {
        let findings = self.findings();
        let Some((first, others)) = findings.split_first() else { return Vec::new() };
        let never = |name: &&String| others.iter().all(|run| run.untested.contains(name));
        first.untested.iter().filter(never).cloned().collect()
    }

    /// How often all runs together reached each situation; only those that were.
    pub fn reached(&self) -> BTreeMap<String, u64> {
        self.together().reached
    }

    /// What all runs that came to an end reached together.
    pub fn together(&self) -> Together {
        let mut together = Together::default();
        self.findings().into_iter().for_each(|findings| together.add(findings));
        together
    }

    /// The run set is clean: no run was violated or panicked, together they reached every situation that
    /// the scenario is about, and a seed that is played twice gives the same run. Prints which situations
    /// that wake mistakes never occurred.
    ///
    /// # Panics
    /// If it is not; with the story and the line that replays it.
    pub fn assert_clean(&self) {
        for (file, run) in &self.regressions {
            let told = match run {
                Ok(played) if played.findings.verdict == Verdict::Violated => story(played),
                Ok(_) => continue,
                Err(error) => error.to_string(),
            };
            panic!("{} still shows it\n{told}\n{}", file.display(), self.replay_file(file));
        }
        for (seed, run) in &self.runs {
            match run {
                Ok(played) if played.findings.verdict == Verdict::Violated => {
                    let verdict = played.findings.verdict.to_string();
                    panic!("{}", self.told(*seed, &verdict, &story(played)));
                }
                Ok(_) => {}
                Err(error) => panic!("{}", self.told(*seed, "panicked", &error.to_string())),
            }
        }
        if let Some(seed) = self.unstable {
            panic!(
                "{}, seed {seed}: played again after other seeds it is another run; the client keeps \
                 state that outlives it, as in a `static`, or draws on something outside the simulation, \
                 as tokio's `select!` does without `biased;` and its watch channel with several receivers",
                self.scenario
            );
        }
        if let Some((situation, need, got)) = self.missing().first() {
            let (scenario, runs) = (&self.scenario, self.runs.len());
            panic!(
                "{scenario}: inconclusive: {runs} seeds reached `{situation}` {got} times, {need} needed"
            );
        }
        let untested = self.untested();
        if !untested.is_empty() {
            // Shown where a test fails, and with `--nocapture`.
            println!("{}: clean, but not tested: {}", self.scenario, untested.join(", "));
        }
    }

    fn replay_file(&self, file: &Path) -> String {
        if ClientUnderTest::named(&self.client).is_none() {
            return "replay: cargo test, which plays it first".to_owned();
        }
        format!("replay: crosswire replay {}", file.display())
    }

    fn replay(&self, seed: u64) -> String {
        if ClientUnderTest::named(&self.client).is_none() {
            return format!("replay: CROSSWIRE_SEED={seed} cargo test");
        }
        let defences = self.defences.iter().map(|name| format!(" --defence {name}"));
        let defences: String = defences.collect();
        format!(
            "replay: crosswire run {} --seed {seed} --client {} --service {}{defences}",
            self.scenario, self.client, self.service
        )
    }

    fn told(&self, seed: u64, how: &str, story: &str) -> String {
        let head = format!("{}, seed {seed}: {how}", self.scenario);
        let mut lines = vec![head, story.to_owned(), self.replay(seed)];
        if let Some(file) = &self.kept {
            lines.push(format!("kept: {}, which is played first from now on", file.display()));
        }
        lines.join("\n")
    }
}

fn story(played: &RunOutput) -> String {
    let Some(violation) = played.findings.violations.first() else { return String::new() };
    let mut lines = vec![format!("  {} {}", violation.invariant, violation.name)];
    lines.extend(violation.story.iter().map(|line| format!("    {line}")));
    lines.join("\n")
}
