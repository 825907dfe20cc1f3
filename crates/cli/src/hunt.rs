//! `crosswire hunt`: runs many seeds and collects failures.

mod args;
mod combinations;
mod driver;
mod index;
mod minimizing;
mod pages;
mod queue;
mod reporter;
mod resume;
mod shown;

pub(super) use args::HuntArgs;
pub(super) use pages::INDEX;

use super::failure::{Exit, Failure};
use super::output::{FileKind, OutputFile, unreadable, unwritable};
use super::progress;
use super::screen::Screen;
use super::signals;
use super::single_run::program;
use combinations::Combinations;
use crosswire::quiet;
use crosswire::saved::SavedRun;
use crosswire::scenarios::Scenarios;
use crosswire_hunt::baseline::Baseline;
use crosswire_hunt::report::{junit, print};
use crosswire_hunt::{Failed, Hunt, HuntJournal, MOST_LEFT, Tally};
use crosswire_output::format::{counted, printable, quoted};
use crosswire_output::machine;
use crosswire_plan::Seed;
use driver::Driver;
use minimizing::minimize_new;
use pages::Pages;
use reporter::Reporter;
use std::io::ErrorKind;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The number of seeds per combination without `--seeds` and `--for`.
const SEEDS: u64 = 1_000;

/// The directory of the journal without `--out`.
pub(super) const OUT: &str = "crosswire-hunt";

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
    quiet::always();
    let clock = Clock::start(args.for_time);
    let before = journal.tally().runs();
    let mut reporter = Reporter::new(args, known, &stop);
    reporter.pages = Some(Pages::begin(hunt, &journal, &reporter.known)?);
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
    reporter.succeeded()?;
    let runs: Vec<_> = journal.tally().targets.iter().map(|it| it.counts.runs()).collect();
    driver.write_corpus(args, hunt, &runs)?;
    let unminimized = minimize_new(args, &journal, &mut reporter, &stop)?;
    let tally = tally_of(hunt, &journal, complete, &stop);
    print_summary(args, (&tally, &reporter.known, journal.dir()), report.as_ref(), complete)?;
    let again = command_to_resume(args);
    reporter.finish(&tally, if complete { "" } else { &again }, &stop)?;
    Screen::Error.print(&rate)?;
    if !complete {
        let end = hunt.seeds.map_or("its time was up", |_| "all seeds were run");
        Screen::Error.print(&format!("ended before {end}; continue it with: {again}\n"))?;
    }
    Screen::Error.print(&not_minimized(unminimized, complete, &again))?;
    match ended {
        Ok(()) => Ok(tally.verdict().into()),
        Err(failed) => Err(failed.into()),
    }
}

/// Returns the command that continues the hunt.
fn command_to_resume(args: &HuntArgs) -> String {
    let program = quoted(&program());
    let out = match &args.out {
        out if out == Path::new(OUT) => String::new(),
        out => format!(" --out {}", quoted(&out.display().to_string())),
    };
    let time = if args.for_time.is_some() { " --for TIME" } else { "" };
    format!("{program} hunt --resume{out}{time}")
}

/// Says how many findings a signal kept from being minimized.
fn not_minimized(count: u64, complete: bool, resume: &str) -> String {
    if count == 0 {
        return String::new();
    }
    let verb = if count == 1 { "was" } else { "were" };
    let then = if complete {
        format!("{resume} minimizes them")
    } else {
        "the continued hunt minimizes them at its end".to_owned()
    };
    format!("{} {verb} not minimized; {then}\n", counted(count, "new finding"))
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
        target.write(
            junit::xml(tally, known).map_err(|error| unwritable(target.path(), &error))?.as_bytes(),
        )?;
    }
    let summary = if args.json {
        machine::line(&print::Summary::of(tally, complete, Some((known, dir))))?
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

/// Returns the directory of known runs.
fn baseline_dir(args: &HuntArgs) -> &Path {
    args.baseline.as_deref().unwrap_or(Path::new(BASELINE))
}

/// Reads the known runs. A directory that was named must exist.
fn known(args: &HuntArgs) -> Result<Baseline, Failure> {
    if let Some(dir) = &args.baseline
        && !dir.is_dir()
    {
        let found = if dir.exists() { "this is a file" } else { "there is no such directory" };
        let dir = printable(&dir.display().to_string());
        return Err(Failure::input(format!(
            "{dir}: {found}; expected a directory of known runs after --baseline"
        )));
    }
    let dir = baseline_dir(args);
    match SavedRun::files(dir) {
        Ok(files) => Ok(Baseline::of_files(files)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Baseline::default()),
        Err(error) => Err(unreadable(dir, &error)),
    }
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
