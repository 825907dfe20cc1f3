//! Plays mutants of the zoo's correct clients. `crates/mutants` writes the program whose `main` this
//! is: a table of mutants, each with the client that it has become.
//!
//! | module | story |
//! |---|---|
//! | [`fate`] | one mutant is played until it is killed |
//! | [`mod@report`] | the tables: kills, survivors and the kill rate |
//!
//! Each mutant is played in a process of its own, for it may loop for ever or fill the memory.

pub mod fate;
pub mod report;

use crate::page;
use crosswire::cache::Connect;
use fate::Fate;
use report::report;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A correct client with one change.
pub struct Mutant {
    /// The client.
    pub client: &'static str,
    /// The kind of mistake.
    pub operator: &'static str,
    /// The changed file, below `crates/zoo/src`.
    pub file: &'static str,
    /// The changed line, from 1.
    pub line: usize,
    /// The change in one line.
    pub change: &'static str,
    /// Why it is a correct client all the same, if a reader found that.
    pub equivalent: Option<&'static str>,
    /// Makes the function that connects it.
    pub connect: fn() -> Connect,
}

/// What is asked for.
struct Wanted {
    seeds: u64,
    jobs: usize,
    write: Option<String>,
    /// The mutant that this process plays.
    one: Option<usize>,
}

fn wanted() -> Option<Wanted> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut wanted = Wanted { seeds: 200, jobs: cores, write: None, one: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seeds" => wanted.seeds = args.next()?.parse().ok()?,
            "--jobs" => wanted.jobs = args.next()?.parse().ok()?,
            "--write" => wanted.write = Some(args.next()?),
            "--one" => wanted.one = Some(args.next()?.parse().ok()?),
            _ => return None,
        }
    }
    Some(wanted)
}

/// Plays a table of mutants and prints what became of them.
pub fn main_of(all: &[Mutant]) -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("mutants: expected --seeds N, --jobs N, --write FILE, or nothing");
        return ExitCode::from(2);
    };
    if let Some(mutant) = wanted.one.and_then(|one| all.get(one)) {
        let fate = fate::play(mutant, wanted.seeds);
        println!("{}", serde_json::to_string(&fate).expect("a fate is JSON"));
        return ExitCode::SUCCESS;
    }
    let report = report(all, &play_all(all, &wanted), wanted.seeds);
    print!("{}", report.text);
    let written = match &wanted.write {
        Some(file) => page::write(file, "zoo-mutants", &report.text),
        None => Ok(()),
    };
    if let Err(error) = written {
        eprintln!("mutants: {error}");
        return ExitCode::from(2);
    }
    if report.well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays all mutants, several at a time, and returns their fates in order.
fn play_all(all: &[Mutant], wanted: &Wanted) -> Vec<Fate> {
    let next = AtomicUsize::new(0);
    let fates = Mutex::new(vec![Fate::default(); all.len()]);
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = all.get(nth) else { break };
            let fate = play_in_process(nth, wanted.seeds);
            let Mutant { client, file, line, operator, change, .. } = mutant;
            eprintln!("{client} {file}:{line} {operator}: {change}: {}", fate.told());
            if let Ok(mut fates) = fates.lock() {
                fates[nth] = fate;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..wanted.jobs {
            scope.spawn(work);
        }
    });
    fates.into_inner().expect("no player panics")
}

/// Plays a mutant in a process of its own.
fn play_in_process(nth: usize, seeds: u64) -> Fate {
    let program = std::env::current_exe().expect("this program is a file");
    let (nth, seeds) = (nth.to_string(), seeds.to_string());
    let output = Command::new(program).args(["--one", &nth, "--seeds", &seeds]).output();
    let output = output.unwrap_or_else(|error| panic!("a mutant cannot be started: {error}"));
    let line = String::from_utf8_lossy(&output.stdout);
    let line = line.lines().last().unwrap_or_default();
    // What ends the process without a word ran out of memory or stack.
    serde_json::from_str(line).unwrap_or_else(|_| Fate::aborted(&output.status.to_string()))
}
