//! Announces, joins, collects, shows and forgets shared hunts.

use super::super::{
    Clock, OutputFile, Pages, Reporter, hunt_of, known, minimize_new, print_summary, report, shown,
};
use super::{Exit, Failure, HuntArgs, QueueArgs};
use crate::progress::{self, Progress};
use crate::screen::Screen;
use crate::single_run::program;
use crate::{memory_check, signals};
use crosswire::quiet;
use crosswire_hunt::journal::FILE;
use crosswire_hunt::queue::{self, BadQueue, MOST_TRIES, Server, SharedHunt};
use crosswire_hunt::shared::manifest::Manifest;
use crosswire_hunt::shared::progress::Progress as SharedProgress;
use crosswire_hunt::shared::ranges::{sizes, work};
use crosswire_hunt::{Finding, Hunt, HuntJournal, Listener, Tally};
use crosswire_output::format::{counted, quoted};
use crosswire_output::machine;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The name of a hunt without `--name`.
const NAME: &str = "hunt";

/// The time between two looks for the next hunt.
const POLL: Duration = Duration::from_secs(2);

/// Announces, joins, collects, shows or forgets a shared hunt.
pub(super) fn hunt(url: &str, args: &HuntArgs) -> Result<Exit, Failure> {
    let QueueArgs { collect, status, forget, .. } = args.shared;
    if !args.scenarios.is_empty() {
        return announced(url, args);
    }
    if args.resume && !collect {
        return Err(Failure::input("--resume continues an announced hunt; expected its scenarios"));
    }
    let server = Server::connect(url)?;
    match &args.shared.name {
        Some(name) if forget => {
            server.open(name)?;
            server.forget(name)?;
            Screen::Error.print(&format!("{name}: forgotten\n"))?;
            Ok(Exit::Clean)
        }
        _ if status => {
            print_progress(args, &the_one(&server, args)?.progress()?).map(|()| Exit::Clean)
        }
        _ if collect => {
            let shared = the_one(&server, args)?;
            let report = report(args)?;
            let mut journal = journal(args, shared.hunt())?;
            let stop = signals::stop()?;
            collected(args, &shared, (&mut journal, report.as_ref()), &stop)
        }
        _ => joined(&server, args),
    }
}

/// Announces the hunt. Works on it until it is done, unless `--announce` leaves the work to others.
fn announced(url: &str, args: &HuntArgs) -> Result<Exit, Failure> {
    if args.for_time.is_some() {
        let why =
            "an announced hunt has a number of seeds and no time: use --seeds N instead of --for";
        return Err(Failure::input(why));
    }
    let hunt = hunt_of(args)?;
    let report = report(args)?;
    let name = args.shared.name.as_deref().unwrap_or(NAME);
    let server = Server::connect(url)?;
    if !args.resume {
        server.is_free(name)?;
    }
    let mut journal = if args.shared.announce { None } else { Some(journal(args, &hunt)?) };
    quiet::always();
    let sizes = match args.shared.range {
        Some(size) => vec![size.get(); hunt.targets.len()],
        None => sizes(&hunt),
    };
    let manifest = Manifest::new(&hunt, sizes, args.shared.lease);
    let manifest = manifest.map_err(|bad| Failure::Input(miette::Report::new(bad)))?;
    let shared = Arc::new(server.announce(name, &manifest, args.resume)?);
    shared.of_this_build()?;
    shared.fill()?;
    let join = format!("{} hunt --queue URL", quoted(&program()));
    Screen::Error.print(&format!("{name}: announced; others join with: {join}\n"))?;
    let Some(journal) = &mut journal else { return Ok(Exit::Clean) };
    let stop = signals::stop()?;
    worked(args, &shared, None, &|| stop.load(Ordering::Relaxed))?;
    collected(args, &shared, (journal, report.as_ref()), &stop)
}

/// Begins the journal in the directory after `--out`, or resumes an existing one with `--resume` or
/// `--collect`.
fn journal(args: &HuntArgs, hunt: &Hunt) -> Result<HuntJournal, Failure> {
    let there = args.out.join(FILE).exists();
    let resumes = there && (args.resume || args.shared.collect);
    Ok(if resumes { HuntJournal::resume } else { HuntJournal::begin }(&args.out, hunt)?)
}

/// Writes the findings so far as a hunt without a queue would, and prints the summary.
fn collected(
    args: &HuntArgs,
    shared: &SharedHunt,
    (journal, report): (&mut HuntJournal, Option<&OutputFile>),
    stop: &Arc<AtomicBool>,
) -> Result<Exit, Failure> {
    shared.of_this_build()?;
    quiet::always();
    let progress = shared.progress()?;
    let mut reporter = Reporter::new(args, known(args)?, stop);
    reporter.pages = Some(Pages::begin(&progress.hunt, journal, &reporter.known)?);
    reporter.progress = Some(shown::of_hunt(&progress.hunt, 0, None));
    let written = progress.merged.write(&progress.hunt, journal, &mut reporter);
    reporter.progress = None;
    reporter.succeeded()?;
    let unminimized = minimize_new(args, journal, &mut reporter, stop)?;
    let tally = journal.tally().clone();
    let tally = match progress.cut_short() {
        Some(how) => tally.cut_short(how, Some(progress.hunt.seeds_per_target())),
        None => tally,
    };
    print_summary(args, (&tally, &reporter.known, journal.dir()), report, progress.is_over())?;
    reporter.finish(&tally, "", stop)?;
    written?;
    if !progress.is_over() {
        let (all, done) = (progress.ranges, progress.merged.done.len());
        Screen::Error.print(&format!(
            "{done} of {all} ranges are done; collect the others later with --collect\n"
        ))?;
    }
    if unminimized > 0 {
        let findings = counted(unminimized, "new finding");
        Screen::Error
            .print(&format!("not minimized: {findings}; collect again with --collect\n"))?;
    }
    let given_up: Vec<_> = progress.merged.given_up.iter().map(|r| progress.words(r)).collect();
    if !given_up.is_empty() {
        return Err(Failure::Harness(format!(
            "{MOST_TRIES} workers took each of these ranges and none finished it:\n  {}\nrun them \
             here to see what ends the process: the same hunt with --resume, without --queue",
            given_up.join("\n  ")
        )));
    }
    Ok(tally.verdict().into())
}

/// Works on a hunt until it is over or `stop` returns true. `reporter`, if given, prints findings.
fn worked(
    args: &HuntArgs,
    shared: &Arc<SharedHunt>,
    reporter: Option<&mut Reporter>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Failure> {
    let worker = queue::Worker::new(shared.clone(), progress::threads(args.jobs))?;
    let hunt = worker.hunt();
    for target in &hunt.targets {
        memory_check::for_scenario(&target.name().scenario, target.scenario(), hunt.threads)?;
    }
    let clock = Clock::start(None);
    let progress = shown::of_worker(args.for_time);
    let mut listener = Worker { progress, reporter, runs: 0 };
    let ended = work(&hunt, &worker, &mut listener, stop);
    let Worker { progress, runs, .. } = listener;
    drop(progress);
    Screen::Error.print(&clock.rate(runs))?;
    Ok(ended?)
}

/// Works on announced hunts, one after the other.
fn joined(server: &Server, args: &HuntArgs) -> Result<Exit, Failure> {
    let stop = signals::stop()?;
    quiet::always();
    let clock = Clock::start(args.for_time);
    let over = || stop.load(Ordering::Relaxed) || clock.is_over();
    let (mut last, mut passed) = (None, BTreeMap::new());
    while !over() {
        match next_hunt(server, args, &mut passed)? {
            Some(shared) => {
                let shared = Arc::new(shared);
                let mut reporter = Reporter::new(args, known(args)?, &stop);
                match worked(args, &shared, Some(&mut reporter), &over) {
                    Err(_) if stays_without(server, args, shared.name())? => continue,
                    ended => ended?,
                }
                reporter.succeeded()?;
                last = Some(shared);
            }
            None if args.shared.stay => wait(&stop),
            None => break,
        }
    }
    match (last, passed.pop_first()) {
        (Some(shared), _) => summed_up(args, &shared),
        (None, _) if args.shared.stay => Ok(Exit::Clean),
        (None, _) if over() => Ok(Exit::Inconclusive),
        (None, Some((_, bad))) => Err(bad.into()),
        // The hunt is over, or no hunt is announced.
        (None, None) => summed_up(args, &the_one(server, args)?),
    }
}

/// Returns whether the worker goes on to the next hunt after an error, because this hunt was
/// removed from the server.
fn stays_without(server: &Server, args: &HuntArgs, name: &str) -> Result<bool, Failure> {
    if !args.shared.stay || server.hunts()?.iter().any(|there| there == name) {
        return Ok(false);
    }
    Screen::Error.print(&format!("{name}: no longer on the server\n"))?;
    Ok(true)
}

/// Returns the oldest hunt that is not over and may be joined. Passes over hunts of other builds.
fn next_hunt(
    server: &Server,
    args: &HuntArgs,
    passed: &mut BTreeMap<String, BadQueue>,
) -> Result<Option<SharedHunt>, Failure> {
    for name in server.hunts()? {
        let other = args.shared.name.as_ref().is_some_and(|only| *only != name);
        if other || passed.contains_key(&name) {
            continue;
        }
        let opened = server.open(&name).and_then(|shared| {
            shared.of_this_build()?;
            Ok((shared.is_finished()?, shared))
        });
        match opened {
            Ok((false, shared)) => return Ok(Some(shared)),
            Ok((true, _)) => {}
            Err(bad) => {
                if args.shared.stay {
                    Screen::Error.print(&format!("passed over: {bad}\n"))?;
                }
                passed.insert(name, bad);
            }
        }
    }
    Ok(None)
}

/// Returns the hunt after `--name`, or the only one.
fn the_one(server: &Server, args: &HuntArgs) -> Result<SharedHunt, Failure> {
    if let Some(name) = &args.shared.name {
        return Ok(server.open(name)?);
    }
    match &server.hunts()?[..] {
        [only] => Ok(server.open(only)?),
        [] => {
            let help = "announce one: crosswire hunt SCENARIO --queue URL";
            Err(Failure::Input(miette::miette!(
                help = help,
                "{}: no hunt is announced",
                server.place()
            )))
        }
        several => {
            let help = format!("choose one with --name NAME: {}", several.join(", "));
            let message = format!("{}: there are {} hunts", server.place(), several.len());
            Err(Failure::Input(miette::miette!(help = help, "{message}")))
        }
    }
}

/// Prints the progress of a hunt after the work on it.
fn summed_up(args: &HuntArgs, shared: &SharedHunt) -> Result<Exit, Failure> {
    let progress = shared.progress()?;
    print_progress(args, &progress)?;
    Ok(progress.verdict().into())
}

fn print_progress(args: &HuntArgs, progress: &SharedProgress) -> Result<(), Failure> {
    let text = if args.json {
        progress.status(|status| machine::line(status))?
    } else {
        progress.to_text(Screen::Output.layout())
    };
    Screen::Output.print(&text)
}

#[expect(clippy::disallowed_methods, reason = "nothing is simulated while a worker waits")]
fn wait(stop: &AtomicBool) {
    let moment = Duration::from_millis(100);
    for _ in 0..POLL.as_millis() / moment.as_millis() {
        if !stop.load(Ordering::Relaxed) {
            std::thread::sleep(moment);
        }
    }
}

/// Counts this worker's runs and passes its findings on.
struct Worker<'a> {
    progress: Progress,
    reporter: Option<&'a mut Reporter>,
    runs: u64,
}

impl Listener for Worker<'_> {
    fn found(&mut self, finding: &Finding, new: bool) {
        if let Some(reporter) = &mut self.reporter {
            reporter.found(finding, new);
        }
    }

    fn tick(&mut self, tally: &Tally) {
        self.runs = tally.runs();
        shown::update(&self.progress, tally);
    }
}

impl From<BadQueue> for Failure {
    fn from(bad: BadQueue) -> Self {
        Self::Input(miette::Report::new(bad))
    }
}
