//! `crosswire replay`: a run that was kept, as a line or as a file, is played again.

use super::args::Replay;
use super::failure::{Exit, Failure};
use super::play::{Job, again, play};
use super::room;
use super::run::plan_of;
use super::screen::{Screen, runs_panic_quietly};
use super::signals;
use crosswire::catalog::{self, Kind};
use crosswire::replayed::{self, Replayed, Told, compare};
use crosswire::saved::SavedRun;
use crosswire::seedline::{BadSeedLine, SeedLine};
use crosswire_output::machine;
use crosswire_output::text::printable;
use crosswire_plan::Plan;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Plays what is wanted.
pub(super) fn replay(wanted: &Replay) -> Result<Exit, Failure> {
    let path = Path::new(&wanted.what);
    if path.is_dir() {
        return replay_all(path, wanted);
    }
    if path.exists() {
        return replay_file(path, wanted);
    }
    let line = line(&wanted.what)?;
    let job = Job::new(plan_of(&line)?, again(&line.to_string()), wanted.faces.clone())?;
    Ok(play(&job)?.report.verdict.into())
}

/// The plan that a seed line or a file stands for, and the file.
pub(super) fn kept(what: &str) -> Result<(Plan, Option<SavedRun>), Failure> {
    let path = Path::new(what);
    if path.exists() {
        let saved = SavedRun::read(path)?;
        room::for_runs(what, &saved.plan.cast, 1)?;
        return Ok((saved.plan.clone(), Some(saved)));
    }
    Ok((plan_of(&line(what)?)?, None))
}

fn line(what: &str) -> Result<SeedLine, Failure> {
    what.parse().map_err(|bad| match bad {
        BadSeedLine::Seed(bad) => Failure::input(bad.to_string()),
        BadSeedLine::Shape => neither(what),
        BadSeedLine::Part(bad) => {
            Failure::input(format!("there is no such file, and as a seed line {bad}"))
        }
    })
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
    room::for_runs(&wanted.what, &saved.plan.cast, 1)?;
    if !saved.expect.is_a_verdict() {
        return replay_unfinished(path, &saved, wanted);
    }
    let job = Job::new(saved.plan.clone(), again(&wanted.what), wanted.faces.clone())?;
    let played = play(&job.without_report())?;
    let client = catalog::client(&saved.plan.client.name)?;
    let replayed = compare(&saved, &client, &Ok(played.run), wanted.budget);
    if wanted.faces.json {
        let told = Told::new(path, &saved, &replayed, Some(&played.report));
        Screen::Output.print(&machine::page(&told)?)?;
    } else {
        let paint = Screen::Output.paint();
        Screen::Output.print(&format!("\n{}\n", paint.strong(&replayed.to_string())))?;
    }
    Ok(if replayed.is_as_expected() { Exit::Clean } else { Exit::Violated })
}

/// A run that is to come to no end: there is nothing to be told of it but that.
fn replay_unfinished(path: &Path, saved: &SavedRun, wanted: &Replay) -> Result<Exit, Failure> {
    if is_for_one_run(wanted) {
        let (path, how) = (path.display(), saved.expect);
        return Err(Failure::input(format!(
            "{path}: `--log`, `--save` and `--check-determinism` are for a run that comes to its \
             end; this one is kept for that it {how}"
        )));
    }
    runs_panic_quietly();
    let replayed = replayed(saved, wanted)?;
    Screen::Output.print(&line_of(path, saved, &replayed, wanted.faces.json)?)?;
    Ok(if replayed.is_as_expected() { Exit::Clean } else { Exit::Violated })
}

fn is_for_one_run(wanted: &Replay) -> bool {
    wanted.faces.log || wanted.faces.save.is_some() || wanted.faces.check_determinism
}

fn replayed(saved: &SavedRun, wanted: &Replay) -> Result<Replayed, Failure> {
    let client = catalog::client(&saved.plan.client.name)?;
    Ok(replayed::replay(saved, &client, wanted.budget).1)
}

/// What came of a file, on a line.
fn line_of(
    file: &Path,
    saved: &SavedRun,
    replayed: &Replayed,
    json: bool,
) -> Result<String, Failure> {
    if json {
        return Ok(machine::line(&Told::new(file, saved, replayed, None))?);
    }
    Ok(format!("{}: {replayed}\n", printable(&file.display().to_string())))
}

/// All saved runs in a directory, by their names: a line each, and how many are as expected.
fn replay_all(dir: &Path, wanted: &Replay) -> Result<Exit, Failure> {
    if is_for_one_run(wanted) {
        return Err(Failure::input("`--log`, `--save` and `--check-determinism` are for one run"));
    }
    let files = SavedRun::files(dir).map_err(|error| {
        Failure::input(format!("{}: the directory cannot be read: {error}", dir.display()))
    })?;
    if files.is_empty() {
        let dir = dir.display();
        return Err(Failure::input(format!("{dir}: there is no saved run in this directory")));
    }
    let stop = signals::stop()?;
    runs_panic_quietly();
    let (mut as_expected, mut played, mut bad) = (0, 0, None);
    for file in &files {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let read = SavedRun::read(file);
        played += 1;
        let saved = match read {
            Ok(saved) => saved,
            Err(refused) => {
                let failure = Failure::from(refused);
                if wanted.faces.json {
                    let file = Some(file.display().to_string());
                    let error = machine::Error { file, ..failure.to_object() };
                    Screen::Output.print(&machine::line(&error)?)?;
                }
                bad = Some(failure.report());
                continue;
            }
        };
        let replayed = replayed(&saved, wanted)?;
        as_expected += usize::from(replayed.is_as_expected());
        Screen::Output.print(&line_of(file, &saved, &replayed, wanted.faces.json)?)?;
    }
    let screen = if wanted.faces.json { Screen::Error } else { Screen::Output };
    let told = format!("{as_expected} of {played} are as expected\n");
    screen.print(&screen.paint().strong(&told))?;
    if played < files.len() {
        let how = signals::interrupted(played as u64, Some(files.len() as u64), "files");
        Screen::Error.print(&format!("{how}\n"))?;
    }
    let exit = if as_expected == played { Exit::Clean } else { Exit::Violated };
    let whole = played == files.len();
    Ok(bad.unwrap_or(if whole { exit } else { signals::exit(exit, &stop) }))
}
