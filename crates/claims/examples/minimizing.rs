//! Minimizes the first violation of each mechanism and prints the sizes. `ci/minimizing` runs it.
//!
//! ```text
//! minimizing                  each mechanism, in the scenario at home and in the swarm
//! minimizing --budget SECS    with SECS of CPU time each, instead of 60
//! minimizing --only NUMBER    only this mechanism
//! minimizing --home           only in the scenario at home
//! ```

use crosswire::Storm;
use crosswire::mechanisms::{Mechanism, forms};
use crosswire::minimize::{Minimize, Shows};
use crosswire::sim::play;
use crosswire_allocator as _;
use crosswire_checker::Verdict;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Number of seeds in which a violation is searched for.
const SEEDS: u64 = 20;

/// Goal for the median, in requests.
const GOAL: u64 = 12;

struct Wanted {
    budget: Duration,
    only: Option<u8>,
    swarm: bool,
}

fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted { budget: Duration::from_mins(1), only: None, swarm: true };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--budget" => wanted.budget = Duration::from_secs(args.next()?.parse().ok()?),
            "--only" => wanted.only = Some(args.next()?.parse().ok()?),
            "--home" => wanted.swarm = false,
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("minimizing: expected --budget SECS, --only NUMBER, --home, or nothing");
        return ExitCode::from(2);
    };
    println!("| client or service | scenario | seed | requests | minimized | runs |");
    println!("|---|---|--:|--:|--:|--:|");
    let (mut sizes, mut larger) = (Vec::new(), 0);
    for mechanism in forms().filter(|m| wanted.only.is_none_or(|only| only == m.number)) {
        let swarm = wanted.swarm.then_some("swarm");
        for scenario in [mechanism.scenario].into_iter().chain(swarm) {
            let Some((was, is)) = minimized(mechanism, scenario, wanted.budget) else { continue };
            larger += usize::from(is > was);
            sizes.push(is);
        }
    }
    sizes.sort_unstable();
    let Some(median) = sizes.get(sizes.len() / 2) else { return ExitCode::FAILURE };
    println!("\nmedian of {}: {median} requests, goal: at most {GOAL}", sizes.len());
    println!("minimized to a larger run: {larger}, goal: 0");
    if *median <= GOAL && larger == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the requests of the first violation, and of its minimized run.
fn minimized(mechanism: &Mechanism, scenario: &str, budget: Duration) -> Option<(u64, u64)> {
    let storm = Storm::named(scenario)
        .client(mechanism.client(false))
        .service_named(mechanism.service(false));
    let found = (0..SEEDS).find_map(|seed| {
        let played = storm.play(seed).ok()?;
        (played.findings.verdict == Verdict::Violated).then_some((seed, played))
    });
    let wrong = mechanism.faulty;
    let Some((seed, whole)) = found else {
        println!("| {wrong} | {scenario} | not in {SEEDS} seeds | | | |");
        return None;
    };
    let (plan, client) = (storm.plan(seed), storm.client_under_test());
    let shows = Shows::of(&whole.findings)?;
    let minimize = Minimize { plan: &plan, client: &client, shows: &shows, budget };
    let (small, progress) = minimize.run(|_| true);
    let small = play(&Arc::new(small), &client).ok()?;
    let (was, is) = (whole.findings.requests, small.findings.requests);
    println!("| {wrong} | {scenario} | {seed} | {was} | {is} | {} |", progress.runs);
    Some((was, is))
}
