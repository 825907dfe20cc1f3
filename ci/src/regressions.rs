//! Finds every mechanism, at home and in the swarm, minimizes both runs and saves the smaller one.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{Build, Program};
use crosswire::pool;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The arguments of `ci regressions`.
#[derive(clap::Args)]
pub struct Args {
    /// The mechanisms, by their numbers or names [default: all].
    #[arg(value_name = "MECHANISM")]
    mechanisms: Vec<String>,
    /// The directory of the saved runs.
    #[arg(long, value_name = "DIR", default_value = "scenarios/regressions")]
    keep: PathBuf,
}

/// A cell of `crosswire matrix --json`: a mechanism in a scenario without defences.
#[derive(Debug, Deserialize)]
struct Cell {
    played_as: String,
    scenario: String,
    seeds_to_find: Option<u64>,
    seeds_to_leak: Option<u64>,
}

#[derive(Deserialize)]
struct Matrix {
    cells: Vec<Cell>,
}

/// A run of a mechanism that is to be minimized.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Job {
    /// The faulty client or service.
    faulty: String,
    /// The seed line.
    line: String,
}

#[derive(Deserialize)]
struct Replayed {
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    requests: u64,
}

/// Finds, minimizes and saves the runs, then replays all that are saved and returns whether they
/// are as expected.
pub fn run(args: &Args) -> Result<bool, Error> {
    let program = Program::get(Build::Release, &[])?;
    let work = files::temporary()?;
    files::create_dir(&args.keep)?;
    let clients: BTreeSet<_> =
        program.list("clients")?.into_iter().map(|client| client.name).collect();
    let mut jobs = Vec::new();
    for scenario in [None, Some("swarm")] {
        jobs.extend(jobs_of(&matrix(&program, args, scenario)?, &clients));
    }
    for (faulty, (_, file)) in minimize_all(&program, jobs, work.path())? {
        files::copy(file, args.keep.join(format!("{faulty}.toml")))?;
    }
    Ok(child::status(program.command().arg("replay").arg(&args.keep))?.success())
}

fn matrix(program: &Program, args: &Args, scenario: Option<&str>) -> Result<Vec<Cell>, String> {
    let mut command = program.command();
    command.args(["matrix", "--defence", "none", "--seeds", "20", "--json"]);
    for mechanism in &args.mechanisms {
        command.args(["--mechanism", mechanism]);
    }
    if let Some(scenario) = scenario {
        command.args(["--scenario", scenario]);
    }
    let text = child::stdout(&mut command, &[0])?;
    let matrix: Matrix =
        serde_json::from_str(&text).map_err(|error| format!("matrix --json: {error}"))?;
    Ok(matrix.cells)
}

/// Returns a job for each mechanism: its first leak or, without a leak, its first violation.
fn jobs_of(cells: &[Cell], clients: &BTreeSet<String>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for Cell { played_as, scenario, seeds_to_find, seeds_to_leak } in cells {
        let Some(seeds) = seeds_to_leak.or(*seeds_to_find) else { continue };
        let who = if clients.contains(played_as) {
            played_as.clone()
        } else {
            format!("pooled@{played_as}")
        };
        let line = format!("{scenario}:{}:{who}", seeds - 1);
        jobs.push(Job { faulty: played_as.clone(), line });
    }
    jobs
}

/// The smallest run of each faulty client or service: its requests and its file.
type Smallest = BTreeMap<String, (u64, PathBuf)>;

/// Minimizes the runs, one on each core, and prints their sizes.
fn minimize_all(program: &Program, jobs: Vec<Job>, work: &Path) -> Result<Smallest, String> {
    let mut smallest = Smallest::new();
    let mut result = Ok(());
    let minimize = |job: Job| minimize(program, &job, work);
    pool::in_order(jobs.into_iter(), pool::cores(), minimize, |job, minimized| match minimized {
        Ok(found) => {
            println!("{}: {}: {} requests", job.faulty, job.line, found.0);
            match smallest.get(&job.faulty) {
                Some(best) if *best <= found => {}
                _ => drop(smallest.insert(job.faulty, found)),
            }
            ControlFlow::Continue(())
        }
        Err(message) => {
            result = Err(message);
            ControlFlow::Break(())
        }
    });
    result.map(|()| smallest)
}

/// Minimizes a run and returns the number of its requests and its file.
fn minimize(program: &Program, job: &Job, work: &Path) -> Result<(u64, PathBuf), String> {
    let budget = std::env::var("BUDGET").unwrap_or_else(|_| "60s".to_owned());
    let scenario = job.line.split(':').next().unwrap_or_default();
    let file = work.join(format!("{}.{scenario}.toml", job.faulty));
    let mut command = program.command();
    command.args(["minimize", &job.line, "--budget", &budget, "--save"]).arg(&file);
    child::stdout(&mut command, &[0])?;
    let mut command = program.command();
    command.arg("replay").arg(&file).arg("--json").stderr(Stdio::null());
    let output = child::output(&mut command)?;
    let replayed: Replayed = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("replay of {}: {error}", job.line))?;
    Ok((replayed.run.requests, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_preferred_and_a_faulty_service_gets_the_correct_client() {
        let text = r#"{"type": "matrix", "cells": [
            {"mechanism": 7, "played_as": "sharded-mget-zip", "scenario": "reconnect-storm",
             "verdict": "violated", "seeds_to_find": 1, "seeds_to_leak": 3},
            {"played_as": "ambient-user", "scenario": "swarm", "seeds_to_find": 2,
             "seeds_to_leak": null},
            {"played_as": "pooled", "scenario": "swarm", "seeds_to_find": null,
             "seeds_to_leak": null}]}"#;
        let matrix: Matrix = serde_json::from_str(text).expect("a matrix");
        let clients = BTreeSet::from(["pooled".to_owned(), "sharded-mget-zip".to_owned()]);
        let jobs = jobs_of(&matrix.cells, &clients);
        let lines: Vec<_> = jobs.iter().map(|job| (&*job.faulty, &*job.line)).collect();
        let expected = [
            ("sharded-mget-zip", "reconnect-storm:2:sharded-mget-zip"),
            ("ambient-user", "swarm:1:pooled@ambient-user"),
        ];
        assert_eq!(lines, expected);
    }
}
