//! Compares guided with unguided search, with the same CPU time. `ci/guided` runs it.
//!
//! ```text
//! guided                            every case, from 20 starting points each
//! guided --beginnings N             from N starting points
//! guided --seconds N                for at most N CPU seconds each
//! guided --only NUMBER              only this mechanism
//! guided --write FILE               also writes the table into FILE, between its marks
//! ```

use crosswire_allocator as _;
use crosswire_claims::guided::{CASES, Case, Found, median};
use crosswire_claims::page;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

struct Wanted {
    beginnings: u64,
    seconds: u64,
    only: Option<u8>,
    write: Option<String>,
}

fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted { beginnings: 20, seconds: 3, only: None, write: None };
    let mut args = std::env::args().skip(1);
    let number = |arg: Option<String>| arg?.parse().ok().filter(|number| *number > 0);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--beginnings" => wanted.beginnings = number(args.next())?,
            "--seconds" => wanted.seconds = number(args.next())?,
            "--only" => wanted.only = Some(args.next()?.parse().ok()?),
            "--write" => wanted.write = Some(args.next()?),
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!(
            "guided: expected --beginnings N, --seconds N, --only NUMBER, --write FILE, or nothing"
        );
        return ExitCode::from(2);
    };
    let mut text = HEAD
        .replace("{beginnings}", &wanted.beginnings.to_string())
        .replace("{seconds}", &wanted.seconds.to_string());
    print!("{text}");
    for case in CASES {
        if wanted.only.is_none_or(|only| only == case.mechanism) {
            let row = row(case, &wanted);
            println!("{row}");
            let _ = writeln!(text, "{row}");
        }
    }
    match wanted.write.map(|file| page::write(&file, "guided", &text)) {
        Some(Err(error)) => {
            eprintln!("guided: {error}");
            ExitCode::from(2)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Number of starting points from which the reached features are counted.
const REACHED_FROM: u64 = 3;

fn row(case: &Case, wanted: &Wanted) -> String {
    let (beginnings, budget) = (wanted.beginnings, Duration::from_secs(wanted.seconds));
    let [plain, guided] = [false, true].map(|guided| case.look_for(guided, beginnings, budget));
    let reached = [false, true].map(|guided| {
        median(&case.reach(guided, REACHED_FROM.min(beginnings), budget)).to_string()
    });
    let cells = |found: &Found| {
        let cpu_ms = found.median_cpu_ms().map_or("-".to_owned(), |ms| format!("{ms:.0}"));
        let runs = found.median_runs().map_or("-".to_owned(), |runs| runs.to_string());
        let share = format!("{} of {}", found.cpu_ms.len(), found.beginnings);
        format!("{share} | {runs} | {cpu_ms} | {:.1}", found.cpu_s(budget))
    };
    let mechanism = case.mechanism();
    format!(
        "| {} | `{}` | {} | {} | {} | {} | {} |",
        mechanism.number,
        mechanism.faulty,
        case.world.name(),
        cells(&plain),
        cells(&guided),
        reached[0],
        reached[1]
    )
}

const HEAD: &str = "
From {beginnings} starting points that are far apart, for at most {seconds} CPU seconds each.

| # | client or service | in | plain: found | median runs | median CPU ms | CPU s of all | guided: found | median runs | median CPU ms | CPU s of all | plain: features | guided: features |
|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";
