//! The progress of everything that may take more than a moment: a bar on a terminal, and a line now
//! and then elsewhere, both on standard error.

mod words;

pub(super) use words::Task;

use super::screen::{self, Bar, Screen};
use crosswire::minimize;
use crosswire_history::journal::RecentEntries;
use crosswire_history::sync::Mutex;
use crosswire_history::{Entry, Observer};
use crosswire_output::format;
use std::num::NonZeroU8;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
pub(super) use words::rough;

/// The time before a bar appears: what is over sooner needs none.
const BAR_AFTER: Duration = Duration::from_secs(2);

/// The time between two changes of a bar.
const REDRAW: Duration = Duration::from_millis(100);

/// The time before the first line without a terminal.
const FIRST_LINE_AFTER: Duration = Duration::from_secs(5);

/// The least and the most time between two lines without a terminal.
const LINE_INTERVAL: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(5)];

/// The part of the time so far that passes between two lines: a night's work gets some hundred.
const LINE_SHARE: u32 = 30;

/// Shows the progress of a task until it is dropped. There is one at a time.
pub(super) struct Progress {
    shared: Arc<Shared>,
    /// The thread that shows the progress.
    shows: Option<JoinHandle<()>>,
}

/// The state that the task shares with the thread that shows its progress.
struct Shared {
    task: Task,
    /// The amount done.
    done: Arc<AtomicU64>,
    /// The part of `done` that makes one of the task's units.
    scale: u64,
    told: Mutex<Told>,
    ended: Condvar,
}

#[derive(Default)]
struct Told {
    note: String,
    noted: Option<Instant>,
    ended: bool,
}

impl Progress {
    /// Begins to show the progress of a task.
    pub(super) fn begin(task: Task) -> Self {
        Self::scaled(task, Arc::default(), 1)
    }

    /// Begins to show the progress of a task of which `scale` of `done` make one unit.
    fn scaled(task: Task, done: Arc<AtomicU64>, scale: u64) -> Self {
        let (told, ended) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { task, done, scale, told, ended });
        let watched = shared.clone();
        // Without a thread for it, nothing is shown; the work itself does not need it.
        let shows = Builder::new().name("progress".to_owned()).spawn(move || watched.show()).ok();
        Self { shared, shows }
    }

    /// Says how much is done.
    pub(super) fn set(&self, done: u64) {
        self.shared.done.store(done, Ordering::Relaxed);
    }

    /// Adds a note to the count. `text` is called only if the last note is old enough.
    #[expect(clippy::disallowed_methods, reason = "people wait in real time")]
    pub(super) fn note(&self, text: impl FnOnce() -> String) {
        let now = Instant::now();
        let mut told = self.shared.told.lock();
        if told.noted.is_none_or(|noted| now.saturating_duration_since(noted) >= REDRAW) {
            told.note = text();
            told.noted = Some(now);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.told.lock().ended = true;
        self.shared.ended.notify_all();
        let joined = self.shows.take().map(JoinHandle::join);
        if let Some(Err(panic)) = joined
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

impl Shared {
    #[expect(clippy::disallowed_methods, reason = "people wait in real time")]
    fn show(&self) {
        let began = Instant::now();
        match Screen::Error.columns_of_bar() {
            Some(columns) => self.show_bar(began, columns),
            None => self.print_lines(began),
        }
    }

    fn show_bar(&self, began: Instant, columns: usize) {
        if self.has_ended_within(BAR_AFTER) {
            return;
        }
        let bar = Bar::show(self.task.all, columns);
        loop {
            let (done, text) = self.text(began);
            bar.update(done, &text);
            if self.has_ended_within(REDRAW) {
                return;
            }
        }
    }

    fn print_lines(&self, began: Instant) {
        let mut wait = FIRST_LINE_AFTER;
        while !self.has_ended_within(wait) {
            let (_, text) = self.text(began);
            screen::error(&format!("{text}\n"));
            let [least, most] = LINE_INTERVAL;
            wait = (began.elapsed() / LINE_SHARE).clamp(least, most);
        }
    }

    /// Waits until the task ends, and returns false if it has not ended within `time`.
    fn has_ended_within(&self, time: Duration) -> bool {
        self.told.lock_within(time, &self.ended, |told| told.ended).is_some()
    }

    /// Returns how much is done, and the progress in words.
    fn text(&self, began: Instant) -> (u64, String) {
        let done = self.done.load(Ordering::Relaxed) / self.scale;
        let note = self.told.lock().note.clone();
        (done, self.task.progress(done, began.elapsed(), &note))
    }
}

/// The simulated time of a run, readable from other threads.
#[derive(Clone, Default)]
pub(super) struct Clock {
    now_ms: Arc<AtomicU64>,
    /// The time at which the run begins: after the end of another one.
    begins_ms: u64,
}

impl Clock {
    /// Returns this clock for a run that follows one of `ms`.
    pub(super) fn after(&self, ms: u64) -> Self {
        Self { now_ms: self.now_ms.clone(), begins_ms: self.begins_ms + ms }
    }
}

impl Observer for Clock {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        self.now_ms.store(self.begins_ms + entry.at_ms, Ordering::Relaxed);
    }
}

/// Does `work` and shows how much of `duration_ms` has passed on `clock`, which begins at zero.
pub(super) fn shown<T>(duration_ms: u64, clock: &Clock, work: impl FnOnce() -> T) -> T {
    let task = Task::of(duration_ms.div_ceil(1_000), "simulated seconds");
    let _progress = Progress::scaled(task, clock.now_ms.clone(), 1_000);
    work()
}

/// Does `work` that has nothing to count, and shows how long it takes.
pub(super) fn timed<T>(label: &str, work: impl FnOnce() -> T) -> T {
    let _progress = Progress::begin(Task::open("").labelled(label));
    work()
}

/// Does `work` like [`barred`]; without a terminal, first prints how many follow, named by `noun`.
pub(super) fn counted<T>(
    all: u64,
    (noun, unit): (&str, &'static str),
    work: impl FnOnce(&(dyn Fn(u64) + Sync)) -> T,
) -> T {
    if !Screen::Error.is_terminal() {
        let verb = if all == 1 { "follows" } else { "follow" };
        screen::error(&format!("{} {verb}\n", format::counted(all, noun)));
    }
    barred(all, unit, work)
}

/// Does `work`, which reports how many of `all` are done, and shows that.
pub(super) fn barred<T>(
    all: u64,
    unit: &'static str,
    work: impl FnOnce(&(dyn Fn(u64) + Sync)) -> T,
) -> T {
    let progress = Progress::begin(Task::of(all, unit));
    work(&|done| progress.set(done))
}

/// Does `work`, which reports the size of the smallest plan so far, and shows that with the part of
/// the `budget` of CPU time that is spent.
pub(super) fn of_minimizing<T>(
    budget: Duration,
    work: impl FnOnce(&dyn Fn(minimize::Progress)) -> T,
) -> T {
    let progress = Progress::begin(Task::open("runs").labelled("minimizing").unclocked());
    work(&|minimize::Progress { runs, size, spent, .. }| {
        progress.set(runs);
        progress.note(|| {
            let requests = format::counted(size.requests, "request");
            format!("{requests} left, {} of {} of CPU time", rough(spent), rough(budget))
        });
    })
}

/// Returns the value of `--jobs` or, without it, the number of cores.
pub(super) fn threads(jobs: Option<NonZeroU8>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(cores, |jobs| jobs.get().into())
}
