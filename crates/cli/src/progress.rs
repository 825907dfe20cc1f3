//! Progress of runs: a bar on a terminal, or a few lines elsewhere.

use super::screen::{self, Screen};
use crosswire::minimize::Progress;
use crosswire_history::journal::RecentEntries;
use crosswire_history::{Entry, Observer};
use crosswire_output::format;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::cell::Cell;
use std::fmt::Write;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

const REDRAW: Duration = Duration::from_millis(100);

/// The simulated time of a run, readable from other threads.
#[derive(Clone, Default)]
pub(super) struct Clock(Arc<AtomicU64>);

impl Observer for Clock {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        self.0.store(entry.at_ms, Ordering::Relaxed);
    }
}

/// Does `work` and shows how much of `duration_ms` has passed on `clock`. Removes the bar at the
/// end.
pub(super) fn shown<T: Send>(
    duration_ms: u64,
    clock: &Clock,
    work: impl FnOnce() -> T + Send,
) -> T {
    if !Screen::Error.is_terminal() {
        return work();
    }
    let bar = bar(duration_ms);
    std::thread::scope(|scope| {
        let (done, result) = mpsc::sync_channel(1);
        scope.spawn(move || done.send(work()));
        loop {
            match result.recv_timeout(REDRAW) {
                Ok(result) => {
                    bar.finish_and_clear();
                    return result;
                }
                Err(RecvTimeoutError::Timeout) => {
                    bar.set_position(clock.0.load(Ordering::Relaxed) / 1_000);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the thread of the run has ended without a result")
                }
            }
        }
    })
}

/// Returns the value of `--jobs` or, without it, the number of cores.
pub(super) fn threads(jobs: Option<NonZeroU8>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(cores, |jobs| jobs.get().into())
}

/// Does `work` behind a bar like [`barred`]; without a terminal, prints how many runs follow.
pub(super) fn counted<T>(all: u64, unit: &str, work: impl FnOnce(&(dyn Fn(u64) + Sync)) -> T) -> T {
    if !Screen::Error.is_terminal() {
        let verb = if all == 1 { "follows" } else { "follow" };
        screen::error(&format!("{} {verb}\n", format::counted(all, "run")));
    }
    barred(all, unit, work)
}

/// Does `work`, which reports how many of `all` are done, behind a bar on a terminal.
pub(super) fn barred<T>(all: u64, unit: &str, work: impl FnOnce(&(dyn Fn(u64) + Sync)) -> T) -> T {
    if !Screen::Error.is_terminal() {
        return work(&|_| ());
    }
    let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("  {bar:40} {pos} of {len} {msg}, {rate}");
    let style = style.map(|style| style.with_key("rate", rate));
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(unit.to_owned());
    let done = work(&|done| bar.set_position(done));
    bar.finish_and_clear();
    done
}

/// Does `work`, which reports the size of the smallest plan so far, and shows it.
pub(super) fn of_minimizing<T>(work: impl FnOnce(&dyn Fn(Progress)) -> T) -> T {
    if !Screen::Error.is_terminal() {
        let pace = Pace::default();
        return work(&|Progress { runs, size, .. }| {
            if pace.is_due() {
                let (runs, requests) =
                    (format::counted(runs, "run"), format::counted(size.requests, "request"));
                screen::error(&format!("minimizing: {runs}, {requests} left\n"));
            }
        });
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template("  {spinner} {pos} runs, {msg} requests left, {elapsed}");
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let done = work(&|progress| {
        bar.set_position(progress.runs);
        bar.set_message(progress.size.requests.to_string());
    });
    bar.finish_and_clear();
    done
}

/// The time between two lines of progress without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Decides when the next line is due.
struct Pace(Cell<Instant>);

#[expect(clippy::disallowed_methods, reason = "people wait in real time")]
impl Default for Pace {
    fn default() -> Self {
        Self(Cell::new(Instant::now()))
    }
}

#[expect(clippy::disallowed_methods, reason = "people wait in real time")]
impl Pace {
    fn is_due(&self) -> bool {
        let due = self.0.get().elapsed() >= LINE_INTERVAL;
        if due {
            self.0.set(Instant::now());
        }
        due
    }
}

/// Writes the rate to tenths; more digits would flicker.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    // The bar ignores text that cannot be written.
    let _ = write!(out, "{:.1}/s", state.per_sec());
}

fn bar(duration_ms: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(
        Some(duration_ms.div_ceil(1_000)),
        ProgressDrawTarget::stderr(),
    );
    let style = ProgressStyle::with_template("  {bar:40} {pos} of {len} simulated seconds");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
