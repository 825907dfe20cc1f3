//! `crosswire minimize`: makes a failing run smaller as long as it shows the same signature.

use super::args::MinimizeArgs;
use super::failure::{Exit, Failure};
use super::output::{FileKind, OutputFile, unwritable};
use super::pictures::Pictures;
use super::progress::{self, Clock};
use super::replay::plan_and_file;
use super::screen::Screen;
use super::signals;
use super::single_run::replay_command;
use crosswire::catalog;
use crosswire::minimize::{Case, Minimize, Progress, Shows};
use crosswire::quiet;
use crosswire::report::Report;
use crosswire::saved::{Expect, SavedRun};
use crosswire::sim::{Unfinished, watch};
use crosswire_checker::Verdict;
use crosswire_output::format::{self, grouped, twelve_lines};
use crosswire_plan::Plan;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The factor by which a larger budget than the one used up is suggested.
const MORE: u32 = 5;

/// Minimizes a run and writes the minimized case to a file.
pub(super) fn minimize(args: &MinimizeArgs) -> Result<Exit, Failure> {
    let (plan, saved) = plan_and_file(&args.source)?;
    let signature = saved.as_ref().and_then(SavedRun::shows);
    let client = catalog::client(&plan.client.name)?;
    let out = OutputFile::new(&path_of_case(args, &plan), FileKind::SavedRun, args.force)?;
    if signature.as_ref().is_some_and(Shows::is_a_hang) {
        let source = &args.source;
        return Err(Failure::input(format!(
            "{source}: this run was saved because it hung; expected one that is violated or panics"
        )));
    }
    let pictures = Pictures::new(&args.pictures, args.force)?;
    let stopped = signals::stop()?;
    quiet::always();
    let clock = Clock::default();
    let whole = progress::shown(plan.duration_ms, &clock, || {
        watch(&Arc::new(plan.clone()), &client, clock.clone())
    });
    let whole = whole.map(|(output, _)| output);
    let shows = match (&signature, &whole) {
        (Some(known), whole) if known.is_in(whole) => known.clone(),
        (_, Err(panicked)) => Shows::panic(panicked),
        (_, Ok(output)) => match Shows::of(&output.findings) {
            Some(found) => found,
            None => return Err(not_violated(&args.source, output.findings.verdict)),
        },
    };
    if let Some(other) = &signature
        && *other != shows
    {
        let note = format!("the file was saved for `{}`, which the run does not show\n", other.0);
        Screen::Error.print(&note)?;
    }
    let whole = whole.map(|output| output.findings.requests);
    let budget = args.budget;
    let job = Minimize { plan: &plan, client: &client, shows: &shows, budget };
    let expected = match saved {
        // A file that expects `clean` keeps that expectation.
        Some(SavedRun { expect: Expect::Clean, .. }) => Some(Expect::Clean),
        _ => None,
    };
    let case = minimize_to(&job, &out, expected, &stopped)?;
    let layout = Screen::Output.layout();
    let mut text = format!("{}\n\n", layout.verdict(Verdict::Violated, &shows.0));
    text += &format::story(&case.story, layout);
    let requests = whole.ok().zip(case.requests);
    let _ = writeln!(text, "\n{}", comparison(&plan, &case.plan, requests));
    let _ = writeln!(text, "runs: {}", grouped(case.progress.runs));
    if !case.stopped {
        let _ = writeln!(text, "{}", end(case.progress, budget));
    }
    let _ = writeln!(text, "saved: {}", replay_command(&out.path().display().to_string()));
    if let Some(recording) = pictures.recording(&case.plan)
        && let Ok((output, recording)) = watch(&case.plan, &client, recording)
    {
        let found = (&output.findings, Some(&shows.0[..]));
        let twin = pictures.twin(&case.plan).map(|twin| twin.run()).transpose()?;
        let kept = (recording, twin.as_ref());
        text += &pictures.make((&case.plan, &client.name), kept, found)?;
    }
    Screen::Output.print(&text)?;
    if case.stopped {
        let how = signals::interrupted(case.progress.runs, None, "runs");
        Screen::Error.print(&format!("{how}; this is the smallest case so far\n"))?;
    }
    Ok(if case.stopped { Exit::Inconclusive } else { Exit::Clean })
}

/// Says why minimizing has ended, unless a signal ended it.
fn end(progress: Progress, budget: Duration) -> String {
    if progress.finished {
        return "nothing more was found to leave out".to_owned();
    }
    let more = humantime::format_duration(budget.saturating_mul(MORE)).to_string();
    format!("budget used up; --budget {} may go further", more.replace(' ', ""))
}

fn not_violated(source: &str, verdict: Verdict) -> Failure {
    Failure::input(format!("{source}: the run is {verdict}; expected one that is violated"))
}

/// A minimized case.
pub(super) struct MinimizedCase {
    plan: Arc<Plan>,
    story: Vec<String>,
    /// The number of requests in its run; `None` if the run panics.
    pub(super) requests: Option<u64>,
    progress: Progress,
    /// True if a signal ended the minimizing early.
    pub(super) stopped: bool,
}

/// Minimizes until nothing more can be left out or `stop` is set, then runs the minimized case and
/// writes it to `out`. Its expected verdict is `expected` or, without one, the verdict of the run.
pub(super) fn minimize_to(
    job: &Minimize<'_>,
    out: &OutputFile,
    expected: Option<Expect>,
    stop: &AtomicBool,
) -> Result<MinimizedCase, Failure> {
    let (plan, progress) = progress::of_minimizing(job.budget, |show| {
        job.run(|progress| {
            show(progress);
            !stop.load(Ordering::Relaxed)
        })
    });
    let stopped = stop.load(Ordering::Relaxed);
    let case = Case::of(plan, job);
    let text = case.to_text(job, expected);
    out.write(text.map_err(|error| unwritable(out.path(), &error))?.as_bytes())?;
    let Case { plan, run } = case;
    let requests = run.as_ref().ok().map(|report| report.requests);
    Ok(MinimizedCase { story: story(run, job.shows), plan, requests, progress, stopped })
}

fn story(run: Result<Report, Unfinished>, shows: &Shows) -> Vec<String> {
    match run {
        Ok(report) => {
            let mut violations = report.violations.into_iter();
            let first = violations.find(|violation| violation.signature() == shows.0);
            first.map(|violation| violation.story).unwrap_or_default()
        }
        Err(unfinished) => twelve_lines(&unfinished),
    }
}

/// Returns a table of sizes before and after. Of the devices, it counts those that take part: the
/// others are in the cast, and switched off. `requests` is known if both runs ended.
fn comparison(before: &Plan, after: &Plan, requests: Option<(u64, u64)>) -> String {
    let devices = |plan: &Plan| match &plan.script {
        Some(script) => (script.cameras.len(), script.phones.len()),
        None => (plan.cast.cameras as usize, plan.cast.phones as usize),
    };
    let mut rows = vec![
        ("cameras taking part", devices(before).0, devices(after).0),
        ("phones taking part", devices(before).1, devices(after).1),
    ];
    rows.extend(requests.map(|(was, is)| ("requests", was as usize, is as usize)));
    rows.extend([
        ("faults", before.faults.len(), after.faults.len()),
        ("fault points", before.points.len(), after.points.len()),
        ("changes", before.changes.len(), after.changes.len()),
        ("milliseconds", before.duration_ms as usize, after.duration_ms as usize),
    ]);
    let row = |(name, before, after): (&str, usize, usize)| {
        format!("  {name:<20}{:>8}{:>8}\n", grouped(before as u64), grouped(after as u64))
    };
    let rows: String = rows.into_iter().map(row).collect();
    format!("  {:<20}{:>8}{:>8}\n{rows}", "", "before", "after")
}

/// Returns the path of the minimized case: the one after `--save`; beside a file, under its name;
/// or for a seed line in the current directory, named after the parts of the line.
fn path_of_case(args: &MinimizeArgs, plan: &Plan) -> PathBuf {
    if let Some(path) = &args.save {
        return path.clone();
    }
    let path = Path::new(&args.source);
    if path.exists() {
        return path.with_extension("small.toml");
    }
    let Plan { scenario, client, seed, .. } = plan;
    PathBuf::from(format!("{scenario}-{}-{seed}.small.toml", client.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_minimizing_is_explained() {
        let ended = |finished, seconds| {
            let progress = Progress { finished, ..Progress::default() };
            end(progress, Duration::from_secs(seconds))
        };
        assert_eq!(ended(true, 60), "nothing more was found to leave out");
        assert_eq!(ended(false, 60), "budget used up; --budget 5m may go further");
        assert_eq!(ended(false, 30), "budget used up; --budget 2m30s may go further");
    }
}
