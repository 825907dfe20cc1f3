//! `crosswire hunt`: runs many seeds and collects failures.

mod args;
mod combinations;
mod driver;
mod queue;
mod resume;
mod shown;

pub(super) use args::HuntArgs;

use super::failure::{Exit, Failure};
use super::minimize::minimize_to;
use super::output::{FileKind, OutputFile, unreadable, unwritable};
use super::progress::{self, Progress};
use super::screen::{Screen, silence_panics_of_runs};
use super::signals;
use super::single_run::replay_command;
use combinations::Combinations;
use crosswire::catalog;
use crosswire::minimize::Minimize;
use crosswire::saved::SavedRun;
use crosswire::scenarios::Scenarios;
use crosswire_hunt::baseline::Baseline;
use crosswire_hunt::finding::FindingObject;
use crosswire_hunt::report::{junit, print};
use crosswire_hunt::{Failed, FailureKind, Finding, Hunt, HuntJournal, Listener, MOST_LEFT, Tally};
use crosswire_output::format::counted;
use crosswire_output::machine;
use crosswire_output::user_files::within;
use crosswire_plan::Seed;
use driver::Driver;
use std::io::ErrorKind;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The number of seeds per combination without `--seeds` and `--for`.
const SEEDS: u64 = 1_000;

/// The directory of known runs without `--baseline`.
const BASELINE: &str = "scenarios/regressions";

/// Runs a hunt, minimizes what it finds, and prints its summary.
pub(super) fn hunt(args: &HuntArgs) -> Result<Exit, Failure> {
    if let Some(url) = &args.shared.queue {
        return queue::hunt(url, args);
    }
    let Asked { hunt, guided } = &resume::resume(args)?;
    let report = report(args)?;
    let known = known(args)?;
    let mut driver = Driver::begin(args, *guided, hunt)?;
    let mut journal = driver.journal(args, hunt)?;
    let stop = signals::stop()?;
    silence_panics_of_runs();
    let clock = Clock::start(args.for_time);
    let before = journal.tally().runs();
    let mut reporter = Reporter::new(args, known, &stop);
    let progress = shown::of_hunt(hunt, before, args.for_time);
    reporter.progress = Some(progress);
    let over = || stop.load(Ordering::Relaxed) || clock.is_over();
    let ended = driver.run(hunt, &mut journal, &mut reporter, &over);
    reporter.progress = None;
    let rate = match journal.tally().runs() - before {
        0 if hunt.runs() == Some(before) => "all runs were done already\n".to_owned(),
        runs => clock.rate(runs),
    };
    let complete = match hunt.runs() {
        Some(all) => journal.tally().runs() >= all,
        None => clock.is_over(),
    };
    reporter.failed?;
    let runs: Vec<_> = journal.tally().targets.iter().map(|it| it.counts.runs()).collect();
    driver.write_corpus(args, hunt, &runs)?;
    if !args.no_minimize {
        minimize_new(args, &journal, &reporter.known, &stop)?;
    }
    let tally = tally_of(hunt, &journal, complete, &stop);
    print_summary(args, (&tally, &reporter.known, journal.dir()), report.as_ref(), complete)?;
    Screen::Error.print(&rate)?;
    if !complete {
        let end = hunt.seeds.map_or("its time was up", |_| "all seeds were run");
        Screen::Error.print(&format!("ended before {end}; continue it with --resume\n"))?;
    }
    match ended {
        Ok(()) => Ok(tally.verdict().into()),
        Err(failed) => Err(failed.into()),
    }
}

/// Returns the tally of a hunt, with a note on its progress if it is not complete.
fn tally_of(hunt: &Hunt, journal: &HuntJournal, complete: bool, stop: &AtomicBool) -> Tally {
    let tally = journal.tally().clone();
    if complete {
        return tally;
    }
    let unit = match (hunt.targets.len(), hunt.seeds) {
        (1, Some(_)) => "seeds",
        _ => "runs",
    };
    let how = signals::interrupted(tally.runs(), hunt.runs(), unit);
    // Without a signal an error ended the hunt, and the error is printed as well.
    let signalled = stop.load(Ordering::Relaxed);
    let how = if signalled { how } else { how.replacen("interrupted", "ended", 1) };
    tally.cut_short(how, hunt.seeds.map(|_| hunt.seeds_per_target()))
}

/// Checks the file after `--junit`.
fn report(args: &HuntArgs) -> Result<Option<OutputFile>, Failure> {
    match &args.junit {
        Some(path) => OutputFile::new(path, FileKind::JUnit, args.force).map(Some),
        None => Ok(None),
    }
}

/// Writes the JUnit report, and prints the summary and what the findings were compared with.
fn print_summary(
    args: &HuntArgs,
    (tally, known, dir): (&Tally, &Baseline, &Path),
    report: Option<&OutputFile>,
    complete: bool,
) -> Result<(), Failure> {
    if let Some(target) = report {
        target.write(&junit::xml(tally).map_err(|error| unwritable(target.path(), &error))?)?;
    }
    let summary = if args.json {
        machine::line(&print::Summary::of(tally, complete, Some(known)))?
    } else {
        print::summary(tally, known, dir, Screen::Output.layout())
    };
    Screen::Output.print(&summary)?;
    let dir = baseline_dir(args).display();
    Screen::Error.print(&match known.failures() {
        0 => format!("compared with nothing: {dir} has no known runs\n"),
        failures => format!("compared with {} of {dir}\n", counted(failures, "known failure")),
    })
}

/// The hunt that the arguments ask for, completed from its journal if it is resumed.
struct Asked {
    hunt: Hunt,
    guided: bool,
}

/// The seeds of each combination.
struct Seeds {
    from: u64,
    /// The number of seeds; none if the hunt ends when its time is up.
    count: Option<u64>,
}

impl Seeds {
    /// Returns the seeds that the arguments name, if all of them exist. `count` is the number of
    /// seeds of a hunt without a time.
    fn new(args: &HuntArgs, from: Seed, count: Option<NonZeroU64>) -> Result<Self, Failure> {
        let count = match args.for_time {
            Some(_) => None,
            None => Some(count.map_or(SEEDS, NonZeroU64::get)),
        };
        let Seed(from) = from;
        if from.checked_add(count.unwrap_or(1) - 1).is_none() {
            let most = (u64::MAX - from).saturating_add(1);
            return Err(Failure::input(format!(
                "`--from-seed {from}` leaves only {}; expected `--seeds` of at most {most}",
                counted(most, "seed")
            )));
        }
        Ok(Self { from, count })
    }
}

/// Returns the hunt over every combination that the arguments name.
fn hunt_of(args: &HuntArgs) -> Result<Hunt, Failure> {
    let seeds = Seeds::new(args, args.from_seed.unwrap_or(Seed(0)), args.seeds)?;
    let names = Combinations::of(args);
    let threads = progress::threads(args.jobs);
    let targets = names.targets(threads, &mut Scenarios::default())?;
    Ok(Hunt { targets, from: seeds.from, seeds: seeds.count, threads, budget: args.run_timeout })
}

/// Prints findings as they are made.
struct Reporter {
    /// The progress of the hunt while it runs.
    progress: Option<Progress>,
    dir: PathBuf,
    json: bool,
    annotations: bool,
    known: Baseline,
    failed: Result<(), Failure>,
    stop: Arc<AtomicBool>,
}

impl Listener for Reporter {
    fn found(&mut self, finding: &Finding, new: bool) {
        let printed = self.print(finding, new);
        if let (Err(failure), Ok(())) = (printed, &self.failed) {
            self.failed = Err(failure);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn tick(&mut self, tally: &Tally) {
        if let Some(progress) = &self.progress {
            shown::update(progress, tally);
        }
    }
}

impl Reporter {
    /// Prints in the form that the arguments ask for. If printing fails, sets `stop`.
    fn new(args: &HuntArgs, known: Baseline, stop: &Arc<AtomicBool>) -> Self {
        Self {
            progress: None,
            dir: args.out.clone(),
            json: args.json,
            annotations: args.annotations,
            known,
            failed: Ok(()),
            stop: stop.clone(),
        }
    }

    fn print(&self, finding: &Finding, new: bool) -> Result<(), Failure> {
        let dir = &self.dir;
        let known = self.known.file(finding);
        if self.json {
            Screen::Output.print(&machine::line(&FindingObject::new(finding, known))?)?;
        } else if new {
            let (replay, layout) = (replay_command(&finding.again(dir)), Screen::Output.layout());
            Screen::Output.print(&print::announcement(finding, known, (&replay, dir), layout))?;
        }
        if new && self.annotations {
            let screen = if self.json { Screen::Error } else { Screen::Output };
            screen.print(&print::annotation(finding, known, dir))?;
        }
        Ok(())
    }
}

/// Returns the directory of known runs.
fn baseline_dir(args: &HuntArgs) -> &Path {
    args.baseline.as_deref().unwrap_or(Path::new(BASELINE))
}

/// Reads the known runs. A directory that was named must exist.
fn known(args: &HuntArgs) -> Result<Baseline, Failure> {
    if let Some(dir) = &args.baseline
        && !dir.is_dir()
    {
        let dir = dir.display();
        return Err(Failure::input(format!(
            "{dir}: there is no such directory; expected a directory of known runs after --baseline"
        )));
    }
    let dir = baseline_dir(args);
    match SavedRun::files(dir) {
        Ok(files) => Ok(Baseline::of_files(files)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Baseline::default()),
        Err(error) => Err(unreadable(dir, &error)),
    }
}

/// Minimizes the first run of each new signature into a file beside it, unless that file exists.
fn minimize_new(
    args: &HuntArgs,
    journal: &HuntJournal,
    known: &Baseline,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    for sighting in &journal.tally().sightings {
        let FailureKind::Violated = sighting.first.verdict else {
            // A run that panicked or hung has no story.
            continue;
        };
        let Some(file) = &sighting.first.file else { continue };
        let inside = |name: &str| {
            let path = within(journal.dir(), name);
            path.map_err(|why| Failure::input(format!("{}: {why}", journal.dir().display())))
        };
        let path = inside(&format!("{}.small.toml", file.trim_end_matches(".toml")))?;
        let file = inside(file)?;
        if known.file(&sighting.first).is_some() || path.exists() || stop.load(Ordering::Relaxed) {
            continue;
        }
        let saved = SavedRun::read(&file)?;
        let Some(shows) = saved.shows() else { continue };
        if shows.is_a_hang() {
            continue;
        }
        let client = catalog::client(&saved.plan.client.name)?;
        let budget = args.minimize;
        let job = Minimize { plan: &saved.plan, client: &client, shows: &shows, budget };
        if !Screen::Error.is_terminal() {
            let (file, budget) = (file.display(), humantime::format_duration(budget));
            Screen::Error.print(&format!("minimizing {file}, for up to {budget} of CPU time\n"))?;
        }
        let out = OutputFile::new(&path, FileKind::SavedRun, false)?;
        let case = minimize_to(&job, &out, None, stop)?;
        let requests = case.requests.map(|requests| format!(": {requests} requests"));
        let replay = replay_command(&out.path().display().to_string());
        Screen::Error.print(&format!("{replay}{}\n", requests.unwrap_or_default()))?;
        if case.stopped {
            let note =
                "interrupted: this is the smallest case so far; `crosswire minimize` continues";
            Screen::Error.print(&format!("{note}\n"))?;
        }
    }
    Ok(())
}

/// The wall time of a hunt.
struct Clock {
    began: Instant,
    limit: Option<Duration>,
}

#[expect(clippy::disallowed_methods, reason = "how long a hunt takes is real time")]
impl Clock {
    fn start(limit: Option<Duration>) -> Self {
        Self { began: Instant::now(), limit }
    }

    fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.began.elapsed() >= limit)
    }

    fn rate(&self, runs: u64) -> String {
        let seconds = self.began.elapsed().as_secs_f64();
        let rate = runs as f64 / seconds.max(0.001);
        format!("{} in {seconds:.1} s: {rate:.1} a second\n", counted(runs, "run"))
    }
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        let advice = match failed {
            Failed::Unwritable { .. } => "fix that, and continue with --resume".to_owned(),
            Failed::Lost(_) => {
                "continue when the queue is reachable again; results that it has are kept"
                    .to_owned()
            }
            Failed::Differs(_) => {
                "run it here with --check-determinism; all other results are kept".to_owned()
            }
            Failed::TooManyLeft(_) => {
                format!(
                    "expected at most {MOST_LEFT}; run one of them by itself, or raise --run-timeout"
                )
            }
        };
        Self::Harness(failed.to_string()).followed_by(&advice)
    }
}
