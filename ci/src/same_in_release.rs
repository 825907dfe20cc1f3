//! Checks that debug and release builds give the same bytes: every client in `swarm`, and one log.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{Build, Program};
use crosswire::pool;
use std::ops::ControlFlow;
use std::process::Stdio;

/// Compares the builds and returns whether they agree.
pub fn run() -> Result<bool, Error> {
    let debug = Program::build(Build::Debug, &[])?;
    let release = Program::build(Build::Release, &[])?;
    let clients = release.list("clients")?;
    let mut runs = vec!["calm --seed 1 --log".to_owned()];
    for (client, seed) in clients.iter().zip(1..) {
        runs.push(format!("swarm --seed {seed} --client {} --json", client.name));
    }
    let mut result = Ok(true);
    let both = |run: String| -> Result<(String, String), String> {
        Ok((bytes(&debug, &run)?, bytes(&release, &run)?))
    };
    pool::in_order(runs.into_iter(), pool::cores(), both, |run, texts| {
        match texts.and_then(|(debug, release)| same(&run, &debug, &release)) {
            Ok(true) => {}
            Ok(false) => result = Ok(false),
            Err(message) => {
                result = Err(message);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    let same = result?;
    if same {
        println!("debug and release agree for {} clients", clients.len());
    }
    Ok(same)
}

/// Returns what a run prints, without its wall time.
fn bytes(program: &Program, run: &str) -> Result<String, String> {
    // The last line of a log is the command that replays it, with the name of the called program.
    let mut command = program.renamed();
    command.arg("run").args(run.split(' ')).stderr(Stdio::null());
    let output = child::output(&mut command)?;
    Ok(without_wall_time(&String::from_utf8_lossy(&output.stdout)))
}

fn without_wall_time(text: &str) -> String {
    let timeless = text.lines().filter(|line| !line.trim_start().starts_with("\"wall_ms\":"));
    files::text(timeless)
}

/// Compares the texts of a run and reports a difference. An empty text means that the run failed.
fn same(run: &str, debug: &str, release: &str) -> Result<bool, String> {
    if debug == release && !debug.is_empty() {
        return Ok(true);
    }
    eprintln!("crosswire run {run}: debug and release differ");
    child::print_difference(["debug", "release"], [debug, release])?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_time_is_not_compared() {
        let text = "{\n  \"simulated_ms\": 2058,\n  \"wall_ms\": 11.5,\n  \"digest\": \"1d\"\n}\n";
        let expected = "{\n  \"simulated_ms\": 2058,\n  \"digest\": \"1d\"\n}\n";
        assert_eq!(without_wall_time(text), expected);
        assert_eq!(same("calm", expected, expected), Ok(true));
        assert_eq!(same("calm", "", ""), Ok(false), "both runs failed");
    }
}
