//! Makes the mutants and runs them. `ci/mutants` runs it.
//!
//! ```text
//! mutants               makes all mutants and runs them: hours
//! mutants --only NAME   of one client only
//! mutants --sample K    every K-th mutant only
//! mutants --list        prints the mutants and runs none
//! mutants --seeds N     runs at most N seeds of `swarm`, N/4 of the other scenarios (200)
//! mutants --jobs N      mutants at a time (all cores)
//! mutants --keep FILE   appends the fate of each mutant to FILE, and skips those already in it
//! mutants --write FILE  writes the tables into FILE, between their marks
//! ```

use crosswire_mutants::generated::build;
use crosswire_mutants::zoo::{mutants, sample};
use std::path::Path;
use std::process::{Command, ExitCode};

const EXPECTED: &str = "expected --only NAME, --sample K, --list, --seeds N, --jobs N, --keep FILE, --write FILE, or nothing";

/// The command line.
#[derive(Default)]
struct Wanted {
    only: Option<String>,
    sample: Option<usize>,
    list: bool,
    /// Arguments for the program that runs the mutants.
    play: Vec<String>,
}

fn wanted() -> Option<Wanted> {
    let mut wanted = Wanted::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--only" => wanted.only = Some(args.next()?),
            "--sample" => wanted.sample = Some(args.next()?.parse().ok().filter(|k| *k > 0)?),
            "--list" => wanted.list = true,
            "--seeds" | "--jobs" => {
                let number: u64 = args.next()?.parse().ok().filter(|number| *number > 0)?;
                wanted.play.extend([arg, number.to_string()]);
            }
            "--keep" | "--write" => wanted.play.extend([arg, args.next()?]),
            _ => return None,
        }
    }
    Some(wanted)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("mutants: {EXPECTED}");
        return ExitCode::from(2);
    };
    match made_and_played(&wanted) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn made_and_played(wanted: &Wanted) -> Result<ExitCode, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let mut mutants = mutants(&root, wanted.only.as_deref())?;
    if let Some(every) = wanted.sample {
        mutants = sample(mutants, every);
    }
    if wanted.list {
        for mutant in &mutants {
            println!("{}:{} {}: {}", mutant.file, mutant.line, mutant.operator, mutant.change);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(|_| root.join("target"), Into::into);
    let built = build(&root, &target, &mutants)?;
    eprintln!("{} mutants; {} more do not compile", built.mutants, built.refused);
    let mut command = Command::new(&built.program);
    command.arg("--remarks").arg(&built.remarks).args(&wanted.play);
    let status = command.status();
    let status = status.map_err(|error| format!("{}: {error}", built.program.display()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
