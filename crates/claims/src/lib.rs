//! The claims about clients in scenarios, and their tests.
//!
//! `ci/sweep` runs all of them and writes the table of docs/reports/claims.md; the tests and
//! `ci/test` run a slice.

pub mod bounds;
pub mod contract;
pub mod detection;
pub mod guided;
pub mod mutants;
pub mod page;
pub mod tally;
pub mod zoo;

use crosswire::storm::SeedRun;
use crosswire::{Outcome, Storm};
use crosswire_checker::{InvariantId, Missing, Verdict};
use crosswire_output::format::by_number;
use std::collections::BTreeSet;

/// The expected result of a client in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No seed is violated, and together they reach every required situation.
    Clean,
    /// Some seed is violated.
    Caught,
    /// Some seed is a leak, a violation of invariant I1.
    Leak,
}

/// A claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The scenario.
    pub scenario: &'static str,
    /// The client.
    pub client: &'static str,
    /// Number of seeds, counted from 0, that it covers.
    pub seeds: u64,
    /// The expected result.
    pub expected: Expected,
}

const fn claim(
    scenario: &'static str,
    client: &'static str,
    seeds: u64,
    expected: Expected,
) -> Claim {
    Claim { scenario, client, seeds, expected }
}

/// All claims.
pub const CLAIMS: &[Claim] = &[
    claim("calm", "pooled-cancel-desync", 200, Expected::Clean),
    claim("calm", "pooled-checkout-race", 200, Expected::Clean),
    claim("calm", "sharded-mget-zip", 200, Expected::Clean),
    claim("calm", "pipelined-stop-at-error", 200, Expected::Clean),
    claim("calm", "multiplexed-replay-skew", 200, Expected::Clean),
    claim("calm", "slotted-double-free", 200, Expected::Clean),
    claim("calm", "slotted-stale-cleanup", 200, Expected::Clean),
    claim("calm", "short-keys-collision", 200, Expected::Clean),
    claim("calm", "near-cache-lost-invalidation", 200, Expected::Clean),
    claim("calm", "logical-dbs-no-reselect", 200, Expected::Clean),
    claim("reconnect-storm", "pooled-cancel-desync", 200, Expected::Leak),
    claim("reconnect-storm", "pooled-checkout-race", 200, Expected::Leak),
    claim("reconnect-storm", "sharded-mget-zip", 200, Expected::Leak),
    claim("reconnect-storm", "pooled", 2_000, Expected::Clean),
    claim("reconnect-storm", "redis-rs", 2_000, Expected::Clean),
    claim("reconnect-storm", "sharded-mget", 2_000, Expected::Clean),
    claim("reconnect-storm", "pipelined", 200, Expected::Clean),
    claim("reconnect-storm", "multiplexed", 200, Expected::Clean),
    claim("reconnect-storm", "slotted", 200, Expected::Clean),
    claim("notification-mix-up", "pipelined-stop-at-error", 200, Expected::Caught),
    claim("notification-mix-up", "multiplexed-replay-skew", 200, Expected::Leak),
    claim("notification-mix-up", "slotted-double-free", 200, Expected::Leak),
    claim("notification-mix-up", "slotted-stale-cleanup", 200, Expected::Leak),
    claim("notification-mix-up", "pooled", 200, Expected::Clean),
    claim("notification-mix-up", "redis-rs", 200, Expected::Clean),
    claim("notification-mix-up", "sharded-mget", 200, Expected::Clean),
    claim("notification-mix-up", "pipelined", 200, Expected::Clean),
    claim("notification-mix-up", "multiplexed", 200, Expected::Clean),
    claim("notification-mix-up", "slotted", 200, Expected::Clean),
    claim("reconnect-storm", "short-keys-collision", 200, Expected::Leak),
    claim("reconnect-storm", "short-keys", 500, Expected::Clean),
    claim("reconnect-storm", "near-cache", 500, Expected::Clean),
    claim("reconnect-storm", "logical-dbs", 500, Expected::Clean),
    claim("bad-network-update", "near-cache-lost-invalidation", 200, Expected::Leak),
    claim("bad-network-update", "logical-dbs-no-reselect", 200, Expected::Leak),
    claim("bad-network-update", "near-cache", 500, Expected::Clean),
    claim("bad-network-update", "logical-dbs", 500, Expected::Clean),
    claim("bad-network-update", "pooled", 500, Expected::Clean),
    claim("bad-network-update", "redis-rs", 500, Expected::Clean),
    claim("bad-network-update", "sharded-mget", 500, Expected::Clean),
    claim("wyze-2024", "pooled-cancel-desync", 20, Expected::Leak),
    claim("wyze-2024", "pooled", 200, Expected::Clean),
    claim("wyze-2024", "redis-rs", 200, Expected::Clean),
    claim("calm", "redis-rs-0-29", 200, Expected::Clean),
    claim("calm", "moka-future-late-fill", 200, Expected::Clean),
    claim("calm", "moka-sync-keeps-on-loss", 200, Expected::Clean),
    claim("calm", "quick-cache-late-insert", 200, Expected::Clean),
    claim("reconnect-storm", "redis-rs-0-29", 200, Expected::Leak),
    claim("reconnect-storm", "redis-rs-pipeline", 200, Expected::Clean),
    claim("reconnect-storm", "redis-rs-deadpool", 200, Expected::Clean),
    claim("reconnect-storm", "moka-future", 200, Expected::Clean),
    claim("reconnect-storm", "moka-sync", 200, Expected::Clean),
    claim("reconnect-storm", "quick-cache", 200, Expected::Clean),
    claim("reconnect-storm", "two-level", 200, Expected::Clean),
    claim("bad-network-update", "moka-future-late-fill", 200, Expected::Caught),
    claim("bad-network-update", "moka-sync-keeps-on-loss", 200, Expected::Caught),
    claim("bad-network-update", "quick-cache-late-insert", 200, Expected::Caught),
    claim("bad-network-update", "redis-rs-pipeline", 200, Expected::Clean),
    claim("bad-network-update", "redis-rs-deadpool", 200, Expected::Clean),
    claim("bad-network-update", "moka-future", 200, Expected::Clean),
    claim("bad-network-update", "moka-sync", 200, Expected::Clean),
    claim("bad-network-update", "quick-cache", 200, Expected::Clean),
    claim("bad-network-update", "two-level", 200, Expected::Clean),
];

/// The result of testing a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Result {
    /// Number of seeds that ran.
    pub seeds: u64,
    /// Number of clean, violated and inconclusive seeds.
    pub verdicts: [u64; 3],
    /// Number of seeds to the first violated one.
    pub to_first_find: Option<u64>,
    /// Number of seeds to the first leak.
    pub to_first_leak: Option<u64>,
    /// The invariants that were violated in any seed.
    pub violated: BTreeSet<InvariantId>,
    /// The reason why the claim does not hold; none if it holds.
    pub broken: Option<String>,
}

impl Claim {
    /// Runs the first `seeds` of its seeds.
    pub fn test(&self, seeds: u64) -> Result {
        let outcome = Storm::named(self.scenario).client(self.client).seeds(seeds).run();
        let count = |verdict| outcome.seeds_with(verdict).len() as u64;
        let findings = || {
            let runs = outcome.runs.iter().enumerate();
            runs.filter_map(|(at, one)| Some((at as u64 + 1, &one.run.as_ref().ok()?.findings)))
        };
        let violated = |findings: &crosswire_checker::Findings| {
            findings
                .counts
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(id, _)| *id)
                .collect::<Vec<_>>()
        };
        let to_first_find = findings().find(|(_, f)| f.verdict == Verdict::Violated);
        let to_first_leak = findings()
            .find(|(_, f)| f.counts.get(&InvariantId::I1).is_some_and(|count| *count > 0));
        let mut result = Result {
            seeds,
            verdicts: [Verdict::Clean, Verdict::Violated, Verdict::Inconclusive].map(count),
            to_first_find: to_first_find.map(|(at, _)| at),
            to_first_leak: to_first_leak.map(|(at, _)| at),
            violated: findings().flat_map(|(_, f)| violated(f)).collect(),
            broken: None,
        };
        result.broken = self.broken(&result, &outcome);
        result
    }

    fn broken(&self, result: &Result, outcome: &Outcome) -> Option<String> {
        let panicked = outcome.runs.iter().find(|one| one.run.is_err());
        if let Some(SeedRun { seed, run: Err(panicked), .. }) = panicked {
            return Some(format!("seed {seed}: {panicked}"));
        }
        match self.expected {
            Expected::Clean => match (outcome.first_violated(), outcome.missing().first()) {
                (Some((seed, played)), _) => {
                    let first = played.findings.violations.first();
                    let id = first.map_or("?", |violation| violation.invariant.as_str());
                    Some(format!("seed {seed} is violated ({id})"))
                }
                (None, Some(Missing { situation, need, got })) => {
                    Some(format!("inconclusive: `{situation}` occurred {got} of {need} times"))
                }
                (None, None) => None,
            },
            Expected::Caught if result.to_first_find.is_none() => Some("not caught".to_owned()),
            Expected::Leak if result.to_first_leak.is_none() => Some("no leak".to_owned()),
            Expected::Caught | Expected::Leak => None,
        }
    }

    /// Formats the claim and its result as a row of the table in docs/reports/claims.md.
    pub fn row(&self, result: &Result) -> String {
        let [clean, violated, inconclusive] = result.verdicts;
        let or_none =
            |seeds: Option<u64>| seeds.map_or("–".to_owned(), |seeds| seeds.to_string());
        let ids = by_number(&result.violated);
        let ids = if ids.is_empty() { "–".to_owned() } else { ids.join(" ") };
        format!(
            "| `{}` | `{}` | {} | {clean} | {violated} | {inconclusive} | {} | {} | {ids} |",
            self.scenario,
            self.client,
            result.seeds,
            or_none(result.to_first_find),
            or_none(result.to_first_leak),
        )
    }
}

/// The head of the table in docs/reports/claims.md.
pub const HEAD: &str = "\
| scenario | client | seeds | clean | violated | inconclusive | seeds to a find | seeds to a leak | violated invariants |
|---|---|--:|--:|--:|--:|--:|--:|---|";
