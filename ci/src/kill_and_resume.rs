//! Kills a hunt with SIGKILL at random moments and resumes it each time.
//!
//! In the end it must equal an undisturbed hunt: no seed is omitted or done twice, and no reported
//! finding is lost.

use crate::checks::{Checks, repeated};
use crate::child;
use crate::clock;
use crate::error::Error;
use crate::files;
use crate::hunts::{self, Journal};
use crate::program::{Build, Program};
use crosswire::plan::rng::mix;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// The arguments of `ci kill-and-resume`.
#[derive(clap::Args)]
pub struct Args {
    /// Kills a guided hunt.
    #[arg(long)]
    guided: bool,
    /// Kills the hunt this often.
    #[arg(default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Draws the moments from this number [default: the process id].
    seed: Option<u64>,
}

/// SIGKILL.
const KILL: i32 = 9;

/// The hunt and the place of its results.
struct Test {
    program: Program,
    guided: bool,
    place: PathBuf,
}

/// Runs the hunt with and without kills and returns whether both have the same results.
pub fn run(args: &Args) -> Result<bool, Error> {
    let seed = args.seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("{} kills, at moments drawn from {seed}", args.kills);
    let program = Program::get(Build::Release, &[])?;
    let place = files::temporary()?;
    let test = Test { program, guided: args.guided, place: place.path().to_owned() };
    let whole = test.place.join("whole");
    let began = clock::now();
    test.to_the_end(test.hunt(&whole)?.stdout(Stdio::null()))?;
    let took = began.elapsed();
    let whole = Journal::read(&whole)?;
    println!("undisturbed: {} ms, {} findings", took.as_millis(), whole.findings.len());
    let killed_times = test.kill_often(args.kills, took, seed)?;
    let killed = test.place.join("killed");
    test.to_the_end(test.hunt(&killed)?.arg("--resume").stdout(test.reported()?))?;
    let killed = Journal::read(&killed)?;
    let reported = hunts::reported(&[&files::read(test.place.join("reported"))?]);
    let passed = compare(&whole, &killed, &reported);
    let (findings, seeds) = (killed.findings.len(), killed.done.len());
    println!("{killed_times} kills: {findings} findings, {seeds} seeds done");
    Ok(passed)
}

impl Test {
    /// Returns a command that hunts and saves into a directory.
    fn hunt(&self, directory: &Path) -> Result<Command, String> {
        let mut command = self.program.command();
        command.args(["hunt", "notification-mix-up", "--client", "pooled-cancel-desync"]);
        command.args(["--client", "pooled", "--seeds", "300", "--no-minimize", "--json"]);
        if self.guided {
            command.arg("--guided");
        }
        command.stderr(files::create(self.errors())?).arg("--out").arg(directory);
        Ok(command)
    }

    /// Returns the file of the standard error of the last hunt.
    fn errors(&self) -> PathBuf {
        self.place.join("errors")
    }

    /// Opens the file of the findings that killed hunts report.
    fn reported(&self) -> Result<std::fs::File, String> {
        let path = self.place.join("reported");
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Runs a hunt that must end by itself, with findings.
    fn to_the_end(&self, hunt: &mut Command) -> Result<(), Error> {
        let status = child::status(hunt)?;
        if status.code() == Some(1) {
            return Ok(());
        }
        let errors = files::read(self.errors())?;
        Err(Error::hunt(format!("{errors}the hunt ended with {status}; expected 1")))
    }

    /// Kills the hunt at random moments and returns how often.
    fn kill_often(&self, kills: u32, took: Duration, seed: u64) -> Result<u32, String> {
        let mut random = seed;
        for killed in 0..kills {
            // Between half and one and a half times the average time per kill.
            let average = took / kills;
            let wait = average / 2 + average.mul_f64(fraction(&mut random));
            if self.kill(wait)?.signal() != Some(KILL) {
                println!("the hunt ended after {killed} kills");
                return Ok(killed);
            }
            // The kill may have cut off a line; the next hunt begins on a new one.
            writeln!(self.reported()?).map_err(|error| format!("reported: {error}"))?;
            let journal = Journal::read(&self.place.join("killed"))?;
            let (findings, seeds) = (journal.findings.len(), journal.done.len());
            let (kill, ms) = (killed + 1, wait.as_millis());
            println!("kill {kill} after {ms} ms: {findings} findings, {seeds} seeds done");
        }
        Ok(kills)
    }

    /// Begins or resumes the hunt, kills it after a while and returns how it ended.
    fn kill(&self, wait: Duration) -> Result<ExitStatus, String> {
        let directory = self.place.join("killed");
        let mut hunt = self.hunt(&directory)?;
        if directory.join("hunt.jsonl").exists() {
            hunt.arg("--resume");
        }
        let mut child = child::start(hunt.stdout(self.reported()?))?;
        clock::sleep(wait);
        // A hunt that has ended cannot be killed, and its status shows it.
        child.kill();
        child::wait(&mut child)
    }
}

/// Compares the killed hunt with the undisturbed one.
fn compare(whole: &Journal, killed: &Journal, reported: &[hunts::Finding]) -> bool {
    let mut checks = Checks::default();
    let what = |items: &str| format!("the {items} are those of the undisturbed hunt");
    checks.same(&what("findings"), &whole.findings, &killed.findings);
    checks.same(&what("seeds done"), &whole.done, &killed.done);
    checks.same(&what("plans bred from"), &whole.plans, &killed.plans);
    checks.same("no finding is kept twice", &[], &repeated(&killed.findings));
    checks.same("no finding is reported twice", &[], &repeated(reported));
    let mut lost = reported.to_vec();
    lost.retain(|finding| !killed.findings.contains(finding));
    checks.same("every reported finding is kept", &[], &lost);
    checks.passed()
}

/// Draws a number from 0 to 1 with `SplitMix64`.
fn fraction(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mix(*state) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spread_and_the_same_for_a_seed() {
        let draw = |seed| {
            let mut state = seed;
            (0..1_000).map(|_| fraction(&mut state)).collect::<Vec<_>>()
        };
        let drawn = draw(7);
        assert_eq!(drawn, draw(7));
        assert!(drawn.iter().all(|part| (0.0..=1.0).contains(part)));
        let average = drawn.iter().sum::<f64>() / 1_000.0;
        assert!((average - 0.5).abs() < 0.05, "{average}");
    }

    #[test]
    fn a_lost_or_repeated_finding_fails() {
        let journal = || Journal { done: vec![(0, 1)], ..Journal::default() };
        assert!(compare(&journal(), &journal(), &[]));
        let finding = hunts::Finding {
            scenario: "swarm".to_owned(),
            client: "pooled".to_owned(),
            seed: "1".to_owned(),
        };
        assert!(!compare(&journal(), &journal(), &[finding]), "reported and not kept");
        assert!(!compare(&journal(), &Journal::default(), &[]), "a seed is not done");
    }
}
