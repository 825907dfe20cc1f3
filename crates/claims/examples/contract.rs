//! Runs the pairs of the contract and prints the results. `contract CLAUSE…` runs some of them;
//! `contract --seeds N …` searches for the faulty clients over more seeds than the table allows.

use crosswire_allocator as _;
use crosswire_claims::contract::{Found, play};
use crosswire_output::format::by_number;
use crosswire_zoo::contract::{CONTRACT, Pair};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut clauses: Vec<_> = std::env::args().skip(1).collect();
    let seeds = match clauses.iter().position(|arg| arg == "--seeds") {
        Some(at) if at + 1 < clauses.len() => clauses.drain(at..at + 2).nth(1),
        _ => None,
    };
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut well = true;
    for pair in CONTRACT {
        if !clauses.is_empty() && !clauses.iter().any(|clause| clause == pair.clause) {
            continue;
        }
        let seeds = seeds.as_ref().and_then(|seeds| seeds.parse().ok()).unwrap_or(pair.runs);
        let pair = Pair { runs: seeds, ..*pair };
        let tried = play(&pair, jobs);
        let complaint = tried.complaint(&pair);
        well &= complaint.is_none();
        let found = match &tried.found {
            Some(Found { seeds, violated }) => {
                let ids = by_number(violated).join(" ");
                format!("{} {seeds} of {}: {ids}", pair.wrong, pair.runs)
            }
            None => format!("{} -", pair.wrong),
        };
        let said = complaint.unwrap_or_else(|| "ok".to_owned());
        println!("{}: {} {}: {found}: {said}", pair.clause, pair.scenario, pair.right);
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
