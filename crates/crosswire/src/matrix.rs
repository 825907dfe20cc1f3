//! Mechanism, or client, by defence: what is stopped, and at what cost to a storm.
//!
//! Each cell of the matrix plays one mechanism or one client behind one set of defences over a number of seeds.
//! All cells of a column see the same plans, for a defence draws nothing.

pub mod print;

use crate::library;
use crate::load::{Cost, Load, Mean};
use crate::mechanisms::Mechanism;
use crate::pool;
use crate::seedline::SeedLine;
use crate::sim::{ClientUnderTest, Panicked, play};
use crosswire_checker::{Findings, Verdict};
use crosswire_output::machine::{self, Object};
use crosswire_plan::{Scenario, Seed, draw};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is to be played.
#[derive(Clone)]
pub struct Question {
    /// The rows.
    pub rows: Vec<Row>,
    /// The columns: sets of defences; the empty set is none.
    pub defences: Vec<Vec<String>>,
    /// The scenario for all rows, by the name or path that leads to it; without it each
    /// row's own.
    pub scenario: Option<(String, Scenario)>,
    /// The first seed.
    pub from: u64,
    /// How many seeds; the last of them must not be beyond 2^64-1.
    pub seeds: u64,
    /// How many threads play.
    pub threads: usize,
}

/// What a row of the matrix plays.
#[derive(Clone)]
pub struct Row {
    /// The number of the mechanism; none of a client that is played for itself.
    pub mechanism: Option<u8>,
    /// What the field calls the mechanism, or the name of the client.
    pub name: String,
    /// The client or the service that the row is about.
    pub played_as: String,
    /// The client that is played.
    client: ClientUnderTest,
    /// The service that is played.
    service: String,
    /// The scenario that it is at home in.
    scenario: &'static str,
}

/// Where a client is played for itself if no scenario is given: most mistakes of clients show there.
const CLIENTS_SCENARIO: &str = "notification-mix-up";

impl Row {
    /// The scenario that it is played in if no other is said.
    pub fn scenario(&self) -> &'static str {
        self.scenario
    }

    /// A client on the standard service.
    pub fn of_client(client: ClientUnderTest) -> Self {
        Self {
            mechanism: None,
            name: client.name.clone(),
            played_as: client.name.clone(),
            client,
            service: "standard".to_owned(),
            scenario: CLIENTS_SCENARIO,
        }
    }
}

impl From<&Mechanism> for Row {
    /// # Panics
    /// If the client of the mechanism is not built in.
    fn from(mechanism: &Mechanism) -> Self {
        let client = ClientUnderTest::named(mechanism.client(false)).expect("it is one of ours");
        Self {
            mechanism: Some(mechanism.number),
            name: mechanism.name.to_owned(),
            played_as: mechanism.wrong.to_owned(),
            client,
            service: mechanism.service(false).to_owned(),
            scenario: mechanism.scenario,
        }
    }
}

/// What came of one mechanism behind one set of defences.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Cell {
    /// The number of the mechanism; null of a client that is played for itself.
    pub mechanism: Option<u8>,
    /// What the field calls the mechanism, or the name of the client.
    pub name: String,
    /// The client or the service that the row is about.
    pub played_as: String,
    /// The scenario.
    pub scenario: String,
    /// The defences that were on.
    pub defences: Vec<String>,
    /// Seeds that were played.
    pub seeds: u64,
    /// The verdict of all seeds together: violated if any is or panicked, else clean if any is.
    pub verdict: Verdict,
    /// Seeds in which an invariant was violated.
    pub violated: u64,
    /// Those of them in which somebody saw what was not theirs (invariant I1).
    pub leaked: u64,
    /// Seeds that were clean.
    pub clean: u64,
    /// Seeds that were inconclusive.
    pub inconclusive: u64,
    /// Seeds whose run panicked.
    pub panicked: u64,
    /// Seeds until the first in which an invariant was violated.
    pub seeds_to_find: Option<u64>,
    /// The seed line of that one: `crosswire replay` plays it again.
    pub first: Option<String>,
    /// Seeds until the first leak.
    pub seeds_to_leak: Option<u64>,
    /// People who saw what was not theirs, in all seeds together.
    pub users_exposed: u64,
    /// The invariants that were violated in any seed.
    #[serde(serialize_with = "print::by_number")]
    pub invariants: BTreeSet<String>,
    /// The most directory queries in a second: the mean over the seeds.
    pub directory_peak: f64,
    /// The time in which 99 of 100 requests were over: the mean over the seeds, in ms.
    pub p99_ms: f64,
    /// The time to recover: the mean over the seeds that did, in ms.
    pub recover_ms: Option<f64>,
    /// Seeds that never recovered.
    pub unrecovered: u64,
    /// Requests that the service refused or failed at, as a share of all.
    pub refused_share: f64,
}

/// Rows of cells, in the order of the question.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Matrix {
    /// The first seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub from: Seed,
    /// How many seeds each cell had.
    pub seeds: u64,
    /// The columns.
    pub defences: Vec<Vec<String>>,
    /// The cells, row by row.
    pub cells: Vec<Cell>,
}

impl Object for Matrix {
    const TYPE: &'static str = "matrix";
}

/// One run of a cell.
struct Run {
    findings: Findings,
    cost: Cost,
}

/// What a cell is played with.
struct Setting<'a> {
    row: &'a Row,
    /// What leads to the scenario.
    called: String,
    scenario: Scenario,
}

impl<'a> Setting<'a> {
    fn new(row: &'a Row, defences: &[String], all: Option<&(String, Scenario)>) -> Self {
        let own = || {
            let scenario = library::scenario(row.scenario).expect("it comes with Crosswire");
            (row.scenario.to_owned(), scenario)
        };
        let (called, mut scenario) = all.cloned().unwrap_or_else(own);
        scenario.client.name.clone_from(&row.client.name);
        scenario.service.name.clone_from(&row.service);
        scenario.defences = defences.to_vec();
        Self { row, called, scenario }
    }

    fn seed_line(&self, seed: u64) -> SeedLine {
        SeedLine {
            scenario: self.called.clone(),
            seed: Seed(seed),
            client: self.scenario.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
        }
    }

    fn play(&self, seed: u64) -> Result<Run, Panicked> {
        let plan = Arc::new(draw(&self.scenario, Seed(seed)));
        let (played, watchers) = play(&plan, &self.row.client, vec![Box::new(Load::default())])?;
        Ok(Run { findings: played.findings, cost: Load::cost_among(watchers, &plan) })
    }
}

/// Plays the matrix on so many threads. `tick` is told after each run how many are done.
///
/// # Panics
/// If the scenario of a row does not come with Crosswire.
pub fn matrix(question: &Question, tick: &(dyn Fn(u64) + Sync)) -> Matrix {
    matrix_until(question, tick, &|| false)
}

/// Plays the matrix as [`matrix`] does, until `stop` says so; then only rows that are whole are given.
///
/// # Panics
/// As [`matrix`].
pub fn matrix_until(
    question: &Question,
    tick: &(dyn Fn(u64) + Sync),
    stop: &(dyn Fn() -> bool + Sync),
) -> Matrix {
    let settings: Vec<_> = question
        .rows
        .iter()
        .flat_map(|row| {
            let sets = question.defences.iter();
            sets.map(|set| Setting::new(row, set, question.scenario.as_ref()))
        })
        .collect();
    let count = settings.len() as u64 * question.seeds;
    let play = |at: u64| {
        settings[(at / question.seeds) as usize].play(question.from + at % question.seeds)
    };
    let jobs = (0..count).take_while(|_| !stop());
    let runs = pool::all(jobs, question.threads, play, tick);
    let of_a_row = question.defences.len() as u64 * question.seeds;
    let rows = runs.len() as u64 / of_a_row.max(1);
    let mut runs = runs.into_iter();
    let whole = settings.iter().take(rows as usize * question.defences.len());
    let cells = whole.map(|setting| {
        let own: Vec<_> = runs.by_ref().take(question.seeds as usize).collect();
        cell(setting, question.from, &own)
    });
    let cells = cells.collect();
    let Question { from, seeds, ref defences, .. } = *question;
    Matrix { from: Seed(from), seeds, defences: defences.clone(), cells }
}

fn cell(setting: &Setting<'_>, from: u64, runs: &[Result<Run, Panicked>]) -> Cell {
    let Setting { row, scenario, .. } = setting;
    let mut cell = Cell {
        mechanism: row.mechanism,
        name: row.name.clone(),
        played_as: row.played_as.clone(),
        scenario: scenario.name.clone(),
        defences: scenario.defences.clone(),
        seeds: runs.len() as u64,
        ..Cell::empty()
    };
    for (run, nth) in runs.iter().zip(1..) {
        match run {
            Ok(run) => cell.count(&run.findings, nth),
            Err(_) => cell.panicked += 1,
        }
    }
    cell.first = cell.seeds_to_find.map(|nth| setting.seed_line(from + (nth - 1)).to_string());
    cell.verdict = cell.verdict();
    let costs: Vec<_> = runs.iter().filter_map(|run| Some(run.as_ref().ok()?.cost)).collect();
    cell.charge(&costs);
    cell
}

impl Cell {
    /// A cell of which no seed was played.
    pub(crate) fn empty() -> Self {
        Self {
            mechanism: None,
            name: String::new(),
            played_as: String::new(),
            scenario: String::new(),
            defences: Vec::new(),
            seeds: 0,
            verdict: Verdict::Inconclusive,
            violated: 0,
            leaked: 0,
            clean: 0,
            inconclusive: 0,
            panicked: 0,
            seeds_to_find: None,
            first: None,
            seeds_to_leak: None,
            users_exposed: 0,
            invariants: BTreeSet::new(),
            directory_peak: 0.0,
            p99_ms: 0.0,
            recover_ms: None,
            unrecovered: 0,
            refused_share: 0.0,
        }
    }

    fn verdict(&self) -> Verdict {
        match (self.violated + self.panicked, self.clean) {
            (1.., _) => Verdict::Violated,
            (0, 1..) => Verdict::Clean,
            (0, 0) => Verdict::Inconclusive,
        }
    }

    fn count(&mut self, findings: &Findings, nth: u64) {
        let leak = findings.counts.contains_key("I1");
        match findings.verdict {
            Verdict::Violated => self.violated += 1,
            Verdict::Clean => self.clean += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
        }
        if findings.verdict == Verdict::Violated {
            self.seeds_to_find = self.seeds_to_find.or(Some(nth));
        }
        if leak {
            self.leaked += 1;
            self.seeds_to_leak = self.seeds_to_leak.or(Some(nth));
        }
        self.users_exposed += findings.exposure.users;
        self.invariants.extend(findings.counts.keys().cloned());
    }

    fn charge(&mut self, costs: &[Cost]) {
        let mean = Mean::of(costs);
        self.directory_peak = mean.directory_peak;
        self.p99_ms = mean.p99_ms;
        self.unrecovered = mean.unrecovered;
        self.recover_ms = mean.recover_ms;
        self.refused_share = mean.refused_share;
    }

    /// Whether anybody saw what was not theirs.
    pub fn leaks(&self) -> bool {
        self.leaked > 0
    }
}
