//! Runs a plan: builds its world, simulates it to the end, and hands the history to the checkers.
//!
//! Each run has a thread to itself. On a shared one, thread-local state and the iteration order of
//! hash maps inside libraries would leak from one run into the next; and a panic in the code under
//! test ends only that run.

pub mod bounds;
mod client;
pub mod coverage;
mod nemesis;
mod world;

pub use client::ClientUnderTest;
pub use world::{declared_cached_ms, declared_stale_ms};

use bounds::bounds_of;
use crosswire_checker::{Findings, Judge, Verdict};
use crosswire_history::{Digest, History, Journal, Observer};
use crosswire_plan::{Plan, Script};
use madsim::runtime::Runtime;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use world::World;

/// The name of a run's thread.
pub const THREAD: &str = "storm";

/// The result of a finished run.
#[derive(Clone, Debug)]
pub struct RunOutput {
    /// The verdict and the violations.
    pub findings: Findings,
    /// The digest of the whole history.
    pub digest: Digest,
    /// Entries in the history.
    pub entries: u64,
    /// Simulated time.
    pub simulated_ms: u64,
    /// The number of suspensions of client calls: polls of a call that returned pending.
    pub suspensions: u64,
}

/// The error of a run that panicked, in the code under test or in the harness.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the run panicked: {0}")]
pub struct Panicked(pub String);

/// The error of a run that did not finish within its time budget.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unfinished {
    /// The run panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The run exceeded this budget of wall-clock time.
    #[error("the run did not finish within {} s", .0.as_secs_f64())]
    Hung(Duration),
}

/// Runs `plan` with `client`.
///
/// # Errors
/// [`Panicked`] if the run panicked.
pub fn play(plan: &Arc<Plan>, client: &ClientUnderTest) -> Result<RunOutput, Panicked> {
    Ok(watch(plan, client, ())?.0)
}

/// Runs `plan` as [`play`] does. The `observer` sees every entry of the history, after the judge,
/// and is returned.
///
/// # Errors
/// As [`play`].
pub fn watch<O: Observer>(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    observer: O,
) -> Result<(RunOutput, O), Panicked> {
    let (plan, client) = (plan.clone(), client.clone());
    on_fresh_thread(move || run_on_this_thread(&plan, client, observer))
}

/// Runs `plan` as [`play`] does, and also returns the script of what its devices did.
///
/// # Errors
/// [`Panicked`] if the run panicked.
pub fn play_and_note(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
) -> Result<(RunOutput, Script), Panicked> {
    let (plan, client) = (plan.clone(), client.clone());
    on_fresh_thread(move || {
        let history = History::new(Judge::new(bounds_of(&plan)));
        let noted = true;
        let WorldOutput { end, acts } = simulate(&plan, client, history.journal(), noted);
        let (mut judge, past) = history.close();
        let acts = acts.expect("the fleet notes its acts");
        (judged(&plan, end, judge.finish(end.simulated_ms, &past)), acts)
    })
}

/// Runs `plan` as [`play`] does, and abandons it if it exceeds `budget` of wall-clock time. A
/// thread cannot be killed from outside: the thread of an abandoned run keeps running, until the
/// process exits if the run never ends.
///
/// # Errors
/// [`Unfinished`] if the run panicked or was abandoned.
pub fn play_within(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    budget: Duration,
) -> Result<RunOutput, Unfinished> {
    Ok(watch_within(plan, client, (), budget)?.0)
}

/// Runs `plan` as [`play_within`] does, observed as by [`watch`].
///
/// # Errors
/// As [`play_within`].
pub fn watch_within<O: Observer>(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    observer: O,
    budget: Duration,
) -> Result<(RunOutput, O), Unfinished> {
    let (plan, client) = (plan.clone(), client.clone());
    let (done, result) = mpsc::sync_channel(1);
    let running = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
        let work = AssertUnwindSafe(|| run_on_this_thread(&plan, client, observer));
        // The receiver is gone if the run was abandoned.
        drop(done.send(catch_unwind(work)));
    });
    let running = running.map_err(|error| Panicked(error.to_string()))?;
    let ended = match result.recv_timeout(budget) {
        Ok(ended) => ended,
        Err(mpsc::RecvTimeoutError::Timeout) => return Err(Unfinished::Hung(budget)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Box::new("its thread is gone") as _),
    };
    drop(running.join());
    Ok(ended.map_err(|panic| Panicked(panic_message(&*panic)))?)
}

/// Runs `plan` without checkers, to measure what the checkers cost.
///
/// # Errors
/// [`Panicked`] if the run panicked.
pub fn play_unchecked(plan: &Arc<Plan>, client: &ClientUnderTest) -> Result<Digest, Panicked> {
    let (plan, client) = (plan.clone(), client.clone());
    on_fresh_thread(move || simulate(&plan, client, Journal::default(), false).end.digest)
}

/// Runs `work` on a fresh thread and waits for it.
///
/// # Errors
/// [`Panicked`] if `work` panicked.
pub fn on_fresh_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let thread = std::thread::Builder::new().name(THREAD.to_owned());
    let running = thread.spawn(|| catch_unwind(AssertUnwindSafe(work)));
    let running = running.map_err(|error| Panicked(error.to_string()))?;
    running.join().unwrap_or_else(Err).map_err(|panic| Panicked(panic_message(&*panic)))
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "without a message".to_owned()
    }
}

/// Runs `plan` with the judge before `observer`. This is all of a run that is compiled for each
/// type of observer, perhaps in a crate that is not optimized.
fn run_on_this_thread<O: Observer>(
    plan: &Arc<Plan>,
    client: ClientUnderTest,
    observer: O,
) -> (RunOutput, O) {
    let history = History::new((Judge::new(bounds_of(plan)), observer));
    let WorldOutput { end, .. } = simulate(plan, client, history.journal(), false);
    let ((mut judge, observer), past) = history.close();
    (judged(plan, end, judge.finish(end.simulated_ms, &past)), observer)
}

/// Returns the output of a run. A clean run that ended before the planned cancellation is
/// inconclusive.
fn judged(plan: &Plan, end: WorldEnd, mut findings: Findings) -> RunOutput {
    let WorldEnd { digest, entries, simulated_ms, suspensions } = end;
    let cancelled = plan.cancel_at.is_none_or(|at| at <= suspensions);
    if !cancelled && findings.verdict == Verdict::Clean {
        findings.verdict = Verdict::Inconclusive;
    }
    RunOutput { findings, digest, entries, simulated_ms, suspensions }
}

/// The output of a simulated world.
struct WorldOutput {
    end: WorldEnd,
    /// The script of what the devices did, if it was noted.
    acts: Option<Script>,
}

/// The state of a world at the end of its run.
#[derive(Clone, Copy)]
struct WorldEnd {
    digest: Digest,
    entries: u64,
    simulated_ms: u64,
    suspensions: u64,
}

/// Simulates `plan` to its end. If `noted`, the output has the script of what the devices did.
fn simulate(
    plan: &Arc<Plan>,
    client: ClientUnderTest,
    journal: Journal,
    noted: bool,
) -> WorldOutput {
    let runtime = Runtime::with_seed_and_config(plan.execution_seed.0, madsim::Config::default());
    runtime.block_on(run_to_end(plan.clone(), client, journal, noted))
}

/// Returns the time at which every user opens the app once more: all faults are over, and
/// everything that was stale then has expired. An acknowledged event that its owner is not shown by
/// then and that was not pushed is lost.
fn final_check_ms(plan: &Plan) -> u64 {
    plan.last_fault_end_ms().map_or(u64::MAX, |end_ms| end_ms + plan.service.cache_ttl_ms)
}

/// Simulates the plan's world from its first to its last millisecond.
async fn run_to_end(
    plan: Arc<Plan>,
    client: ClientUnderTest,
    journal: Journal,
    noted: bool,
) -> WorldOutput {
    let mut world = World::build(&plan, client, &journal);
    if noted {
        world.fleet.keep_acts();
    }
    world.start().await;
    let mut steps = nemesis::steps(&plan.faults).into_iter().peekable();
    let mut next_gauge_ms = 1_000;
    let mut final_check_ms = final_check_ms(&plan);
    loop {
        let step_ms = steps.peek().map_or(u64::MAX, |step| step.at_ms);
        let next_ms = step_ms.min(next_gauge_ms).min(final_check_ms).min(plan.duration_ms);
        let now_ms = world.net.now_ms();
        assert!(now_ms <= next_ms, "the run slept past {next_ms} ms, to {now_ms} ms");
        world.net.sleep(next_ms - now_ms).await;
        while let Some(step) = steps.next_if(|step| step.at_ms <= next_ms) {
            world.apply(step);
        }
        if final_check_ms <= next_ms {
            world.fleet.everybody_looks(plan.recovery.deliver_within_ms / 3);
            final_check_ms = u64::MAX;
        }
        if next_gauge_ms <= next_ms {
            world.gauge();
            next_gauge_ms += 1_000;
        }
        if next_ms == plan.duration_ms {
            break;
        }
    }
    world.check_the_cache();
    let (simulated_ms, suspensions) = (world.net.now_ms(), world.suspensions());
    let acts = world.fleet.acts();
    journal.end();
    let (digest, entries) = (journal.digest(), journal.written());
    world.end().await;
    WorldOutput { end: WorldEnd { digest, entries, simulated_ms, suspensions }, acts }
}
