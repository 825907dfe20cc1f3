//! `crosswire replay`: replays a run from its seed line, from a saved run, or every saved run of a
//! directory.

use super::args::ReplayArgs;
use super::failure::{Exit, Failure};
use super::memory_check;
use super::output::unreadable;
use super::progress::{self, Progress, Task};
use super::run::{a_schedule, load_plan};
use super::screen::Screen;
use super::signals;
use super::single_run::{Job, replay_command, run_and_print};
use crosswire::catalog::{self, Kind};
use crosswire::quiet;
use crosswire::replay::{self, ReplayReport, Replayed, compare};
use crosswire::saved::SavedRun;
use crosswire::seedline::{BadSeedLine, SeedLine};
use crosswire_checker::Verdict;
use crosswire_lockstep::SavedSchedule;
use crosswire_output::format::{Layout, printable};
use crosswire_output::machine;
use crosswire_plan::Plan;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Replays a seed line, a file or a directory.
pub(super) fn replay(args: &ReplayArgs) -> Result<Exit, Failure> {
    let path = Path::new(&args.source);
    if path.is_dir() {
        return replay_all(path, args);
    }
    if path.exists() {
        return replay_file(path, args);
    }
    let line = seed_line(&args.source)?;
    let job = Job::new(load_plan(&line)?, replay_command(&line.to_string()), &args.output)?;
    Ok(run_and_print(&job)?.report.verdict.into())
}

/// Returns the plan of a seed line or of a saved run, and the saved run.
pub(super) fn plan_and_file(source: &str) -> Result<(Plan, Option<SavedRun>), Failure> {
    let path = Path::new(source);
    if path.exists() {
        let saved = read(path)?;
        memory_check::for_runs(source, &saved.plan.cast, 1)?;
        return Ok((saved.plan.clone(), Some(saved)));
    }
    Ok((load_plan(&seed_line(source)?)?, None))
}

/// Reads a saved run. A saved schedule is refused with the command that runs it.
fn read(path: &Path) -> Result<SavedRun, Failure> {
    SavedRun::read(path).map_err(|bad| {
        if SavedSchedule::read(path).is_err() {
            return bad.into();
        }
        a_schedule(&path.display().to_string(), "a saved run")
    })
}

fn seed_line(source: &str) -> Result<SeedLine, Failure> {
    source.parse().map_err(|bad| match bad {
        BadSeedLine::Seed(bad) => Failure::input(bad.to_string()),
        BadSeedLine::Shape => neither_file_nor_line(source),
        BadSeedLine::Part(bad) => {
            Failure::input(format!("there is no such file, and as a seed line {bad}"))
        }
    })
}

fn neither_file_nor_line(source: &str) -> Failure {
    let source: String = printable(source).chars().take(200).collect();
    if catalog::items(Kind::Scenarios).iter().any(|item| item.name == source) {
        return Failure::input(format!(
            "{source}: this is a scenario; use `crosswire run {source}`"
        ));
    }
    let help = "expected a file that --save wrote, or SCENARIO:SEED:CLIENT:DEFENCES";
    Failure::Input(miette::miette!(
        help = help,
        "{source}: there is no such file, and this is not a seed line"
    ))
}

fn replay_file(path: &Path, args: &ReplayArgs) -> Result<Exit, Failure> {
    let saved = read(path)?;
    memory_check::for_runs(&args.source, &saved.plan.cast, 1)?;
    if !saved.expect.is_a_verdict() {
        return replay_unfinished(path, &saved, args);
    }
    let job = Job::new(saved.plan.clone(), replay_command(&args.source), &args.output)?;
    let job = job.without_report().saved_for(saved.signature.clone());
    let run = run_and_print(&job)?;
    let client = catalog::client(&saved.plan.client.name)?;
    let first = Ok(run.output);
    let replayed = progress::timed("comparing with other execution seeds", || {
        compare(&saved, &client, &first, args.run_timeout)
    });
    if args.output.json {
        let object = ReplayReport::new(path, &saved, &replayed, Some(&run.report));
        Screen::Output.print(&machine::page(&object)?)?;
    } else {
        let outcome = coloured(&replayed, Screen::Output.layout());
        Screen::Output.print(&format!("\n{outcome}\n"))?;
    }
    Ok(if replayed.is_as_expected() { Exit::Clean } else { Exit::Violated })
}

/// Replays a run that was saved for a panic or a hang. It has no report, only an outcome.
fn replay_unfinished(path: &Path, saved: &SavedRun, args: &ReplayArgs) -> Result<Exit, Failure> {
    if is_for_one_run(args) {
        let (path, how) = (path.display(), saved.expect);
        return Err(Failure::input(format!(
            "{path}: `--log`, `--save`, `--check-determinism` and pictures need a run that ends; this \
             one was saved because it {how}"
        )));
    }
    quiet::always();
    let replayed = progress::timed("replaying", || replayed(saved, args))?;
    Screen::Output.print(&line_of(path, saved, &replayed, args.output.json)?)?;
    Ok(if replayed.is_as_expected() { Exit::Clean } else { Exit::Violated })
}

fn is_for_one_run(args: &ReplayArgs) -> bool {
    let super::args::OutputArgs { log, save, check_determinism, pictures, .. } = &args.output;
    let files = [&pictures.report, &pictures.svg, &pictures.perfetto];
    let drawn = pictures.text_diagram || files.iter().any(|file| file.is_some());
    *log || save.is_some() || *check_determinism || drawn
}

fn replayed(saved: &SavedRun, args: &ReplayArgs) -> Result<Replayed, Failure> {
    let client = catalog::client(&saved.plan.client.name)?;
    Ok(replay::replay(saved, &client, args.run_timeout).replayed)
}

/// Returns the outcome of a file, on a line.
fn line_of(
    file: &Path,
    saved: &SavedRun,
    replayed: &Replayed,
    json: bool,
) -> Result<String, Failure> {
    if json {
        return Ok(machine::line(&ReplayReport::new(file, saved, replayed, None))?);
    }
    let outcome = coloured(replayed, Screen::Output.layout());
    Ok(format!("{}: {outcome}\n", printable(&file.display().to_string())))
}

/// Returns an outcome with its word in the colour of what was expected or was not.
fn coloured(replayed: &Replayed, layout: Layout) -> String {
    let text = replayed.to_string();
    let (word, rest) = text.split_once(':').unwrap_or((&text, ""));
    let verdict = if replayed.is_as_expected() { Verdict::Clean } else { Verdict::Violated };
    format!("{}:{rest}", layout.verdict(verdict, word))
}

/// Replays every saved run of a directory in the order of names. Prints one line each, and how many
/// are as expected.
fn replay_all(dir: &Path, args: &ReplayArgs) -> Result<Exit, Failure> {
    if is_for_one_run(args) {
        return Err(Failure::input(
            "`--log`, `--save`, `--check-determinism` and pictures are for a single run",
        ));
    }
    let files = SavedRun::files(dir).map_err(|error| unreadable(dir, &error))?;
    if files.is_empty() {
        let dir = dir.display();
        return Err(Failure::input(format!("{dir}: there is no saved run in this directory")));
    }
    let stop = signals::stop()?;
    quiet::always();
    let progress = Progress::begin(Task::of(files.len() as u64, "files"));
    let (mut as_expected, mut done, mut bad) = (0, 0, None);
    for file in &files {
        progress.set(done as u64);
        if stop.load(Ordering::Relaxed) {
            break;
        }
        done += 1;
        let saved = match read(file) {
            Ok(saved) => saved,
            Err(failure) => {
                if args.output.json {
                    let file = Some(file.display().to_string());
                    let error = machine::Error { file, ..failure.to_object() };
                    Screen::Output.print(&machine::line(&error)?)?;
                }
                bad = Some(failure.report());
                continue;
            }
        };
        let replayed = replayed(&saved, args)?;
        as_expected += usize::from(replayed.is_as_expected());
        Screen::Output.print(&line_of(file, &saved, &replayed, args.output.json)?)?;
    }
    drop(progress);
    let screen = if args.output.json { Screen::Error } else { Screen::Output };
    let count = format!("{as_expected} of {done} are as expected\n");
    screen.print(&screen.layout().strong(&count))?;
    if done < files.len() {
        let how = signals::interrupted(done as u64, Some(files.len() as u64), "files");
        Screen::Error.print(&format!("{how}\n"))?;
    }
    let exit = if as_expected == done { Exit::Clean } else { Exit::Violated };
    let whole = done == files.len();
    Ok(bad.unwrap_or(if whole { exit } else { signals::exit(exit, &stop) }))
}
