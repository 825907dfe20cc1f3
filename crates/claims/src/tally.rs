//! Counts how often the checker accuses a correct client or service.
//!
//! Some hundred thousand runs take hours, so the results are kept in a file with a line for each
//! thousand seeds. A line counts as long as the run of its first seed has the same digest.

use crate::zoo;
use crosswire::Storm;
use crosswire::mechanisms::{MECHANISMS, Mechanism, Side};
use crosswire::scenarios;
use crosswire::sim::{Panicked, RunOutput};
use crosswire_checker::{Together, Verdict};
use crosswire_output::format::grouped;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;

/// Number of seeds that run, and are stored, at a time.
const CHUNK: u64 = 1_000;

/// A correct client and service, the scenario, and the number of seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The scenario.
    pub scenario: &'static str,
    /// The client.
    pub client: &'static str,
    /// True for a client of the zoo.
    pub of_zoo: bool,
    /// The service.
    pub service: &'static str,
    /// Number of clean seeds required. Seeds are counted from 0.
    pub seeds: u64,
}

/// The results of some seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    scenario: String,
    client: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    of_zoo: bool,
    service: String,
    from: u64,
    /// Number of clean, violated, inconclusive and panicked seeds.
    seeds: [u64; 4],
    #[serde(flatten)]
    together: Together,
    /// The first violated seed, with the violated invariants.
    first: Option<(u64, String)>,
    /// The digest of the first seed.
    digest: String,
}

/// Returns a row for each correct client or service in each scenario. Counts are divided by
/// `scale`.
pub fn rows(scale: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for (client, service) in correct_pairs() {
        let homes = homes(client, service);
        // In `metastable`, the service collapses with any client and service.
        let others = crosswire::plan::builtin().iter().filter(|file| file.name != "metastable");
        for file in others {
            let scenario = file.name;
            let seeds = match scenario {
                "swarm" if (client, service) == ("pooled", "standard") => 100_000,
                "swarm" => 5_000,
                home if homes.contains(home) => 5_000,
                _ => 200,
            };
            let seeds = (seeds / scale).max(2);
            rows.push(Row { scenario, client, of_zoo: false, service, seeds });
        }
    }
    rows
}

/// Returns all correct clients and services, in pairs. Of the real libraries only `redis-rs` is
/// included; the others have their certificates (`ci/certify`).
pub fn correct_pairs() -> Vec<(&'static str, &'static str)> {
    let ours = |name| name == "redis-rs" || crosswire::cache::libraries(name).is_empty();
    let mut pairs = Vec::new();
    for spec in crosswire::cache::all() {
        if spec.twin.is_none() && ours(spec.name) {
            pairs.push((spec.name, "standard"));
        }
    }
    for spec in crosswire::services() {
        if spec.twin.is_none() && spec.name != "standard" {
            pairs.push(("pooled", spec.name));
        }
    }
    pairs
}

/// Returns the scenarios of the mechanisms whose correct twin this is.
fn homes(client: &str, service: &str) -> BTreeSet<&'static str> {
    let twin = |mechanism: &&Mechanism| match mechanism.side {
        Side::Client => mechanism.correct == client && service == "standard",
        Side::Service => mechanism.correct == service && client == "pooled",
    };
    MECHANISMS.iter().filter(twin).map(|mechanism| mechanism.scenario).collect()
}

/// The results so far.
#[derive(Default)]
pub struct Kept {
    chunks: Vec<Chunk>,
    file: Option<std::fs::File>,
}

impl Kept {
    /// Reads a file as [`open`](Self::open) does; without a file, there are no results.
    ///
    /// # Errors
    /// As [`open`](Self::open), with the name of the file.
    pub fn from(file: Option<&Path>, rows: &[Row]) -> Result<Self, String> {
        match file {
            Some(file) => {
                Self::open(file, rows).map_err(|error| format!("{}: {error}", file.display()))
            }
            None => Ok(Self::default()),
        }
    }

    /// Reads the results of a file for these rows, as far as their runs still have the same digest,
    /// and appends new results to the file.
    ///
    /// # Errors
    /// The file cannot be read or written, or a line is invalid. An incomplete last line was being
    /// written when the process ended, and is dropped.
    pub fn open(path: &Path, rows: &[Row]) -> io::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let chunks: Result<Vec<Chunk>, _> = whole.map(serde_json::from_str).collect();
        let chunks: Vec<_> =
            chunks?.into_iter().filter(|chunk| chunk.plays_the_same(rows)).collect();
        let new = path.with_extension("new");
        let mut kept = Self { chunks: Vec::new(), file: Some(std::fs::File::create(&new)?) };
        chunks.into_iter().try_for_each(|chunk| kept.add(chunk))?;
        std::fs::rename(&new, path)?;
        Ok(kept)
    }

    fn add(&mut self, chunk: Chunk) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            writeln!(file, "{}", serde_json::to_string(&chunk)?)?;
        }
        self.chunks.push(chunk);
        Ok(())
    }

    /// Runs what is still missing, `jobs` runs at a time: the first thousand seeds of every row
    /// before the second thousand of any. `report` receives each violated seed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn play(
        &mut self,
        rows: &[Row],
        jobs: usize,
        mut report: impl FnMut(&Row, u64, &str),
    ) -> io::Result<()> {
        let next = |kept: &Self| {
            let missing = rows.iter().filter_map(|row| kept.missing(row).map(|range| (row, range)));
            missing.min_by_key(|(_, range)| range.start / CHUNK)
        };
        while let Some((row, Range { start, end })) = next(self) {
            let chunk = Chunk::play(row, start, end - start, jobs);
            if let Some((seed, ids)) = &chunk.first {
                report(row, *seed, ids);
            }
            self.add(chunk)?;
        }
        Ok(())
    }

    /// Returns the seeds of a row to run next. Each seed that was not clean adds one more, up to
    /// twice the required number.
    fn missing(&self, row: &Row) -> Option<Range<u64>> {
        let (mut from, mut clean) = (0, 0);
        for chunk in self.of(row) {
            (from, clean) = (from + chunk.played(), clean + chunk.seeds[0]);
        }
        let seeds = row.seeds.saturating_sub(clean).min((2 * row.seeds).saturating_sub(from));
        if seeds > 0 { Some(from..from + seeds.min(CHUNK)) } else { None }
    }

    /// Returns the results of a row, from seed 0 on and without a gap.
    fn of(&self, row: &Row) -> impl Iterator<Item = &Chunk> {
        let mut chunks: Vec<_> = self.chunks.iter().filter(|chunk| chunk.is_of(row)).collect();
        chunks.sort_by_key(|chunk| (chunk.from, Reverse(chunk.played())));
        let mut end = 0;
        chunks.retain(|chunk| {
            let next = chunk.from == end;
            end += if next { chunk.played() } else { 0 };
            next
        });
        chunks.into_iter()
    }

    /// Returns the sums of a row so far.
    pub fn tally(&self, row: &Row) -> Tally {
        let mut tally = Tally { row: row.clone(), seeds: [0; 4], missing: Vec::new() };
        let mut together = Together::default();
        for chunk in self.of(row) {
            for (sum, count) in tally.seeds.iter_mut().zip(chunk.seeds) {
                *sum += count;
            }
            together.join(&chunk.together);
        }
        let scenario = scenarios::scenario(row.scenario).expect("a built-in scenario");
        let missing = together.lacking(&scenario.reach).into_iter();
        tally.missing.extend(missing.map(|missing| missing.situation));
        tally
    }
}

impl Chunk {
    fn play(row: &Row, from: u64, seeds: u64, jobs: usize) -> Self {
        let outcome = storm(row).from_seed(from).seeds(seeds).threads(jobs).run();
        let count = |verdict| outcome.seeds_with(verdict).len() as u64;
        let [clean, violated, inconclusive] =
            [Verdict::Clean, Verdict::Violated, Verdict::Inconclusive].map(count);
        let panicked = outcome.runs.iter().filter(|one| one.run.is_err()).count() as u64;
        let ids = |(seed, played): (u64, &RunOutput)| {
            let ids: Vec<_> = played.findings.counts.keys().map(|id| id.as_str()).collect();
            (seed, ids.join(" "))
        };
        Self {
            scenario: row.scenario.to_owned(),
            client: row.client.to_owned(),
            of_zoo: row.of_zoo,
            service: row.service.to_owned(),
            from,
            seeds: [clean, violated, inconclusive, panicked],
            together: outcome.together(),
            first: outcome.first_violated().map(ids),
            digest: outcome.runs.first().map(|one| digest(&one.run)).unwrap_or_default(),
        }
    }

    fn played(&self) -> u64 {
        self.seeds.iter().sum()
    }

    fn is_of(&self, row: &Row) -> bool {
        let who = (self.client.as_str(), self.of_zoo, self.service.as_str());
        self.scenario == row.scenario && who == (row.client, row.of_zoo, row.service)
    }

    fn plays_the_same(&self, rows: &[Row]) -> bool {
        let row = rows.iter().find(|row| self.is_of(row));
        row.is_some_and(|row| digest(&storm(row).play(self.from)) == self.digest)
    }
}

fn storm(row: &Row) -> Storm {
    if row.of_zoo {
        let specimen = zoo::correct_one(row.client).expect("a client of the zoo");
        return zoo::storm(specimen, row.scenario);
    }
    Storm::named(row.scenario).client(row.client).service_named(row.service)
}

fn digest(run: &Result<RunOutput, Panicked>) -> String {
    match run {
        Ok(played) => played.digest.to_string(),
        Err(panicked) => panicked.to_string(),
    }
}

/// The results of a correct client or service in a scenario.
pub struct Tally {
    /// The client, service and scenario, with the number of seeds required.
    pub row: Row,
    /// Number of clean, violated, inconclusive and panicked seeds.
    pub seeds: [u64; 4],
    /// Required situations that all seeds together did not reach.
    pub missing: Vec<String>,
}

impl Tally {
    /// Returns whether nothing failed and the seeds together reached every required situation.
    pub fn is_clean(&self) -> bool {
        self.seeds[1] == 0 && self.seeds[3] == 0 && self.missing.is_empty()
    }

    /// Returns whether enough seeds were clean.
    pub fn is_whole(&self) -> bool {
        self.seeds[0] >= self.row.seeds
    }

    /// Returns a row of the table.
    pub fn to_row(&self) -> String {
        let Row { scenario, client, service, seeds: wanted, .. } = &self.row;
        let [clean, violated, inconclusive, panicked] = self.seeds;
        let played: u64 = self.seeds.iter().sum();
        let reached = match &self.missing[..] {
            _ if played == 0 => "-".to_owned(),
            [] => "yes".to_owned(),
            missing => missing.join(", "),
        };
        format!(
            "| `{scenario}` | `{client}` | `{service}` | {wanted} | {played} | {clean} | {violated} | {inconclusive} | {panicked} | {reached} |"
        )
    }
}

/// Returns the sums of all rows, in a sentence.
pub fn in_all(tallies: &[Tally]) -> String {
    let sum = |at: usize| tallies.iter().map(|tally| tally.seeds[at]).sum::<u64>();
    let [clean, violated, inconclusive, panicked] = [0, 1, 2, 3].map(sum);
    let whole = tallies.iter().filter(|tally| tally.is_whole()).count();
    format!(
        "\n{} seeds: {} clean, {violated} violated, {inconclusive} inconclusive, {panicked} \
         panicked. {whole} of {} rows have the required number of clean seeds.",
        grouped(clean + violated + inconclusive + panicked),
        grouped(clean),
        tallies.len()
    )
}

/// Head of the table.
pub const HEAD: &str = "\
| scenario | client | service | clean required | run | clean | violated | inconclusive | panicked | all situations |
|---|---|---|--:|--:|--:|--:|--:|--:|---|";
