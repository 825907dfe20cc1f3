//! The progress of a shared hunt, for its workers and for `--status`.

use crate::Hunt;
use crate::report::print::{self, Summary};
use crate::shared::merge::MergedResults;
use crate::shared::ranges::Range;
use crate::tally::Tally;
use crosswire_checker::Verdict;
use crosswire_output::format::{Align, Layout, Table, counted, grouped, printable};
use crosswire_output::machine::{self, Object};
use crosswire_plan::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::time::Duration;

/// A worker as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerStatus {
    /// Its host name.
    pub host: String,
    /// Its process id.
    pub pid: u32,
    /// Number of threads that run seeds.
    pub threads: usize,
    /// Number of runs that it has done.
    pub runs: u64,
    /// The range that it was handed last, unless that is done.
    pub range: Option<Range>,
}

/// A worker, with the time since it last reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The worker.
    pub worker: WorkerStatus,
    /// The time since its last report.
    pub ago: Duration,
}

/// The progress of a hunt.
pub struct Progress {
    /// The name of the hunt.
    pub name: String,
    /// The hunt.
    pub hunt: Hunt,
    /// The results stored so far.
    pub merged: MergedResults,
    /// Number of ranges.
    pub ranges: u64,
    /// Number of ranges that workers hold, as far as is known.
    pub under_way: u64,
    /// Workers that reported recently.
    pub workers: Vec<Seen>,
}

impl Progress {
    /// Returns how many ranges are still to be handed out.
    pub fn waiting(&self) -> u64 {
        let MergedResults { done, given_up, .. } = &self.merged;
        let gone = done.len() + given_up.len();
        self.ranges.saturating_sub(gone as u64 + self.under_way)
    }

    /// Returns whether no range is left to run.
    pub fn is_over(&self) -> bool {
        self.merged.done.len() + self.merged.given_up.len() >= self.ranges as usize
    }

    /// Returns the verdict so far: clean only when no range is left.
    pub fn verdict(&self) -> Verdict {
        self.tally().verdict()
    }

    /// Returns the tally so far.
    fn tally(&self) -> Tally {
        let tally = self.merged.tally(&self.hunt);
        match self.cut_short() {
            Some(how) => tally.cut_short(how, Some(self.hunt.seeds_per_target())),
            None => tally,
        }
    }

    /// Describes the progress if the hunt is not over.
    pub fn cut_short(&self) -> Option<String> {
        if self.is_over() {
            return None;
        }
        let (done, all) = (self.merged.done.len() as u64, counted(self.ranges, "range"));
        Some(format!("{} of {all} are done", grouped(done)))
    }

    /// Returns the report for people.
    pub fn to_text(&self, layout: Layout) -> String {
        let tally = self.tally();
        let (done, given_up) = (&self.merged.done, &self.merged.given_up);
        let name = printable(&self.name);
        let (done, all) = (grouped(done.len() as u64), counted(self.ranges, "range"));
        let (under_way, waiting) = (grouped(self.under_way), grouped(self.waiting()));
        let mut out = format!("{}: {done} of {all} done", layout.strong(&name));
        let _ = write!(out, ", {under_way} with workers, {waiting} waiting");
        if !given_up.is_empty() {
            let _ = write!(out, ", {} given up", grouped(given_up.len() as u64));
        }
        let (runs, found) = (grouped(tally.runs()), grouped(self.merged.findings.len() as u64));
        let runs_of_all = counted(self.hunt.runs().unwrap_or_default(), "run");
        let _ = writeln!(out, "\n{runs} of {runs_of_all} recorded, {found} findings");
        out += &print::tables(&tally, None, "Signatures", layout);
        if !given_up.is_empty() {
            let title = "Given up: several workers began each range, none completed it";
            let _ = writeln!(out, "\n{}", layout.strong(title));
            for range in given_up {
                let _ = writeln!(out, "  {}", self.words(range));
            }
        }
        if !self.workers.is_empty() {
            let title = layout.strong("Recently active workers");
            let _ = write!(out, "\n{title}\n{}", workers(&self.workers, layout));
        }
        out
    }

    /// Passes the status, for machines, to `write`.
    pub fn status<T>(&self, write: impl FnOnce(&Status<'_>) -> T) -> T {
        let MergedResults { done, given_up, findings } = &self.merged;
        let tally = self.tally();
        let workers = self.workers.iter();
        write(&Status {
            name: &self.name,
            ranges: self.ranges,
            done: done.len(),
            under_way: self.under_way,
            waiting: self.waiting(),
            given_up: given_up.iter().map(Seeds::of).collect(),
            over: self.is_over(),
            runs: self.hunt.runs(),
            findings: findings.len(),
            workers: workers.map(SeenAgo::of).collect(),
            summary: Summary::of(&tally, self.is_over(), None),
        })
    }

    /// Describes a range: its target and its seeds.
    pub fn words(&self, range: &Range) -> String {
        let target = self.hunt.targets.get(range.target).map(|target| target.name().words());
        let last = range.end().saturating_sub(1);
        let target = printable(&target.unwrap_or_default());
        format!("{target}, seeds {} to {last}", range.from)
    }
}

/// The progress of a shared hunt, for machines.
#[derive(Serialize, JsonSchema)]
pub struct Status<'a> {
    /// The name of the hunt.
    name: &'a str,
    /// Number of ranges of seeds.
    ranges: u64,
    /// Number of ranges that are done.
    done: usize,
    /// Number of ranges that workers hold.
    under_way: u64,
    /// Number of ranges that are still to be handed out.
    waiting: u64,
    /// Ranges that several workers began and none completed.
    given_up: Vec<Seeds>,
    /// True if no range is left to run.
    over: bool,
    /// Number of runs that the hunt consists of.
    runs: Option<u64>,
    /// Number of findings stored.
    findings: usize,
    /// Workers that reported recently.
    workers: Vec<SeenAgo<'a>>,
    /// The results so far.
    summary: Summary<'a>,
}

impl Object for Status<'_> {
    const TYPE: &'static str = "hunt-status";
}

/// A worker, with the time since it last reported.
#[derive(Serialize, JsonSchema)]
struct SeenAgo<'a> {
    /// Its host name.
    host: &'a str,
    /// Its process id.
    pid: u32,
    /// Number of threads that run seeds.
    threads: usize,
    /// Number of runs that it has done.
    runs: u64,
    /// The range that it was handed last, unless that is done.
    range: Option<Seeds>,
    /// Seconds since it last reported.
    seen_s_ago: u64,
}

impl<'a> SeenAgo<'a> {
    fn of(seen: &'a Seen) -> Self {
        let WorkerStatus { host, pid, threads, runs, range } = &seen.worker;
        let (pid, threads, runs) = (*pid, *threads, *runs);
        let (range, seen_s_ago) = (range.as_ref().map(Seeds::of), seen.ago.as_secs());
        Self { host, pid, threads, runs, range, seen_s_ago }
    }
}

/// Consecutive seeds of one target.
#[derive(Serialize, JsonSchema)]
struct Seeds {
    /// The number of the target.
    #[serde(rename = "ground")]
    target: usize,
    /// The first seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    from: Seed,
    /// Number of seeds.
    count: u64,
}

impl Seeds {
    fn of(range: &Range) -> Self {
        Self { target: range.target, from: Seed(range.from), count: range.count }
    }
}

fn workers(workers: &[Seen], layout: Layout) -> String {
    let right = Align::Right;
    let mut table = Table::new(&[Align::Left, right, right, right, right]);
    table.row(["host", "process", "threads", "runs", "seen"]);
    for Seen { worker, ago } in workers {
        let WorkerStatus { host, pid, threads, runs, .. } = worker;
        let numbers = [pid.to_string(), threads.to_string(), grouped(*runs)];
        let ago = format!("{} s ago", ago.as_secs());
        table.row([printable(host)].into_iter().chain(numbers).chain([ago]));
    }
    table.set(layout, "  ")
}
