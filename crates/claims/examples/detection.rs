//! Measures how soon each mechanism is found, and checks that no correct twin is accused.
//! `ci/detection` runs it.
//!
//! ```text
//! detection                         everything, in full: hours
//! detection --finds                 only the first table
//! detection --tally                 only the second table
//! detection --kept FILE             keeps the results of the second table in FILE, and resumes
//! from it
//! detection --told                  prints the second table from FILE, and runs nothing
//! detection --scale N               divides every count by N
//! detection --write FILE            also writes the tables into FILE, between their marks
//! detection --only NUMBER           only this mechanism
//! ```

use crosswire::mechanisms::forms;
use crosswire_allocator as _;
use crosswire_claims::detection::{Found, HEAD, Setting, look_for, row};
use crosswire_claims::page;
use crosswire_claims::tally::{self, Kept};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The options of the command line.
#[derive(Default)]
struct Wanted {
    finds: bool,
    tally: bool,
    scale: u64,
    only: Option<u8>,
    kept: Option<PathBuf>,
    told: bool,
    write: Option<String>,
}

fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted { scale: 1, ..Wanted::default() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--finds" => wanted.finds = true,
            "--tally" => wanted.tally = true,
            "--scale" => wanted.scale = args.next()?.parse().ok().filter(|scale| *scale > 0)?,
            "--only" => wanted.only = Some(args.next()?.parse().ok()?),
            "--told" => (wanted.tally, wanted.told) = (true, true),
            "--kept" => wanted.kept = Some(args.next()?.into()),
            "--write" => wanted.write = Some(args.next()?),
            _ => return None,
        }
    }
    if !wanted.finds && !wanted.tally {
        (wanted.finds, wanted.tally) = (true, true);
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!(
            "detection: expected --finds, --tally, --kept FILE, --told, --scale N, --only NUMBER, --write FILE, or nothing"
        );
        return ExitCode::from(2);
    };
    match played(&wanted) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("detection: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs what was asked for. Returns whether all goals are met.
fn played(wanted: &Wanted) -> Result<bool, String> {
    let mut well = true;
    if wanted.finds {
        let mut text = String::new();
        well &= finds(wanted, &mut text);
        wanted.put("finds", &text)?;
    }
    if wanted.tally {
        let mut text = String::new();
        well &= tally(wanted, &mut text)?;
        wanted.put("tally", &text)?;
    }
    Ok(well)
}

impl Wanted {
    /// Writes a table into the page, if one was named.
    fn put(&self, name: &str, text: &str) -> Result<(), String> {
        self.write.as_ref().map_or(Ok(()), |file| page::write(file, name, text))
    }
}

/// Prints a line, and appends it to the page.
fn say(page: &mut String, line: &str) {
    println!("{line}");
    let _ = writeln!(page, "{line}");
}

/// Measures how soon each mechanism is found. Returns whether the goals are met.
fn finds(wanted: &Wanted, page: &mut String) -> bool {
    let scaled = |count: u64| (count / wanted.scale).max(2);
    let (from, most) = (scaled(50), 200);
    let text =
        FINDS.replace("{from}", &from.to_string()).replace("{even}", &scaled(20).to_string());
    say(page, &text);
    say(page, HEAD);
    let mut missed = Vec::new();
    for mechanism in forms() {
        if wanted.only.is_some_and(|only| only != mechanism.number) {
            continue;
        }
        let found: [Found; 4] = [
            look_for(mechanism, Setting::Own, from, most),
            look_for(mechanism, Setting::Swarm, from, most),
            look_for(mechanism, Setting::NoNemesis, scaled(20), 20),
            look_for(mechanism, Setting::Even, scaled(20), 40),
        ];
        say(page, &row(mechanism, &found));
        for (found, place) in found.iter().zip(["its own scenario", "swarm"]) {
            let fast = found.median_seeds().is_some_and(|seeds| seeds <= 5)
                && found.median_cpu_ms().is_some_and(|ms| ms <= 1_000.0)
                && found.worst_seeds().is_some();
            if !fast {
                missed.push(format!("{} ({}) in {place}", mechanism.number, mechanism.faulty));
            }
        }
    }
    let sentence = if missed.is_empty() {
        "All meet the goal (median of at most 5 seeds and 1 CPU second, worst of at most 200 seeds).".to_owned()
    } else {
        format!("The goal is not met by: {}.", missed.join("; "))
    };
    say(page, &format!("\n{sentence}"));
    missed.is_empty()
}

/// Counts accusations of correct twins. Returns whether there are none in the required seeds.
fn tally(wanted: &Wanted, page: &mut String) -> Result<bool, String> {
    let rows = tally::rows(wanted.scale);
    let mut kept = Kept::from(wanted.kept.as_deref(), &rows)?;
    let wanted_now = if wanted.told { &[][..] } else { &rows[..] };
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let played = kept.play(wanted_now, jobs, |row, seed, ids| {
        let (scenario, client, service) = (row.scenario, row.client, row.service);
        eprintln!("{scenario}, {client}@{service}: seed {seed} is violated: {ids}");
    });
    played.map_err(|error| error.to_string())?;
    say(page, TALLY);
    say(page, tally::HEAD);
    let tallies: Vec<_> = rows.iter().map(|row| kept.tally(row)).collect();
    for tally in &tallies {
        say(page, &tally.to_row());
    }
    say(page, &tally::in_all(&tallies));
    Ok(tallies.iter().all(|tally| tally.is_clean() && tally.is_whole()))
}

const FINDS: &str = "
Number of seeds and CPU time, on one core, until a run is violated; searched from {from} starting
points that are far apart. *No nemesis* is `swarm` without faults and fault points, *even faults* is
`swarm` with all faults equally likely, in a world of fixed size: {even} starting points each, at most
20 and 40 seeds. A mechanism with a second form has a row for it.
";

const TALLY: &str = "
Every correct client with the standard service, and every correct service with the client `pooled`. A
seed that misses a required situation is inconclusive, and one more runs in its place. `metastable` is
omitted, because the service collapses in it with any client. Results of an earlier build count, a
thousand seeds at a time, as long as the first of them has the same digest.
";
