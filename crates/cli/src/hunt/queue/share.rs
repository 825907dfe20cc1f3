//! The commands for a hunt that is shared: announce, join, collect, see how far it is, forget.

use super::super::{
    Bar, Clock, Target, Teller, known, make_small, report, runs_panic_quietly, tell, wanted_hunt,
};
use super::{Exit, Failure, HuntArgs, QueueArgs};
use crate::play::program;
use crate::screen::Screen;
use crate::{progress, room, signals};
use crosswire_hunt::announced::Announced;
use crosswire_hunt::journal::FILE;
use crosswire_hunt::progress::Progress;
use crosswire_hunt::queue::{BadQueue, Desk, MOST_TRIES, Server, Shared};
use crosswire_hunt::ranges::{sizes, work};
use crosswire_hunt::{Finding, Hunt, Journal, Listener, Tally};
use crosswire_output::machine;
use crosswire_output::text::quoted;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a hunt is called if nothing is said.
const NAME: &str = "hunt";

/// How often a worker that waits looks for the next hunt.
const LOOK: Duration = Duration::from_secs(2);

/// Does what is wanted of a queue.
pub(super) fn hunt(url: &str, wanted: &HuntArgs) -> Result<Exit, Failure> {
    let QueueArgs { collect, status, forget, .. } = wanted.shared;
    if !wanted.scenarios.is_empty() {
        return announced(url, wanted);
    }
    if wanted.resume && !collect {
        return Err(Failure::input("--resume goes on with a hunt that is announced; name what"));
    }
    let server = Server::connect(url)?;
    match &wanted.shared.name {
        Some(name) if forget => {
            server.open(name)?;
            server.forget(name)?;
            Screen::Error.print(&format!("{name}: forgotten\n"))?;
            Ok(Exit::Clean)
        }
        _ if status => told(wanted, &the_one(&server, wanted)?.progress()?).map(|()| Exit::Clean),
        _ if collect => {
            let shared = the_one(&server, wanted)?;
            let report = report(wanted)?;
            let mut journal = journal(wanted, shared.hunt())?;
            let stop = signals::stop()?;
            collected(wanted, &shared, (&mut journal, report.as_ref()), &stop)
        }
        _ => joined(&server, wanted),
    }
}

/// Announces the hunt and, unless others are to do it, works on it until all is done.
fn announced(url: &str, wanted: &HuntArgs) -> Result<Exit, Failure> {
    if wanted.for_time.is_some() {
        let why = "a hunt that is announced is over a number of seeds: --seeds N, and not --for";
        return Err(Failure::input(why));
    }
    let hunt = wanted_hunt(wanted)?;
    let report = report(wanted)?;
    let name = wanted.shared.name.as_deref().unwrap_or(NAME);
    let server = Server::connect(url)?;
    if !wanted.resume {
        server.is_free(name)?;
    }
    let mut journal = (!wanted.shared.announce).then(|| journal(wanted, &hunt)).transpose()?;
    runs_panic_quietly();
    let sizes = match wanted.shared.range {
        Some(size) => vec![size.get(); hunt.grounds.len()],
        None => sizes(&hunt),
    };
    let announced = Announced::new(&hunt, sizes, wanted.shared.lease);
    let announced = announced.map_err(|bad| Failure::Input(miette::Report::new(bad)))?;
    let shared = Arc::new(server.announce(name, &announced, wanted.resume)?);
    shared.of_this_build()?;
    shared.fill()?;
    let join = format!("{} hunt --queue URL", quoted(&program()));
    Screen::Error.print(&format!("{name}: announced; others join with: {join}\n"))?;
    let Some(journal) = &mut journal else { return Ok(Exit::Clean) };
    let stop = signals::stop()?;
    worked(wanted, &shared, None, &|| stop.load(Ordering::Relaxed))?;
    collected(wanted, &shared, (journal, report.as_ref()), &stop)
}

/// The journal in the directory that was named: the one that is there, if it is to be gone on with.
fn journal(wanted: &HuntArgs, hunt: &Hunt) -> Result<Journal, Failure> {
    let there = wanted.out.join(FILE).exists();
    let resumes = there && (wanted.resume || wanted.shared.collect);
    Ok(if resumes { Journal::resume } else { Journal::begin }(&wanted.out, hunt)?)
}

/// Writes down what has been found as a hunt without a queue would have, and sums it up.
fn collected(
    wanted: &HuntArgs,
    shared: &Shared,
    (journal, report): (&mut Journal, Option<&Target>),
    stop: &Arc<AtomicBool>,
) -> Result<Exit, Failure> {
    shared.of_this_build()?;
    runs_panic_quietly();
    let progress = shared.progress()?;
    let mut teller = Teller::new(wanted, known(wanted)?, Bar::new(&progress.hunt, 0, None), stop);
    let written = progress.gathered.write(&progress.hunt, journal, &mut teller);
    teller.bar.clear();
    teller.failed?;
    if !wanted.no_shrink {
        make_small(wanted, journal, &teller.known, stop)?;
    }
    let tally = journal.tally().clone();
    let tally = match progress.cut_short() {
        Some(how) => tally.cut_short(how, Some(progress.hunt.seeds_of_a_ground())),
        None => tally,
    };
    tell(wanted, (&tally, journal.dir()), report, progress.is_over())?;
    written?;
    if !progress.is_over() {
        let (all, done) = (progress.ranges, progress.gathered.done.len());
        Screen::Error.print(&format!(
            "{done} of {all} ranges are done; collect the rest later: --collect\n"
        ))?;
    }
    let given_up: Vec<_> = progress.gathered.given_up.iter().map(|r| progress.words(r)).collect();
    if !given_up.is_empty() {
        return Err(Failure::Harness(format!(
            "{MOST_TRIES} workers took each of these and none got through:\n  {}\nplay them here, \
             and see what ends the process: the same hunt without --queue, with --resume",
            given_up.join("\n  ")
        )));
    }
    Ok(tally.verdict().into())
}

/// Works on a hunt until it is over or `stop` says so; findings are told by `teller`, if there is one.
fn worked(
    wanted: &HuntArgs,
    shared: &Arc<Shared>,
    teller: Option<&mut Teller>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Failure> {
    let desk = Desk::new(shared.clone(), progress::threads(wanted.jobs))?;
    let hunt = desk.hunt();
    for ground in &hunt.grounds {
        room::for_scenario(&ground.name().scenario, ground.scenario(), hunt.threads)?;
    }
    let clock = Clock::start(None);
    let bar = Bar::new(&Hunt { seeds: None, ..hunt.clone() }, 0, wanted.for_time);
    let mut listener = Worker { bar, teller, runs: 0 };
    let ended = work(&hunt, &desk, &mut listener, stop);
    listener.bar.clear();
    Screen::Error.print(&clock.rate(listener.runs))?;
    Ok(ended?)
}

/// Works on what is announced, one hunt after the other.
fn joined(server: &Server, wanted: &HuntArgs) -> Result<Exit, Failure> {
    let stop = signals::stop()?;
    runs_panic_quietly();
    let clock = Clock::start(wanted.for_time);
    let over = || stop.load(Ordering::Relaxed) || clock.is_over();
    let (mut last, mut passed) = (None, BTreeMap::new());
    while !over() {
        match next_hunt(server, wanted, &mut passed)? {
            Some(shared) => {
                let shared = Arc::new(shared);
                let bar = Bar::new(shared.hunt(), 0, None);
                let mut teller = Teller::new(wanted, known(wanted)?, bar, &stop);
                match worked(wanted, &shared, Some(&mut teller), &over) {
                    Err(_) if stays_without(server, wanted, shared.name())? => continue,
                    ended => ended?,
                }
                teller.failed?;
                last = Some(shared);
            }
            None if wanted.shared.stay => wait(&stop),
            None => break,
        }
    }
    match (last, passed.pop_first()) {
        (Some(shared), _) => summed_up(wanted, &shared),
        (None, _) if wanted.shared.stay => Ok(Exit::Clean),
        (None, _) if over() => Ok(Exit::Inconclusive),
        (None, Some((_, bad))) => Err(bad.into()),
        // It is over, or there is none.
        (None, None) => summed_up(wanted, &the_one(server, wanted)?),
    }
}

/// Whether the worker waits for the next hunt though this one has come to nothing: somebody has
/// thrown it away.
fn stays_without(server: &Server, wanted: &HuntArgs, name: &str) -> Result<bool, Failure> {
    if !wanted.shared.stay || server.hunts()?.iter().any(|there| there == name) {
        return Ok(false);
    }
    Screen::Error.print(&format!("{name}: is there no more\n"))?;
    Ok(true)
}

/// The oldest hunt that is not over, of those that may be joined. What cannot be joined, because it is
/// another build's, is passed over.
fn next_hunt(
    server: &Server,
    wanted: &HuntArgs,
    passed: &mut BTreeMap<String, BadQueue>,
) -> Result<Option<Shared>, Failure> {
    for name in server.hunts()? {
        let other = wanted.shared.name.as_ref().is_some_and(|only| *only != name);
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
                if wanted.shared.stay {
                    Screen::Error.print(&format!("passed over: {bad}\n"))?;
                }
                passed.insert(name, bad);
            }
        }
    }
    Ok(None)
}

/// The hunt that was named, or the only one.
fn the_one(server: &Server, wanted: &HuntArgs) -> Result<Shared, Failure> {
    if let Some(name) = &wanted.shared.name {
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
            let help = format!("say which: --name NAME, of {}", several.join(", "));
            let message = format!("{}: there are {} hunts", server.place(), several.len());
            Err(Failure::Input(miette::miette!(help = help, "{message}")))
        }
    }
}

/// Prints how far a hunt has come, in the end of the work on it.
fn summed_up(wanted: &HuntArgs, shared: &Shared) -> Result<Exit, Failure> {
    let progress = shared.progress()?;
    told(wanted, &progress)?;
    Ok(progress.verdict().into())
}

fn told(wanted: &HuntArgs, progress: &Progress) -> Result<(), Failure> {
    let text = if wanted.json {
        progress.status(|status| machine::line(status))?
    } else {
        progress.to_text(Screen::Output.paint())
    };
    Screen::Output.print(&text)
}

#[expect(clippy::disallowed_methods, reason = "nothing is simulated while a worker waits")]
fn wait(stop: &AtomicBool) {
    let moment = Duration::from_millis(100);
    for _ in 0..LOOK.as_millis() / moment.as_millis() {
        if !stop.load(Ordering::Relaxed) {
            std::thread::sleep(moment);
        }
    }
}

/// Listens to what this worker plays.
struct Worker<'a> {
    bar: Bar,
    teller: Option<&'a mut Teller>,
    runs: u64,
}

impl Listener for Worker<'_> {
    fn found(&mut self, finding: &Finding, new: bool) {
        if let Some(teller) = &mut self.teller {
            self.bar.aside(|| teller.found(finding, new));
        }
    }

    fn tick(&mut self, tally: &Tally) {
        self.runs = tally.runs();
        self.bar.tick(tally);
    }
}

impl From<BadQueue> for Failure {
    fn from(bad: BadQueue) -> Self {
        Self::Input(miette::Report::new(bad))
    }
}
