//! Tests all claims and prints the table of docs/reports/claims.md. `ci/sweep` runs it.
//!
//! ```text
//! sweep                 every seed of every claim
//! sweep --slice         one seed in twenty
//! sweep --write FILE    also writes the table into FILE, between its `sweep` marks
//! ```

use crosswire_allocator as _;
use crosswire_claims::{CLAIMS, HEAD, page};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (slice, file) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (false, None),
        ["--slice"] => (true, None),
        ["--write", file] => (false, Some(file.to_owned())),
        _ => {
            eprintln!("sweep: expected no argument, `--slice` or `--write FILE`");
            return ExitCode::from(2);
        }
    };
    let mut table = String::from(HEAD);
    let mut broken = Vec::new();
    println!("{HEAD}");
    for claim in CLAIMS {
        let seeds = if slice { (claim.seeds / 20).max(10) } else { claim.seeds };
        let result = claim.test(seeds);
        let row = claim.row(&result);
        println!("{row}");
        table.push('\n');
        table.push_str(&row);
        if let Some(why) = result.broken {
            broken.push(format!("{} on {}: {why}", claim.client, claim.scenario));
        }
    }
    for claim in &broken {
        eprintln!("broken claim: {claim}");
    }
    if !broken.is_empty() {
        return ExitCode::FAILURE;
    }
    match file.map(|file| page::write(&file, "sweep", &table)) {
        Some(Err(error)) => {
            eprintln!("sweep: {error}");
            ExitCode::from(2)
        }
        _ => ExitCode::SUCCESS,
    }
}
