//! How soon each mechanism is found, and that no right twin is accused. `ci/detection` runs it.
//!
//! ```text
//! detection                         everything, in full: hours
//! detection --finds                 the first table only
//! detection --tally                 the second table only
//! detection --scale N               with every count divided by N
//! detection --write FILE            and writes the page
//! detection --only NUMBER           of the mechanisms this one only
//! ```

use crosswire::mechanisms::MECHANISMS;
use crosswire_scenarios::detection::{
    Found, Ground, HEAD, TALLY_HEAD, Tally, homes, look_for, right_ones, row,
};
use std::fmt::Write;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked for.
#[derive(Default)]
struct Wanted {
    finds: bool,
    tally: bool,
    scale: u64,
    only: Option<u8>,
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
            "detection: expected --finds, --tally, --scale N, --only NUMBER, --write FILE, or nothing"
        );
        return ExitCode::from(2);
    };
    let mut page = String::from(PREFACE);
    let mut well = true;
    if wanted.finds {
        well &= finds(&wanted, &mut page);
    }
    if wanted.tally {
        well &= tally(&wanted, &mut page);
    }
    if let Some(file) = &wanted.write
        && let Err(error) = std::fs::write(file, page)
    {
        eprintln!("{file}: {error}");
        return ExitCode::from(2);
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a line, and puts it into the page.
fn say(page: &mut String, line: &str) {
    println!("{line}");
    let _ = writeln!(page, "{line}");
}

/// How soon each is found. Gives whether the goals are met.
fn finds(wanted: &Wanted, page: &mut String) -> bool {
    let scaled = |count: u64| (count / wanted.scale).max(2);
    let (from, most) = (scaled(50), 200);
    let text =
        FINDS.replace("{from}", &from.to_string()).replace("{even}", &scaled(20).to_string());
    say(page, &text);
    say(page, HEAD);
    let mut missed = Vec::new();
    for mechanism in MECHANISMS {
        if wanted.only.is_some_and(|only| only != mechanism.number) {
            continue;
        }
        let found: [Found; 4] = [
            look_for(mechanism, Ground::Own, from, most),
            look_for(mechanism, Ground::Swarm, from, most),
            look_for(mechanism, Ground::NoNemesis, scaled(20), 20),
            look_for(mechanism, Ground::Even, scaled(20), 40),
        ];
        say(page, &row(mechanism, &found));
        for (found, place) in found.iter().zip(["its own scenario", "swarm"]) {
            let fast = found.median_seeds().is_some_and(|seeds| seeds <= 5)
                && found.median_cpu_ms().is_some_and(|ms| ms <= 1_000.0)
                && found.worst_seeds().is_some();
            if !fast {
                missed.push(format!("{} ({}) in {place}", mechanism.number, mechanism.wrong));
            }
        }
    }
    let told = if missed.is_empty() {
        "The goal (median of at most 5 seeds and 1 CPU second, worst of at most 200 seeds) is met by all.".to_owned()
    } else {
        format!("The goal is missed by: {}.", missed.join("; "))
    };
    say(page, &format!("\n{told}"));
    missed.is_empty()
}

/// That no right one is accused. Gives whether none is.
fn tally(wanted: &Wanted, page: &mut String) -> bool {
    let scaled = |count: u64| (count / wanted.scale).max(2);
    say(page, TALLY);
    say(page, TALLY_HEAD);
    let mut all_clean = true;
    for (client, service) in right_ones() {
        let homes = homes(client, service);
        // The service collapses there, whoever is under test.
        let others = crosswire::plan::builtin().iter().filter(|(name, _)| *name != "metastable");
        for (scenario, _) in others {
            let seeds = match *scenario {
                "swarm" if (client, service) == ("pooled", "standard") => 100_000,
                "swarm" => 5_000,
                // A run of it takes a hundred times as long as one of the others.
                "wyze-2024" => 20,
                home if homes.contains(home) => 5_000,
                _ => 200,
            };
            let tally = Tally::of(scenario, (client, service), scaled(seeds));
            say(page, &tally.row());
            if let Some((seed, ids)) = &tally.first {
                eprintln!("{scenario}, {client}@{service}: seed {seed} is violated: {ids}");
            }
            all_clean &= tally.is_clean();
        }
    }
    all_clean
}

const PREFACE: &str = "# Detection

<!-- Written by `ci/detection --write docs/detection.md`. -->

";

const FINDS: &str = "## How soon each mechanism is found

From {from} beginnings that lie far apart: how many seeds it takes until a run is violated, and how
much CPU time, on one core. *No nemesis* is `swarm` without faults and fault points, *even faults* is
`swarm` with all faults equally likely, in a world of one size: from {even} beginnings each, 20 and 40
seeds at most.
";

const TALLY: &str = "
## Who is right is not accused

Every right client with the standard service, and every right service with the client `pooled`.
";
