//! How far a hunt that is shared has come: for whoever asks, and for whoever works on it.

use super::Hunt;
use super::gathered::Gathered;
use super::print::{self, Summary};
use super::ranges::Range;
use super::tally::Tally;
use crosswire_checker::Verdict;
use crosswire_output::machine::{self, Object};
use crosswire_output::text::{Align, Paint, Table, counted, grouped, printable};
use crosswire_plan::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::time::Duration;

/// A worker as it tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// The machine that it is on.
    pub host: String,
    /// Its process there.
    pub pid: u32,
    /// On how many threads it plays.
    pub threads: usize,
    /// How many runs it has played.
    pub runs: u64,
    /// The range that it was handed last, if it is not done.
    pub range: Option<Range>,
}

/// A worker, and how long ago it was heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The worker.
    pub worker: Worker,
    /// How long ago.
    pub ago: Duration,
}

/// How far a hunt has come.
pub struct Progress {
    /// What it is called.
    pub name: String,
    /// What is hunted.
    pub hunt: Hunt,
    /// What has been kept.
    pub gathered: Gathered,
    /// How many ranges there are.
    pub ranges: u64,
    /// How many of them are with workers, as far as is known.
    pub under_way: u64,
    /// Workers that were heard of lately.
    pub workers: Vec<Seen>,
}

impl Progress {
    /// How many ranges nobody has yet, or no more.
    pub fn waiting(&self) -> u64 {
        let Gathered { done, given_up, .. } = &self.gathered;
        let gone = done.len() + given_up.len();
        self.ranges.saturating_sub(gone as u64 + self.under_way)
    }

    /// Whether no range is left to be played.
    pub fn is_over(&self) -> bool {
        self.gathered.done.len() + self.gathered.given_up.len() >= self.ranges as usize
    }

    /// The verdict so far: clean only when no range is left.
    pub fn verdict(&self) -> Verdict {
        self.tally().verdict()
    }

    /// What the hunt has come to so far.
    fn tally(&self) -> Tally {
        let tally = self.gathered.tally(&self.hunt);
        match self.cut_short() {
            Some(how) => tally.cut_short(how, Some(self.hunt.seeds_of_a_ground())),
            None => tally,
        }
    }

    /// How far it has come, if it is not over.
    pub fn cut_short(&self) -> Option<String> {
        let (done, all) = (self.gathered.done.len() as u64, counted(self.ranges, "range"));
        (!self.is_over()).then(|| format!("{} of {all} are done", grouped(done)))
    }

    /// For people.
    pub fn to_text(&self, paint: Paint) -> String {
        let tally = self.tally();
        let (done, given_up) = (&self.gathered.done, &self.gathered.given_up);
        let name = printable(&self.name);
        let (done, all) = (grouped(done.len() as u64), counted(self.ranges, "range"));
        let (under_way, waiting) = (grouped(self.under_way), grouped(self.waiting()));
        let mut out = format!("{}: {done} of {all} done", paint.strong(&name));
        let _ = write!(out, ", {under_way} with workers, {waiting} waiting");
        if !given_up.is_empty() {
            let _ = write!(out, ", {} given up", grouped(given_up.len() as u64));
        }
        let (runs, found) = (grouped(tally.runs()), grouped(self.gathered.findings.len() as u64));
        let runs_of_all = counted(self.hunt.runs().unwrap_or_default(), "run");
        let _ = writeln!(out, "\n{runs} of {runs_of_all} noted, {found} findings kept");
        out += &print::tables(&tally, "Signatures", paint);
        if !given_up.is_empty() {
            let _ = writeln!(out, "\n{}", paint.strong("Given up: nobody got through, of several"));
            for range in given_up {
                let _ = writeln!(out, "  {}", self.words(range));
            }
        }
        if !self.workers.is_empty() {
            let title = paint.strong("Workers seen lately");
            let _ = write!(out, "\n{title}\n{}", workers(&self.workers));
        }
        out
    }

    /// Hands the status for machines to `write`.
    pub fn status<T>(&self, write: impl FnOnce(&Status<'_>) -> T) -> T {
        let Gathered { done, given_up, findings } = &self.gathered;
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
            summary: Summary::of(&tally, self.is_over()),
        })
    }

    /// A range in words: its ground, and its seeds.
    pub fn words(&self, range: &Range) -> String {
        let ground = self.hunt.grounds.get(range.ground).map(|ground| ground.name().words());
        let last = range.end().saturating_sub(1);
        let ground = printable(&ground.unwrap_or_default());
        format!("{ground}, seeds {} to {last}", range.from)
    }
}

/// How far a shared hunt is, for machines.
#[derive(Serialize, JsonSchema)]
pub struct Status<'a> {
    /// The name of the hunt.
    name: &'a str,
    /// How many ranges of seeds there are.
    ranges: u64,
    /// How many of them are done.
    done: usize,
    /// How many are with workers.
    under_way: u64,
    /// How many nobody has.
    waiting: u64,
    /// Those that nobody got through.
    given_up: Vec<Seeds>,
    /// Whether no range is left.
    over: bool,
    /// How many runs the hunt is to play.
    runs: Option<u64>,
    /// How many findings are kept.
    findings: usize,
    /// Who was heard of lately.
    workers: Vec<SeenAgo<'a>>,
    /// What the hunt has come to.
    summary: Summary<'a>,
}

impl Object for Status<'_> {
    const TYPE: &'static str = "hunt-status";
}

/// A worker, and how long ago it was heard of.
#[derive(Serialize, JsonSchema)]
struct SeenAgo<'a> {
    /// The machine that it is on.
    host: &'a str,
    /// Its process there.
    pid: u32,
    /// On how many threads it plays.
    threads: usize,
    /// How many runs it has played.
    runs: u64,
    /// The range that it was handed last, if it is not done.
    range: Option<Seeds>,
    /// How many seconds ago it was heard of.
    seen_s_ago: u64,
}

impl<'a> SeenAgo<'a> {
    fn of(seen: &'a Seen) -> Self {
        let Worker { host, pid, threads, runs, range } = &seen.worker;
        let (pid, threads, runs) = (*pid, *threads, *runs);
        let (range, seen_s_ago) = (range.as_ref().map(Seeds::of), seen.ago.as_secs());
        Self { host, pid, threads, runs, range, seen_s_ago }
    }
}

/// Some seeds of one ground.
#[derive(Serialize, JsonSchema)]
struct Seeds {
    /// The number of the ground.
    ground: usize,
    /// The first seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    from: Seed,
    /// How many seeds.
    count: u64,
}

impl Seeds {
    fn of(range: &Range) -> Self {
        Self { ground: range.ground, from: Seed(range.from), count: range.count }
    }
}

fn workers(workers: &[Seen]) -> String {
    let right = Align::Right;
    let mut table = Table::new(&[Align::Left, right, right, right, right]);
    table.row(["host", "process", "threads", "runs", "seen"]);
    for Seen { worker, ago } in workers {
        let Worker { host, pid, threads, runs, .. } = worker;
        let numbers = [pid.to_string(), threads.to_string(), grouped(*runs)];
        let ago = format!("{} s ago", ago.as_secs());
        table.row([printable(host)].into_iter().chain(numbers).chain([ago]));
    }
    table.set("  ")
}
