//! The outcome of a storm, and the assertion that it is clean.

use super::keep;
use super::shown::Repeatable;
use crate::sim::{ClientUnderTest, Panicked, RunOutput};
use crosswire_checker::{Findings, Missing, Together, Verdict, Violation};
use crosswire_output::format::{self, Layout, WIDTH, counted};
use crosswire_plan::Plan;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run of a seed.
#[derive(Debug)]
#[non_exhaustive]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// The result of the run.
    pub run: Result<RunOutput, Panicked>,
}

/// A run of a file in the directory of [`Storm::regressions`](super::Storm::regressions).
#[derive(Debug)]
#[non_exhaustive]
pub struct KeptRun {
    /// The file.
    pub file: PathBuf,
    /// The result of the run.
    pub run: Result<RunOutput, Panicked>,
    pub(super) plan: Arc<Plan>,
}

/// The first failing run, minimized and saved.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) file: PathBuf,
    pub(super) plan: Arc<Plan>,
    /// The signature of the violation that it shows; `None` if it panics.
    pub(super) signature: Option<String>,
}

/// The runs of a storm, seed by seed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    pub(super) scenario: String,
    pub(super) client: String,
    pub(super) service: String,
    pub(super) defences: Vec<String>,
    pub(super) reach: BTreeMap<String, u64>,
    /// The saved runs that were replayed before any seed.
    pub regressions: Vec<KeptRun>,
    /// The first failing run, minimized and saved.
    pub(super) kept: Option<Kept>,
    /// The runs of all seeds, in ascending order of seeds.
    pub runs: Vec<SeedRun>,
    /// A seed that ran twice, before and after others, with different results: the client keeps
    /// state between runs, in a `static`, for example.
    pub unstable: Option<u64>,
    /// The run that a failing test shows.
    pub(super) repeatable: Option<Repeatable>,
}

/// Returns whether a run was violated or panicked.
pub(super) fn is_bad(run: &Result<RunOutput, Panicked>) -> bool {
    run.as_ref().map_or(true, |output| output.findings.verdict == Verdict::Violated)
}

impl Outcome {
    /// Returns the seeds whose run had this verdict.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// use crosswire::Verdict;
    ///
    /// let outcome = Storm::named("pair").seeds(2).run();
    /// assert_eq!(outcome.seeds_with(Verdict::Clean), [0, 1]);
    /// ```
    pub fn seeds_with(&self, verdict: Verdict) -> Vec<u64> {
        let with = |run: &Result<RunOutput, Panicked>| {
            run.as_ref().is_ok_and(|output| output.findings.verdict == verdict)
        };
        self.runs.iter().filter(|one| with(&one.run)).map(|one| one.seed).collect()
    }

    /// Returns the first seed whose run was violated, with the run.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let outcome = Storm::named("notification-mix-up").client("pooled-cancel-desync").run();
    /// let (seed, run) = outcome.first_violated().expect("a leak");
    /// assert_eq!(seed, 0);
    /// assert!(run.findings.violations[0].story.len() <= 12);
    /// ```
    pub fn first_violated(&self) -> Option<(u64, &RunOutput)> {
        self.runs.iter().find_map(|SeedRun { seed, run }| match run {
            Ok(output) if output.findings.verdict == Verdict::Violated => Some((*seed, output)),
            _ => None,
        })
    }

    /// Returns the required situations that all runs together did not reach often enough.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// use crosswire::Scenario;
    ///
    /// let calm = Scenario::builder("ours").reach("cache-lost", 1).build();
    /// let outcome = Storm::of(calm).run();
    /// assert_eq!(outcome.missing()[0].situation, "cache-lost");
    /// ```
    pub fn missing(&self) -> Vec<Missing> {
        self.together().lacking(&self.reach)
    }

    /// Returns the findings of the runs that finished.
    fn findings(&self) -> Vec<&Findings> {
        let runs = self.runs.iter().filter_map(|one| one.run.as_ref().ok());
        runs.map(|output| &output.findings).collect()
    }

    /// Returns the situations that trigger known bugs and occurred in no run: these runs cannot
    /// have shown those bugs.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// let untested = Storm::named("calm").run().untested();
    /// assert!(untested.iter().any(|situation| situation == "cache-lost"));
    /// ```
    pub fn untested(&self) -> Vec<String> {
        let findings = self.findings();
        let Some((first, others)) = findings.split_first() else { return Vec::new() };
        let never = |name: &&String| others.iter().all(|run| run.untested.contains(name));
        first.untested.iter().filter(never).cloned().collect()
    }

    /// Returns how often each situation occurred in all runs together. Situations that never
    /// occurred are left out.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// assert!(Storm::named("pair").run().reached()["cache-hit"] > 0);
    /// ```
    pub fn reached(&self) -> BTreeMap<String, u64> {
        self.together().reached
    }

    /// Returns the coverage of situations of all runs that finished.
    #[doc(hidden)]
    pub fn together(&self) -> Together {
        let mut together = Together::default();
        self.findings().into_iter().for_each(|findings| together.add(findings));
        together
    }

    /// Asserts that the storm is clean: no run was violated or panicked, all runs together reached
    /// every required situation, and a seed that runs twice gives the same run. Prints what has
    /// run, and the situations that trigger known bugs and never occurred.
    ///
    /// ```
    /// use crosswire::Storm;
    ///
    /// Storm::named("pair").seeds(2).run().assert_clean();
    /// ```
    ///
    /// # Panics
    /// If the storm is not clean. The message contains the story and the command that replays it.
    #[track_caller]
    pub fn assert_clean(&self) {
        for KeptRun { file, run, .. } in &self.regressions {
            let failure = match run {
                Ok(output) if output.findings.verdict == Verdict::Violated => self.shown(output),
                Ok(_) => continue,
                Err(error) => error.to_string(),
            };
            let mut lines = vec![format!("{} still fails", file.display()), failure];
            lines.push(self.replay_file(file));
            lines.extend(if_pending(file));
            panic!("{}", lines.join("\n"));
        }
        for SeedRun { seed, run } in &self.runs {
            match run {
                Ok(output) if output.findings.verdict == Verdict::Violated => {
                    let verdict = output.findings.verdict.to_string();
                    let story = self.shown(output);
                    panic!("{}", self.failure_message(*seed, &verdict, &story));
                }
                Ok(_) => {}
                Err(error) => {
                    panic!("{}", self.failure_message(*seed, "panicked", &error.to_string()))
                }
            }
        }
        if let Some(seed) = self.unstable {
            panic!(
                "{}, seed {seed}: a second run, after other seeds, differed from the first; the \
                 code under test keeps state between runs, as in a `static`, or depends on something \
                 outside the simulation, as tokio's `select!` does without `biased;`, and its \
                 watch channel with several receivers",
                self.scenario
            );
        }
        if let Some(Missing { situation, need, got }) = self.missing().first() {
            let (scenario, runs) = (&self.scenario, self.runs.len());
            panic!(
                "{scenario}: inconclusive: {runs} seeds reached `{situation}` {got} times, {need} required"
            );
        }
        // The test harness shows this if a test fails, and with `--nocapture`.
        println!("{}", self.clean_line());
    }

    /// Returns what a clean storm has shown, on a line.
    fn clean_line(&self) -> String {
        let runs = counted(self.runs.len() as u64, "seed");
        let kept = match self.regressions.len() {
            0 => String::new(),
            kept => format!(" and {}", counted(kept as u64, "saved run")),
        };
        let untested = match &self.untested()[..] {
            [] => String::new(),
            untested => format!("; not tested: {}", untested.join(", ")),
        };
        let under_test = self.own_service().unwrap_or(&self.client);
        format!("{}: `{under_test}` is clean in {runs}{kept}{untested}", self.scenario)
    }

    /// Returns what is shown of the first violated run.
    fn shown(&self, run: &RunOutput) -> String {
        let repeatable = self.repeatable.as_ref();
        repeatable.expect("a violated run can be repeated").shown(run)
    }

    fn is_own(&self) -> bool {
        is_own(&self.client, &self.service)
    }

    /// Returns the name of the user's service.
    fn own_service(&self) -> Option<&str> {
        if crosswire_cloud::service(&self.service).is_some() { None } else { Some(&self.service) }
    }

    fn replay_file(&self, file: &Path) -> String {
        if self.is_own() {
            return format!("replay: {}", this_test());
        }
        format!("replay: crosswire replay {}", file.display())
    }

    fn replay(&self, seed: u64) -> String {
        if self.is_own() {
            return format!("replay: CROSSWIRE_SEED={seed} {}", this_test());
        }
        let defences = self.defences.iter().map(|name| format!(" --defence {name}"));
        let defences: String = defences.collect();
        format!(
            "replay: crosswire run {} --seed {seed} --client {} --service {}{defences}",
            self.scenario, self.client, self.service
        )
    }

    fn failure_message(&self, seed: u64, how: &str, story: &str) -> String {
        let bad = self.runs.iter().filter(|one| is_bad(&one.run)).count();
        let of = match self.runs.len() {
            1 => String::new(),
            all => format!(", as are {bad} of {all} seeds"),
        };
        let head = format!("{}, seed {seed}: {how}{of}", self.scenario);
        let mut lines = vec![head, story.to_owned(), self.replay(seed)];
        if let Some(Kept { file, .. }) = &self.kept {
            lines.push(format!("saved: {}, which runs first from now on", file.display()));
            lines.extend(if_pending(file));
        }
        lines.join("\n")
    }
}

/// Returns the name and the story of a violation. `note` says which run it is from.
pub(super) fn story_of(violation: &Violation, note: &str) -> String {
    let Violation { invariant, name, story, .. } = violation;
    let steps = format::story(story, Layout::of_terminal(WIDTH));
    format!("{invariant} {name}{note}\n{}", steps.trim_end())
}

/// Returns whether the client or the service is the user's, so that only this test has it.
fn is_own(client: &str, service: &str) -> bool {
    ClientUnderTest::named(client).is_none() || crosswire_cloud::service(service).is_none()
}

/// Returns the command that replays the saved run of this test.
pub(super) fn replay_command(client: &str, service: &str) -> String {
    if is_own(client, service) { this_test() } else { "crosswire replay FILE".to_owned() }
}

/// Returns how a pending file is accepted.
fn if_pending(file: &Path) -> Option<String> {
    if keep::is_pending(file) {
        Some(format!("accept: CROSSWIRE_UPDATE=1 {}", this_test()))
    } else {
        None
    }
}

/// Returns the command that runs the test of this thread. `cargo crosswire` says how it was called;
/// test harnesses name the thread of a test after it.
fn this_test() -> String {
    let command = std::env::var("CROSSWIRE_COMMAND");
    let command = command.unwrap_or_else(|_| "cargo test".to_owned());
    match std::thread::current().name() {
        None | Some("main") => command,
        Some(test) => format!("{command} {test} -- --exact"),
    }
}

/// Returns the story of the first violation, and which other invariants were violated.
pub(super) fn story(run: &RunOutput) -> String {
    let violation = run.findings.violations.first().expect("a violated run has a violation");
    story_of(violation, "") + &also_violated(run)
}

/// Returns the line with the invariants that were violated besides the first one.
pub(super) fn also_violated(run: &RunOutput) -> String {
    let Findings { violations, counts, .. } = &run.findings;
    let first = violations.first().map(|violation| violation.invariant);
    let others = counts.keys().filter(|id| Some(**id) != first).map(|id| id.as_str());
    let others: Vec<_> = others.collect();
    if others.is_empty() {
        return String::new();
    }
    format!("\nalso violated: {}", others.join(", "))
}
