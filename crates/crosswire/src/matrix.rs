//! The matrix: each mechanism or client behind each set of defences, with the cost of the defences.
//!
//! Each cell runs one mechanism or client behind one set of defences over several seeds. All cells
//! of one row see the same plans, because a defence draws nothing.

pub mod print;

use crate::cost::{Cost, Load, Mean};
use crate::mechanisms::Mechanism;
use crate::pool;
use crate::scenarios::Scenarios;
use crate::seedline::SeedLine;
use crate::sim::{ClientUnderTest, Panicked, watch};
use crosswire_checker::{Findings, InvariantId, Verdict};
use crosswire_output::machine::{self, Object};
use crosswire_plan::{Scenario, Seed, draw};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rows, columns and seeds of a matrix.
#[derive(Clone, Debug)]
pub struct Question {
    /// The rows.
    pub rows: Vec<Row>,
    /// The columns: sets of defences. The empty set is no defence.
    pub defences: Vec<Vec<String>>,
    /// The scenarios that the rows name.
    pub scenarios: Scenarios,
    /// The first seed.
    pub from: u64,
    /// The number of seeds. The last seed must not exceed 2^64-1.
    pub seeds: u64,
    /// The number of threads.
    pub threads: usize,
}

/// A row of the matrix: a mechanism or a client.
#[derive(Clone, Debug)]
pub struct Row {
    /// The number of the mechanism; none for a row that is about a client.
    pub mechanism: Option<u8>,
    /// The common name of the mechanism, or the name of the client.
    pub name: String,
    /// The client or the service that the row is about.
    pub played_as: String,
    /// The client under test.
    client: ClientUnderTest,
    /// The service under test.
    service: String,
    /// The name or path of the scenario.
    pub scenario: String,
}

/// The scenario of a row that is about a client: most bugs of clients show in it.
const CLIENTS_SCENARIO: &str = "notification-mix-up";

impl Row {
    /// Creates the row of a client on the standard service.
    pub fn of_client(client: ClientUnderTest) -> Self {
        Self {
            mechanism: None,
            name: client.name.clone(),
            played_as: client.name.clone(),
            client,
            service: "standard".to_owned(),
            scenario: CLIENTS_SCENARIO.to_owned(),
        }
    }
}

impl From<&Mechanism> for Row {
    /// # Panics
    /// If the client of the mechanism is not part of this build.
    fn from(mechanism: &Mechanism) -> Self {
        let client = ClientUnderTest::named(mechanism.client(false))
            .expect("a mechanism's client is built in");
        Self {
            mechanism: Some(mechanism.number),
            name: mechanism.name.to_owned(),
            played_as: mechanism.faulty.to_owned(),
            client,
            service: mechanism.service(false).to_owned(),
            scenario: mechanism.scenario.to_owned(),
        }
    }
}

/// The outcome of one row behind one set of defences.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Cell {
    /// The number of the mechanism; null if the row is about a client.
    pub mechanism: Option<u8>,
    /// The common name of the mechanism, or the name of the client.
    pub name: String,
    /// The client or the service that the row is about.
    pub played_as: String,
    /// The scenario.
    pub scenario: String,
    /// The defences that were switched on.
    pub defences: Vec<String>,
    /// The number of seeds.
    pub seeds: u64,
    /// The verdict of all seeds together: violated if any run was violated or panicked, else clean
    /// if any was clean, else inconclusive.
    pub verdict: Verdict,
    /// Seeds in which an invariant was violated.
    pub violated: u64,
    /// Seeds in which a user saw another user's data (invariant I1).
    pub leaked: u64,
    /// Seeds that were clean.
    pub clean: u64,
    /// Seeds that were inconclusive.
    pub inconclusive: u64,
    /// Seeds whose run panicked.
    pub panicked: u64,
    /// The number of seeds up to and including the first that violated an invariant.
    pub seeds_to_find: Option<u64>,
    /// The seed line of that run, for `crosswire replay`.
    pub first: Option<String>,
    /// The number of seeds up to and including the first leak.
    pub seeds_to_leak: Option<u64>,
    /// Users who saw another user's data, in all seeds together.
    pub users_exposed: u64,
    /// The invariants that were violated in any seed.
    #[serde(serialize_with = "print::by_number")]
    pub invariants: BTreeSet<InvariantId>,
    /// The peak number of directory queries in a second: the mean over the seeds.
    pub directory_peak: f64,
    /// The 99th percentile of request latency in milliseconds: the mean over the seeds.
    pub p99_ms: f64,
    /// The time to recover in milliseconds: the mean over the seeds that recovered.
    pub recover_ms: Option<f64>,
    /// Seeds that never recovered.
    pub unrecovered: u64,
    /// The share of requests that the service denied, refused or failed.
    pub refused_share: f64,
}

/// The cells of a matrix, in the order of its rows and columns.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Matrix {
    /// The first seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub from: Seed,
    /// The number of seeds of each cell.
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

/// The row of a cell, and its scenario with the row's client and service and the cell's defences.
struct Setting<'a> {
    row: &'a Row,
    scenario: Scenario,
}

impl<'a> Setting<'a> {
    fn new(row: &'a Row, defences: &[String], scenarios: &Scenarios) -> Self {
        let mut scenario =
            scenarios.get(&row.scenario).expect("the scenario of each row is loaded").clone();
        scenario.client.name.clone_from(&row.client.name);
        scenario.service.name.clone_from(&row.service);
        scenario.defences = defences.to_vec();
        Self { row, scenario }
    }

    fn seed_line(&self, seed: u64) -> SeedLine {
        SeedLine {
            scenario: self.row.scenario.clone(),
            seed: Seed(seed),
            client: self.scenario.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
        }
    }

    fn play(&self, seed: u64) -> Result<Run, Panicked> {
        let plan = Arc::new(draw(&self.scenario, Seed(seed)));
        let (output, load) = watch(&plan, &self.row.client, Load::default())?;
        Ok(Run { findings: output.findings, cost: load.cost(&plan) })
    }
}

/// Runs the matrix. Calls `tick` after each run with the number of runs so far.
///
/// # Panics
/// If the question lacks the scenario of a row.
pub fn matrix(question: &Question, tick: &(dyn Fn(u64) + Sync)) -> Matrix {
    matrix_until(question, tick, &|| false)
}

/// Runs the matrix as [`matrix`] does, until `stop` returns true; then the result contains only
/// complete rows.
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
            sets.map(|set| Setting::new(row, set, &question.scenarios))
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
    cell.add_cost(&costs);
    cell
}

impl Cell {
    /// Creates a cell without runs.
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
        let leak = findings.counts.contains_key(&InvariantId::I1);
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
        self.invariants.extend(findings.counts.keys());
    }

    fn add_cost(&mut self, costs: &[Cost]) {
        let mean = Mean::of(costs);
        self.directory_peak = mean.directory_peak;
        self.p99_ms = mean.p99_ms;
        self.unrecovered = mean.unrecovered;
        self.recover_ms = mean.recover_ms;
        self.refused_share = mean.refused_share;
    }

    /// Returns the number of seeds that violated an invariant and did not leak.
    ///
    /// # Panics
    /// If more seeds leaked than violated an invariant.
    pub fn violated_otherwise(&self) -> u64 {
        let Self { violated, leaked, .. } = *self;
        assert!(leaked <= violated, "{leaked} of {violated} violated seeds leaked");
        violated - leaked
    }

    /// Returns whether a user saw another user's data in any run.
    pub fn leaks(&self) -> bool {
        self.leaked > 0
    }
}
