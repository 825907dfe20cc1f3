//! Runs plans of `swarm` with a client that writes all the time, and prints the longest time that a
//! command was in flight, with the bound of the checker. `ci/bounds` runs it.
//!
//! ```text
//! bounds            100,000 plans: some minutes
//! bounds PLANS      this number of plans
//! ```

use crosswire_allocator as _;
use crosswire_claims::bounds::{Longest, longest, plan, swarm};
use std::process::ExitCode;

fn main() -> ExitCode {
    let plans = match std::env::args().nth(1).map(|plans| plans.parse::<u64>()) {
        None => 100_000,
        Some(Ok(plans)) if plans > 0 => plans,
        Some(_) => {
            eprintln!("bounds: expected a number of plans above 0, or no argument");
            return ExitCode::from(2);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let scenario = &swarm();
    let mut all: Vec<Longest> = std::thread::scope(|scope| {
        let parts = (0..cores).map(|part| {
            scope.spawn(move || {
                let seeds = (part..plans).step_by(cores as usize);
                seeds.filter_map(|seed| longest(plan(scenario, seed))).collect()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .flat_map(|part| -> Vec<Longest> { part.join().expect("no run panics") })
            .collect()
    });
    all.sort_by_key(|one| one.seed);
    let writes: u64 = all.iter().map(|one| one.writes).sum();
    let bound = all.len();
    println!("{plans} plans of `swarm`, of which {bound} lose no messages; {writes} writes\n");
    println!("| | seed | in flight, ms | bound, ms | share |");
    println!("|---|--:|--:|--:|--:|");
    let share = |one: &Longest| one.took_ms as f64 / one.bound_ms as f64;
    let row = |what: &str, one: &Longest| {
        let Longest { seed, took_ms, bound_ms, .. } = one;
        println!("| {what} | {seed} | {took_ms} | {bound_ms} | {:.2} |", share(one));
    };
    let longest = all.iter().max_by_key(|one| one.took_ms).expect("at least one plan");
    row("the longest", longest);
    all.sort_by(|one, other| share(one).total_cmp(&share(other)));
    row("the closest to its bound", all.last().expect("at least one plan"));
    row("the median share", &all[all.len() / 2]);
    let beyond = all.iter().filter(|one| one.took_ms > one.bound_ms).count();
    println!("\n{beyond} beyond the bound");
    for one in all.iter().rev().take(beyond.min(20)) {
        row("beyond", one);
    }
    ExitCode::from(u8::from(beyond > 0))
}
