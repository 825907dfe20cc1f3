//! Compares the digests of runs with those in `ci/digests.txt`: a change that should change no run
//! changes no digest.

use crate::files;
use clap::value_parser;
use crosswire::plan::{Seed, draw};
use crosswire::scenarios;
use crosswire::sim::{ClientUnderTest, play_unchecked};
use crosswire::{cache, pool};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// The arguments of `ci digests`.
#[derive(clap::Args)]
pub struct Args {
    /// Compares the first N seeds only.
    #[arg(long, value_name = "N", default_value_t = SEEDS, value_parser = value_parser!(u64).range(1..=SEEDS))]
    seeds: u64,
    /// Compares one of the scenarios only.
    #[arg(long, value_name = "NAME", value_parser = SCENARIOS)]
    scenario: Option<String>,
    /// Writes the file instead, after a change of what runs do.
    #[arg(long, conflicts_with = "seeds")]
    write: bool,
}

const SCENARIOS: [&str; 3] = ["reconnect-storm", "swarm", "wyze-2024"];

/// Seeds of each scenario with each client.
const SEEDS: u64 = 50;

/// The file, from the root of the repository.
const FILE: &str = "ci/digests.txt";

/// Hexadecimal digits that the file has of each digest: two digests agree in that many by chance
/// once in 2^48.
const DIGITS: usize = 12;

/// A scenario and a client, with the digests of their seeds from 0.
type Rows = BTreeMap<(String, String), Vec<String>>;

/// Runs every client on every scenario and returns whether all digests are those in the file.
///
/// # Errors
/// If the file cannot be read or written, or has a malformed line.
pub fn run(args: &Args) -> Result<bool, String> {
    let mut kept = Rows::new();
    if !args.write || Path::new(FILE).exists() {
        kept = parse(&files::read(FILE)?).map_err(|error| format!("{FILE}: {error}"))?;
    }
    let rows = digests(args);
    let mut different = 0;
    for ((scenario, client), digests) in &rows {
        let others = match kept.get(&(scenario.clone(), client.clone())) {
            Some(known) => different_from(known, digests),
            None => digests.len(),
        };
        if others > 0 {
            different += 1;
            println!("{scenario} {client}: {others} of {} digests differ", digests.len());
        }
    }
    println!("{} rows of {} seeds, {different} differ", rows.len(), args.seeds);
    if args.write {
        kept.extend(rows);
        files::write(FILE, print(&kept))?;
        return Ok(true);
    }
    Ok(different == 0)
}

/// Returns how many digests are not those of the file, which may have fewer.
fn different_from(known: &[String], digests: &[String]) -> usize {
    digests.iter().enumerate().filter(|(seed, digest)| known.get(*seed) != Some(digest)).count()
}

/// Runs what is asked for.
fn digests(args: &Args) -> Rows {
    let mut jobs = Vec::new();
    for scenario in SCENARIOS {
        if args.scenario.as_deref().is_none_or(|only| only == scenario) {
            jobs.extend(cache::all().iter().map(|client| (scenario, client.name)));
        }
    }
    let mut rows = Rows::new();
    let work = |(scenario, client): (&str, &str)| digests_of(scenario, client, args.seeds);
    pool::in_order(jobs.into_iter(), pool::cores(), work, |(scenario, client), digests| {
        rows.insert((scenario.to_owned(), client.to_owned()), digests);
        ControlFlow::Continue(())
    });
    rows
}

fn digests_of(scenario: &str, client: &str, seeds: u64) -> Vec<String> {
    let scenario = scenarios::scenario(scenario).expect("the scenario is built in");
    let client = ClientUnderTest::named(client).expect("the client is built in");
    let digest = |seed| {
        let plan = Arc::new(draw(&scenario, Seed(seed)));
        match play_unchecked(&plan, &client) {
            Ok(digest) => digest.to_string().chars().take(DIGITS).collect(),
            Err(_) => "panicked".to_owned(),
        }
    };
    (0..seeds).map(digest).collect()
}

fn parse(text: &str) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split(' ').map(str::to_owned);
        let (Some(scenario), Some(client)) = (words.next(), words.next()) else {
            return Err(format!("line {}: expected a scenario, a client and digests", number + 1));
        };
        rows.insert((scenario, client), words.collect());
    }
    Ok(rows)
}

fn print(rows: &Rows) -> String {
    let mut out = String::new();
    for ((scenario, client), digests) in rows {
        let _ = writeln!(out, "{scenario} {client} {}", digests.join(" "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_read_and_written_is_the_same() {
        let text = "calm pooled 1a2b 3c4d\nswarm pooled 5e6f 7a8b\n";
        assert_eq!(print(&parse(text).expect("a file")), text);
        assert!(parse("calm\n").is_err());
    }

    #[test]
    fn a_digest_that_the_file_lacks_differs() {
        let digests = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(different_from(&digests("a b c"), &digests("a b")), 0);
        assert_eq!(different_from(&digests("a b"), &digests("a x c")), 2);
    }
}
