//! Plays a plan: builds its world, lets the storm pass, and hands the history to the checkers.
//!
//! Each run has a thread of its own. Thread-local state, and the order of hash maps that
//! libraries may use, would otherwise leak from one run into the next; and a panic in the code
//! under test ends that run alone.

pub mod bounds;
pub mod coverage;
mod nemesis;
mod world;

pub use world::{declared_cached_ms, declared_stale_ms};

use bounds::bounds_of;
use crosswire_cache::{Connect, all};
use crosswire_checker::{Findings, Judge, Verdict};
use crosswire_history::journal::RecentEntries;
use crosswire_history::{Digest, Journal, Observer};
use crosswire_plan::{Plan, Script};
use madsim::runtime::Runtime;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use world::World;

/// A caching client to put under a storm.
#[derive(Clone)]
pub struct ClientUnderTest {
    /// What it is called.
    pub name: String,
    /// Connects one for a gateway.
    pub connect: Connect,
}

impl ClientUnderTest {
    /// One of ours, by name.
    pub fn named(name: &str) -> Option<Self> {
        let spec = all().iter().find(|spec| spec.name == name)?;
        Some(Self { name: spec.name.to_owned(), connect: (spec.connect)() })
    }
}

/// The name of the thread that a run has of its own.
pub const THREAD: &str = "storm";

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// What the checkers say.
    pub findings: Findings,
    /// The digest of the whole history.
    pub digest: Digest,
    /// Entries in the history.
    pub entries: u64,
    /// Simulated time.
    pub simulated_ms: u64,
    /// How often a call of a caching client was suspended: a poll of it that was not its last.
    pub suspensions: u64,
}

/// The run came to no end: the code under test, or the harness, panicked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the run panicked: {0}")]
pub struct Panicked(pub String);

/// Why a run that was to be over in time came to no end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unfinished {
    /// It panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// It went on for longer than this in the time of the world outside.
    #[error("the run was not over after {} s", .0.as_secs_f64())]
    Hung(Duration),
}

/// What is watched besides the checkers.
pub type Watchers = Vec<Box<dyn Observer>>;

/// Plays `plan` with `client`. `watchers` are told each entry of the history and handed back.
///
/// # Errors
/// [`Panicked`] if something in the run panicked.
pub fn play(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    watchers: Watchers,
) -> Result<(Played, Watchers), Panicked> {
    let (plan, client) = (plan.clone(), client.clone());
    on_a_thread_of_its_own(move || {
        let (played, watchers, _) = play_here(&plan, client, watchers, false);
        (played, watchers)
    })
}

/// Plays `plan` as [`play`] does, and gives what its devices did of their own accord.
///
/// # Errors
/// [`Panicked`] if something in the run panicked.
pub fn play_and_note(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
) -> Result<(Played, Script), Panicked> {
    let (plan, client) = (plan.clone(), client.clone());
    on_a_thread_of_its_own(move || {
        let (played, _, acts) = play_here(&plan, client, Vec::new(), true);
        (played, acts.unwrap_or_default())
    })
}

/// Plays `plan` as [`play`] does, and gives it up when it takes longer than `budget` in the time of
/// the world outside. A thread cannot be ended from without: that of a run which is given up goes
/// on, for as long as the process lives if the run never ends.
///
/// # Errors
/// [`Unfinished`] if something in the run panicked, or if it was given up.
pub fn play_within(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    budget: Duration,
) -> Result<Played, Unfinished> {
    Ok(watch_within(plan, client, Vec::new(), budget)?.0)
}

/// The same, watched. `watchers` are told each entry of the history and handed back.
///
/// # Errors
/// As [`play_within`].
pub fn watch_within(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    watchers: Watchers,
    budget: Duration,
) -> Result<(Played, Watchers), Unfinished> {
    let (plan, client) = (plan.clone(), client.clone());
    let (done, result) = mpsc::sync_channel(1);
    let running = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
        let work = AssertUnwindSafe(|| {
            let (played, watchers, _) = play_here(&plan, client, watchers, false);
            (played, watchers)
        });
        // Nobody listens any more if the run was given up.
        drop(done.send(catch_unwind(work)));
    });
    let running = running.map_err(|error| Panicked(error.to_string()))?;
    let ended = match result.recv_timeout(budget) {
        Ok(ended) => ended,
        Err(mpsc::RecvTimeoutError::Timeout) => return Err(Unfinished::Hung(budget)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Box::new("its thread is gone") as _),
    };
    drop(running.join());
    Ok(ended.map_err(|panic| Panicked(told(&*panic)))?)
}

/// Plays `plan` with nobody to judge it: for measuring what the checkers cost.
///
/// # Errors
/// [`Panicked`] if something in the run panicked.
pub fn play_unchecked(plan: &Arc<Plan>, client: &ClientUnderTest) -> Result<Digest, Panicked> {
    let (plan, client) = (plan.clone(), client.clone());
    on_a_thread_of_its_own(move || {
        let runtime = runtime_of(&plan);
        runtime.block_on(weather(plan, client, Journal::default(), false)).digest
    })
}

/// Runs `work` on a fresh thread and waits for it.
///
/// # Errors
/// [`Panicked`] if it panicked.
pub fn on_a_thread_of_its_own<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let thread = std::thread::Builder::new().name(THREAD.to_owned());
    let running = thread.spawn(|| catch_unwind(AssertUnwindSafe(work)));
    let running = running.map_err(|error| Panicked(error.to_string()))?;
    running.join().unwrap_or_else(Err).map_err(|panic| Panicked(told(&*panic)))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a message".to_owned())
}

fn play_here(
    plan: &Arc<Plan>,
    client: ClientUnderTest,
    watchers: Watchers,
    noted: bool,
) -> (Played, Watchers, Option<Script>) {
    let judge = Judge::new(bounds_of(plan));
    let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(judge)];
    observers.extend(watchers);
    let passed =
        runtime_of(plan).block_on(weather(plan.clone(), client, Journal::new(observers), noted));
    let Passed { digest, entries, simulated_ms, suspensions, mut observers, past, acts } = passed;
    let judge: Box<dyn Any> = observers.remove(0);
    let mut judge = judge.downcast::<Judge>().expect("the judge is the first observer");
    let mut findings = judge.finish(simulated_ms, &past);
    let cancelled = plan.cancel_at.is_none_or(|at| at <= suspensions);
    if !cancelled && findings.verdict == Verdict::Clean {
        findings.verdict = Verdict::Inconclusive;
    }
    (Played { findings, digest, entries, simulated_ms, suspensions }, observers, acts)
}

fn runtime_of(plan: &Plan) -> Runtime {
    Runtime::with_seed_and_config(plan.execution_seed.0, madsim::Config::default())
}

/// What is left of a storm that has passed.
struct Passed {
    digest: Digest,
    entries: u64,
    simulated_ms: u64,
    suspensions: u64,
    observers: Watchers,
    past: RecentEntries,
    acts: Option<Script>,
}

/// When everybody looks into the app once more: all faults are over, and what was stale then has
/// ended. An acknowledged event that its owner is not shown by then and was not pushed is lost.
fn look_ms(plan: &Plan) -> u64 {
    plan.last_fault_end_ms().map_or(u64::MAX, |end_ms| end_ms + plan.service.cache_ttl_ms)
}

/// The storm from its first to its last millisecond.
async fn weather(
    plan: Arc<Plan>,
    client: ClientUnderTest,
    journal: Journal,
    noted: bool,
) -> Passed {
    let mut world = World::build(&plan, client, &journal);
    if noted {
        world.fleet.keep_acts();
    }
    world.start().await;
    let mut steps = nemesis::steps(&plan.faults).into_iter().peekable();
    let mut next_gauge_ms = 1_000;
    let mut look_ms = look_ms(&plan);
    loop {
        let step_ms = steps.peek().map_or(u64::MAX, |step| step.at_ms);
        let next_ms = step_ms.min(next_gauge_ms).min(look_ms).min(plan.duration_ms);
        let now_ms = world.net.now_ms();
        world.net.sleep(next_ms.saturating_sub(now_ms)).await;
        while let Some(step) = steps.next_if(|step| step.at_ms <= next_ms) {
            world.strike(step);
        }
        if look_ms <= next_ms {
            world.fleet.everybody_looks(plan.recovery.deliver_within_ms / 3);
            look_ms = u64::MAX;
        }
        if next_gauge_ms <= next_ms {
            world.gauge();
            next_gauge_ms += 1_000;
        }
        if next_ms == plan.duration_ms {
            break;
        }
    }
    world.look_into_the_cache();
    let (simulated_ms, suspensions) = (world.net.now_ms(), world.suspensions());
    let acts = world.fleet.acts();
    let (digest, entries) = (journal.digest(), journal.written());
    let (observers, past) = journal.close();
    world.end().await;
    Passed { digest, entries, simulated_ms, suspensions, observers, past, acts }
}
