//! `crosswire replay`: a run that was kept, as a line or as a file, is played again.

use super::args::Replay;
use super::failure::{Exit, Failure};
use super::play::{Job, Played, again, play};
use super::run::plan_of;
use super::screen::Screen;
use crosswire::catalog::{self, Kind};
use crosswire::saved::SavedRun;
use crosswire::seedline::{BadSeedLine, SeedLine};
use crosswire::text::printable;
use std::path::Path;

/// Plays what is wanted.
pub(super) fn replay(wanted: &Replay) -> Result<Exit, Failure> {
    let path = Path::new(&wanted.what);
    if path.exists() {
        return replay_file(path, wanted);
    }
    let line: SeedLine = match wanted.what.parse() {
        Ok(line) => line,
        Err(BadSeedLine::Seed(bad)) => return Err(Failure::input(bad.to_string())),
        Err(BadSeedLine::Shape) => return Err(neither(&wanted.what)),
        Err(BadSeedLine::Part(bad)) => {
            return Err(Failure::input(format!("there is no such file, and as a seed line {bad}")));
        }
    };
    let job = Job::new(plan_of(&line)?, again(&line.to_string()), wanted.faces.clone())?;
    Ok(play(&job)?.report.verdict.into())
}

fn neither(what: &str) -> Failure {
    let what: String = printable(what).chars().take(200).collect();
    if catalog::items(Kind::Scenarios).iter().any(|item| item.name == what) {
        return Failure::input(format!("{what}: this is a scenario; use `crosswire run {what}`"));
    }
    let help = "expected a file that --save wrote, or SCENARIO:SEED:CLIENT:DEFENCES";
    Failure::Input(miette::miette!(
        help = help,
        "{what}: there is no such file, nor is it a seed line"
    ))
}

fn replay_file(path: &Path, wanted: &Replay) -> Result<Exit, Failure> {
    let saved = SavedRun::read(path)?;
    let job = Job::new(saved.plan.clone(), again(&wanted.what), wanted.faces.clone())?;
    let played = play(&job)?;
    let differences = differences(&saved, &played);
    let told = if differences.is_empty() {
        "reproduces: verdict and digest are those of the file\n".to_owned()
    } else {
        format!("differs: {}\n", differences.join("; "))
    };
    let screen = if wanted.faces.json { Screen::Error } else { Screen::Output };
    screen.print(&format!("\n{}", screen.paint().strong(&told)))?;
    Ok(if differences.is_empty() { played.report.verdict.into() } else { Exit::Harness })
}

fn differences(saved: &SavedRun, played: &Played) -> Vec<String> {
    let report = &played.report;
    let mut all = Vec::new();
    if report.verdict != saved.verdict {
        all.push(format!("the verdict is {}, that of the file {}", report.verdict, saved.verdict));
    }
    if report.digest != saved.digest {
        all.push(format!("the digest is {}, that of the file {}", report.digest, saved.digest));
    }
    all
}
