//! Runs mutants of the correct clients in the zoo. `crates/mutants` generates a program with a
//! table of mutants, each with the client that it changed, and calls [`main_of`].
//!
//! | module | purpose |
//! |---|---|
//! | [`fate`] | runs one mutant until it is killed |
//! | [`kept`] | a file of fates, to resume from |
//! | [`mod@report`] | the tables: kills, survivors and the kill rate |
//!
//! Mutants run in other processes, because one may loop for ever or exhaust the memory. A process
//! runs the mutants of one client, and the original's runs once for all of them.

pub mod fate;
pub mod kept;
pub mod report;

use crate::page;
use crosswire::cache::Connect;
use crosswire::history::sync::Mutex;
use fate::{Fate, Kill, Original};
use kept::Kept;
use report::report;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A correct client with one change.
#[derive(Clone)]
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
    /// The reason why it is still a correct client, if a reader found one.
    pub equivalent: Option<String>,
    /// The reason why no run finds it although it is faulty, if a reader found one.
    pub survivor: Option<String>,
    /// Returns the function that connects it.
    pub connect: fn() -> Connect,
}

impl Mutant {
    /// Returns whether both are the same change of the kit, in two clients.
    pub(crate) fn is_one(&self, other: &Self) -> bool {
        let key = |mutant: &Self| (mutant.file, mutant.operator, mutant.line, mutant.change);
        self.file.starts_with("kit/") && key(self) == key(other)
    }
}

/// The options of the command line.
#[derive(Default)]
struct Wanted {
    seeds: u64,
    jobs: usize,
    write: Option<String>,
    /// A file of fates, to resume from and to append to.
    keep: Option<String>,
    /// A file with a reader's remarks on each mutant of the table: the reason why it is correct,
    /// and the reason why it is faulty and not found.
    remarks: Option<String>,
    /// The mutants to run in this process.
    play: Vec<usize>,
}

fn wanted() -> Option<Wanted> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut wanted = Wanted { seeds: 200, jobs: cores, ..Wanted::default() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seeds" => wanted.seeds = args.next()?.parse().ok()?,
            "--jobs" => wanted.jobs = args.next()?.parse().ok()?,
            "--write" => wanted.write = Some(args.next()?),
            "--keep" => wanted.keep = Some(args.next()?),
            "--remarks" => wanted.remarks = Some(args.next()?),
            "--play" => {
                let numbers = args.next()?;
                let numbers: Result<_, _> = numbers.split(',').map(str::parse).collect();
                wanted.play = numbers.ok()?;
            }
            _ => return None,
        }
    }
    Some(wanted)
}

/// Runs a table of mutants and prints their fates.
pub fn main_of(all: &[Mutant]) -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("mutants: expected --seeds N, --jobs N, --keep FILE, --write FILE, or nothing");
        return ExitCode::from(2);
    };
    match played(all, &wanted) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn played(all: &[Mutant], wanted: &Wanted) -> Result<ExitCode, String> {
    let kept = Kept::open(wanted.keep.as_deref())?;
    let all = &remarked(all, wanted.remarks.as_deref())?;
    let fates = kept.fates(all);
    if !wanted.play.is_empty() {
        play_here(all, &fates, wanted);
        return Ok(ExitCode::SUCCESS);
    }
    let report = report(all, &play_all(all, fates, &kept, wanted)?, wanted.seeds);
    print!("{}", report.text);
    if let Some(file) = &wanted.write {
        page::write(file, "zoo-mutants", &report.text)?;
    }
    Ok(if report.well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the mutants with the remarks of a file.
fn remarked(all: &[Mutant], file: Option<&str>) -> Result<Vec<Mutant>, String> {
    let mut all = all.to_vec();
    let Some(file) = file else { return Ok(all) };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let remarks: Vec<(Option<String>, Option<String>)> =
        serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    if remarks.len() != all.len() {
        return Err(format!("{file}: expected {} remarks, found {}", all.len(), remarks.len()));
    }
    for (mutant, remark) in all.iter_mut().zip(remarks) {
        (mutant.equivalent, mutant.survivor) = remark;
    }
    Ok(all)
}

/// Returns the number of seeds for a mutant. An equivalent one gets a quarter, to check the remark.
fn seeds_for(mutant: &Mutant, seeds: u64) -> u64 {
    if mutant.equivalent.is_some() { seeds.div_ceil(4) } else { seeds }
}

/// Runs mutants of one client and prints a line for each. The process ends after one that hangs,
/// because its thread keeps running.
fn play_here(all: &[Mutant], fates: &[Fate], wanted: &Wanted) {
    let mut originals: Vec<(&str, Original)> = Vec::new();
    for nth in &wanted.play {
        let (mutant, before) = (&all[*nth], fates[*nth].clone());
        if originals.last().is_none_or(|(name, _)| *name != mutant.client) {
            originals.push((mutant.client, Original::named(mutant.client)));
        }
        let (_, original) = originals.last_mut().expect("just pushed");
        let fate = fate::play(mutant, original, before, seeds_for(mutant, wanted.seeds));
        println!("{}", serde_json::to_string(&fate).expect("a fate is JSON"));
        if fate.kill == Some(Kill::Hung) {
            return;
        }
    }
}

/// Runs all mutants, several at a time, and returns their fates in order. A change of the kit runs
/// in another client only if it survived in the ones before.
fn play_all(
    all: &[Mutant],
    mut fates: Vec<Fate>,
    kept: &Kept,
    wanted: &Wanted,
) -> Result<Vec<Fate>, String> {
    let mut done = vec![false; all.len()];
    loop {
        let groups = next_groups(all, &fates, &mut done, wanted.seeds);
        if groups.is_empty() {
            return Ok(fates);
        }
        let (next, played) = (AtomicUsize::new(0), Mutex::new((&mut fates, Ok(()))));
        let told = |nth: usize, fate: Fate| {
            let Mutant { client, file, line, operator, change, .. } = &all[nth];
            eprintln!("{client} {file}:{line} {operator}: {change}: {}", fate.words());
            let mut played = played.lock();
            if let Err(error) = kept.add(&all[nth], &fate) {
                played.1 = Err(error);
            }
            played.0[nth] = fate;
        };
        let work = || {
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                play_group(group, wanted, &told);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..wanted.jobs {
                scope.spawn(work);
            }
        });
        played.into_inner().1?;
    }
}

/// Returns the mutants to run next, by client.
fn next_groups(all: &[Mutant], fates: &[Fate], done: &mut [bool], seeds: u64) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut taken: Vec<&Mutant> = Vec::new();
    for (nth, mutant) in all.iter().enumerate() {
        let twin = |other: &usize| *other != nth && mutant.is_one(&all[*other]);
        let killed = (0..all.len()).filter(twin).any(|other| fates[other].kill.is_some());
        if done[nth] || killed || taken.iter().any(|other| mutant.is_one(other)) {
            continue;
        }
        taken.push(mutant);
        done[nth] = true;
        if fates[nth].is_final(seeds_for(mutant, seeds)) {
            continue;
        }
        match groups.last_mut() {
            Some(group) if all[group[0]].client == mutant.client => group.push(nth),
            _ => groups.push(vec![nth]),
        }
    }
    groups
}

/// Runs the mutants of one client in other processes, one process after another.
fn play_group(group: &[usize], wanted: &Wanted, told: &impl Fn(usize, Fate)) {
    let mut left = group;
    while let Some((first, others)) = left.split_first() {
        let before = left;
        let ended = play_in_process(left, wanted, |fate| {
            if let Some((nth, rest)) = left.split_first() {
                told(*nth, fate);
                left = rest;
            }
        });
        // A process that ends without output ran out of memory or stack.
        if left.len() == before.len() {
            told(*first, Fate::aborted(&ended));
            left = others;
        }
    }
}

/// Runs mutants in another process, which may end before all have run. Returns its exit status.
fn play_in_process(these: &[usize], wanted: &Wanted, mut told: impl FnMut(Fate)) -> String {
    let program = std::env::current_exe().expect("this program is a file");
    let numbers = these.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let mut command = Command::new(program);
    command.args(["--play", &numbers, "--seeds", &wanted.seeds.to_string()]);
    command.args(wanted.keep.iter().flat_map(|file| ["--keep", file]));
    command.args(wanted.remarks.iter().flat_map(|file| ["--remarks", file]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("a mutant cannot be started: {error}"));
    let lines = child.stdout.take().map(BufReader::new);
    for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
        if let Ok(fate) = serde_json::from_str(&line) {
            told(fate);
        }
    }
    match child.wait() {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}
