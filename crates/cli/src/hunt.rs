//! `crosswire hunt`: seeds by the million, and what was found, kept.

mod args;
mod bar;
mod player;
mod queue;
mod resume;

pub(super) use args::HuntArgs;

use super::failure::{Exit, Failure};
use super::output::{Sort, Target, unwritable};
use super::play::again;
use super::run::scenario;
use super::screen::{Screen, runs_panic_quietly};
use super::shrink::shrunk;
use super::signals;
use super::{progress, room};
use bar::Bar;
use crosswire::catalog;
use crosswire::minimize::Minimize;
use crosswire::saved::SavedRun;
use crosswire_hunt::finding::Told;
use crosswire_hunt::known::Known;
use crosswire_hunt::{Failed, Finding, Ground, Hunt, Journal, Listener, MOST_LEFT, Tally, Trouble};
use crosswire_hunt::{junit, print};
use crosswire_output::files::within;
use crosswire_output::machine;
use crosswire_output::text::counted;
use player::Player;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many seeds a combination gets if nothing is said.
const SEEDS: u64 = 1_000;

/// Where what is known is if nothing is said.
const KNOWN: &str = "scenarios/regressions";

/// Hunts for what is wanted.
pub(super) fn hunt(wanted: &HuntArgs) -> Result<Exit, Failure> {
    if let Some(url) = &wanted.shared.queue {
        return queue::hunt(url, wanted);
    }
    let (wanted, hunt) = &resume::asked(wanted)?;
    let report = report(wanted)?;
    let known = known(wanted)?;
    let mut player = Player::begin(wanted, hunt)?;
    let mut journal = player.journal(wanted, hunt)?;
    let stop = signals::stop()?;
    runs_panic_quietly();
    let clock = Clock::start(wanted.for_time);
    let before = journal.tally().runs();
    let bar = Bar::new(hunt, before, wanted.for_time);
    let mut teller = Teller::new(wanted, known, bar, &stop);
    let over = || stop.load(Ordering::Relaxed) || clock.is_over();
    let ended = player.play(hunt, &mut journal, &mut teller, &over);
    teller.bar.clear();
    let rate = clock.rate(journal.tally().runs() - before);
    let complete = match hunt.runs() {
        Some(all) => journal.tally().runs() >= all,
        None => clock.is_over(),
    };
    teller.failed?;
    let runs: Vec<_> = journal.tally().grounds.iter().map(|it| it.counts.runs()).collect();
    player.end(wanted, hunt, &runs)?;
    if !wanted.no_shrink {
        make_small(wanted, &journal, &teller.known, &stop)?;
    }
    let tally = told(hunt, &journal, complete, &stop);
    tell(wanted, (&tally, journal.dir()), report.as_ref(), complete)?;
    Screen::Error.print(&rate)?;
    if !complete {
        let what = hunt.seeds.map_or("its time was up", |_| "all seeds were played");
        Screen::Error.print(&format!("ended before {what}; go on: --resume\n"))?;
    }
    match ended {
        Ok(()) => Ok(tally.verdict().into()),
        Err(failed) => Err(failed.into()),
    }
}

/// What a hunt has come to, and how far it had come if it is not complete.
fn told(hunt: &Hunt, journal: &Journal, complete: bool, stop: &AtomicBool) -> Tally {
    let tally = journal.tally().clone();
    if complete {
        return tally;
    }
    let what = match (hunt.grounds.len(), hunt.seeds) {
        (1, Some(_)) => "seeds",
        _ => "runs",
    };
    let how = signals::interrupted(tally.runs(), hunt.runs(), what);
    // One that could not go on says why besides.
    let asked = stop.load(Ordering::Relaxed);
    let how = if asked { how } else { how.replacen("interrupted", "ended", 1) };
    tally.cut_short(how, hunt.seeds.map(|_| hunt.seeds_of_a_ground()))
}

/// The file that a report is to be written to.
fn report(wanted: &HuntArgs) -> Result<Option<Target>, Failure> {
    let path = wanted.junit.as_ref();
    path.map(|path| Target::new(path, Sort::JUnit, wanted.force)).transpose()
}

/// Prints what the hunt has come to, and for machines whether that is all it was to do.
fn tell(
    wanted: &HuntArgs,
    (tally, dir): (&Tally, &Path),
    report: Option<&Target>,
    complete: bool,
) -> Result<(), Failure> {
    if let Some(target) = report {
        target.write(&junit::xml(tally).map_err(|error| unwritable(target.path(), &error))?)?;
    }
    let told = if wanted.json {
        machine::line(&print::Summary::of(tally, complete))?
    } else {
        print::summary(tally, dir, Screen::Output.paint())
    };
    Screen::Output.print(&told)
}

/// The hunt that the arguments stand for: each combination of what they name.
fn wanted_hunt(wanted: &HuntArgs) -> Result<Hunt, Failure> {
    let seeds = wanted.seeds.map_or(SEEDS, Into::into);
    let seeds = wanted.for_time.is_none().then_some(seeds);
    let from = wanted.from_seed.map_or(0, |seed| seed.0);
    if from.checked_add(seeds.unwrap_or(1) - 1).is_none() {
        let most = (u64::MAX - from).saturating_add(1);
        return Err(Failure::input(format!(
            "from seed {from} on there are only so many seeds: {most}; expected no more after --seeds"
        )));
    }
    let threads = progress::threads(wanted.jobs);
    Ok(Hunt { grounds: grounds(wanted)?, from, seeds, threads, budget: wanted.budget })
}

fn grounds(wanted: &HuntArgs) -> Result<Vec<Ground>, Failure> {
    let defences = defences(&wanted.defences)?;
    let (mut grounds, mut names) = (Vec::new(), BTreeSet::new());
    for named in &wanted.scenarios {
        let scenario = scenario(named)?;
        room::for_scenario(named, &scenario, progress::threads(wanted.jobs))?;
        let mut ground = Ground::of(named, scenario)?;
        if let Some(defences) = &defences {
            ground = ground.defences(defences)?;
        }
        for ground in with_services(with_clients(vec![ground], wanted)?, wanted)? {
            // What is named twice is hunted once.
            if names.insert(ground.name().words()) {
                grounds.push(ground);
            }
        }
    }
    Ok(grounds)
}

fn with_clients(grounds: Vec<Ground>, wanted: &HuntArgs) -> Result<Vec<Ground>, Failure> {
    if wanted.clients.is_empty() {
        return Ok(grounds);
    }
    let mut all = Vec::new();
    for ground in grounds {
        for name in &wanted.clients {
            all.push(ground.clone().client(catalog::client(name)?));
        }
    }
    Ok(all)
}

fn with_services(grounds: Vec<Ground>, wanted: &HuntArgs) -> Result<Vec<Ground>, Failure> {
    if wanted.services.is_empty() {
        return Ok(grounds);
    }
    let mut all = Vec::new();
    for ground in grounds {
        for name in &wanted.services {
            all.push(ground.clone().service(name)?);
        }
    }
    Ok(all)
}

/// The defences that were said, if any were; an empty list for `none`.
fn defences(said: &[String]) -> Result<Option<Vec<String>>, Failure> {
    (!said.is_empty()).then(|| super::sets::defences(said)).transpose()
}

/// Prints what is found.
struct Teller {
    bar: Bar,
    dir: PathBuf,
    json: bool,
    annotations: bool,
    known: Known,
    failed: Result<(), Failure>,
    stop: Arc<AtomicBool>,
}

impl Listener for Teller {
    fn found(&mut self, finding: &Finding, new: bool) {
        let told = self.bar.aside(|| self.told(finding, new));
        if let (Err(failure), Ok(())) = (told, &self.failed) {
            self.failed = Err(failure);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn tick(&mut self, tally: &Tally) {
        self.bar.tick(tally);
    }
}

impl Teller {
    /// Tells as is wanted; if that fails, it stops the hunt.
    fn new(wanted: &HuntArgs, known: Known, bar: Bar, stop: &Arc<AtomicBool>) -> Self {
        Self {
            bar,
            dir: wanted.out.clone(),
            json: wanted.json,
            annotations: wanted.annotations,
            known,
            failed: Ok(()),
            stop: stop.clone(),
        }
    }

    fn told(&self, finding: &Finding, new: bool) -> Result<(), Failure> {
        let dir = &self.dir;
        let known = self.known.file(finding);
        if self.json {
            Screen::Output.print(&machine::line(&Told::new(finding, known))?)?;
        } else if new {
            let (again, paint) = (again(&finding.again(dir)), Screen::Output.paint());
            Screen::Output.print(&print::announcement(finding, known, (&again, dir), paint))?;
        }
        if new && self.annotations {
            let screen = if self.json { Screen::Error } else { Screen::Output };
            screen.print(&print::annotation(finding, known, dir))?;
        }
        Ok(())
    }
}

/// What is known; a directory that was named must be there.
fn known(wanted: &HuntArgs) -> Result<Known, Failure> {
    if let Some(dir) = wanted.known.as_ref().filter(|dir| !dir.is_dir()) {
        let dir = dir.display();
        return Err(Failure::input(format!(
            "{dir}: there is no such directory; expected one of known runs after --known"
        )));
    }
    let dir = wanted.known.as_deref().unwrap_or(Path::new(KNOWN));
    Ok(Known::of_dir(dir)?)
}

/// Makes the first run of each new signature small, in a file beside it, unless it is there.
fn make_small(
    wanted: &HuntArgs,
    journal: &Journal,
    known: &Known,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    for sighting in &journal.tally().sightings {
        // A run that came to no end cannot be told.
        let violated = sighting.first.verdict == Trouble::Violated;
        let Some(file) = sighting.first.file.as_ref().filter(|_| violated) else { continue };
        let inside = |name: &str| {
            let path = within(journal.dir(), name);
            path.map_err(|why| Failure::input(format!("{}: {why}", journal.dir().display())))
        };
        let small = inside(&format!("{}.small.toml", file.trim_end_matches(".toml")))?;
        let file = inside(file)?;
        if known.file(&sighting.first).is_some() || small.exists() || stop.load(Ordering::Relaxed) {
            continue;
        }
        let saved = SavedRun::read(&file)?;
        let Some(shows) = saved.shows().filter(|shows| !shows.is_a_hang()) else { continue };
        let client = catalog::client(&saved.plan.client.name)?;
        let budget = wanted.shrink;
        let shrink = Minimize { plan: &saved.plan, client: &client, shows: &shows, budget };
        if !Screen::Error.is_terminal() {
            let (file, budget) = (file.display(), humantime::format_duration(budget));
            Screen::Error.print(&format!("minimizing {file}, for up to {budget} of CPU time\n"))?;
        }
        let small = Target::new(&small, Sort::SavedRun, false)?;
        let made = shrunk(&shrink, &small, None, stop)?;
        let requests = made.requests.map(|requests| format!(": {requests} requests"));
        let again = again(&small.path().display().to_string());
        Screen::Error.print(&format!("{again}{}\n", requests.unwrap_or_default()))?;
        if made.stopped {
            let go_on =
                "interrupted: this is the smallest so far, and `crosswire shrink` goes on with it";
            Screen::Error.print(&format!("{go_on}\n"))?;
        }
    }
    Ok(())
}

/// The time of the world outside.
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
            Failed::Unwritable { .. } => "mend that, and go on: --resume".to_owned(),
            Failed::Lost(_) => "what was kept there is right; go on when it is back".to_owned(),
            Failed::Differs(_) => {
                "play it here: --check-determinism; what all others came to is kept".to_owned()
            }
            Failed::TooManyLeft(_) => {
                format!(
                    "expected at most {MOST_LEFT}; play one of them by itself, or --budget more"
                )
            }
        };
        Self::Harness(failed.to_string()).followed_by(&advice)
    }
}
