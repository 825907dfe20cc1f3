//! `crosswire shrink`: a violated run, made smaller while it still shows the same.

use super::args::Shrink as Wanted;
use super::failure::{Exit, Failure};
use super::output::{Sort, Target, unwritable};
use super::play::again;
use super::progress;
use super::replay::kept;
use super::screen::{Screen, runs_panic_quietly};
use super::signals;
use crosswire::catalog;
use crosswire::minimize::{Minimize, Progress, Shows};
use crosswire::report::Report;
use crosswire::saved::{Expect, SavedRun};
use crosswire::sim::{Unfinished, play};
use crosswire_output::text::{grouped, twelve_lines};
use crosswire_plan::Plan;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Makes it smaller and writes it down.
pub(super) fn shrink(wanted: &Wanted) -> Result<Exit, Failure> {
    let (plan, saved) = kept(&wanted.what)?;
    let signature = saved.as_ref().and_then(SavedRun::shows);
    let client = catalog::client(&plan.client.name)?;
    let out = Target::new(&small(wanted, &plan), Sort::SavedRun, wanted.force)?;
    if signature.as_ref().is_some_and(Shows::is_a_hang) {
        let what = &wanted.what;
        return Err(Failure::input(format!(
            "{what}: the run is kept for that it hung; expected one that is violated or panics"
        )));
    }
    let stopped = signals::stop()?;
    runs_panic_quietly();
    let whole = play(&Arc::new(plan.clone()), &client, Vec::new()).map(|(played, _)| played);
    let known = signature.clone().filter(|shows| shows.is_in(&whole));
    let found = match &whole {
        Ok(played) => Shows::of(&played.findings).ok_or(played.findings.verdict),
        Err(panicked) => Ok(Shows::panic(panicked)),
    };
    let shows = known.map_or(found, Ok).map_err(|verdict| {
        let what = &wanted.what;
        Failure::input(format!("{what}: the run is {verdict}; expected one that is violated"))
    })?;
    if let Some(other) = signature.filter(|other| *other != shows) {
        let note = format!("the file is kept for `{}`, which the run does not show\n", other.0);
        Screen::Error.print(&note)?;
    }
    let whole = whole.map(|played| played.findings.requests);
    let budget = wanted.budget;
    let shrink = Minimize { plan: &plan, client: &client, shows: &shows, budget };
    // What must stay mended is still to be so when it is small.
    let clean = saved.map(|saved| saved.expect).filter(|expect| *expect == Expect::Clean);
    let small = shrunk(&shrink, &out, clean, &stopped)?;
    let mut text = format!("{}\n\n", Screen::Output.paint().strong(&shows.0));
    for line in &small.story {
        let _ = writeln!(text, "  {line}");
    }
    let requests = whole.ok().zip(small.requests);
    let _ = writeln!(text, "\n{}", told(&plan, &small.plan, requests));
    let _ = writeln!(text, "runs it took: {}", grouped(small.made.runs));
    let _ = writeln!(text, "saved: {}", again(&out.path().display().to_string()));
    Screen::Output.print(&text)?;
    if small.stopped {
        let how = signals::interrupted(small.made.runs, None, "runs");
        Screen::Error.print(&format!("{how}; this is the smallest so far\n"))?;
    }
    Ok(if small.stopped { Exit::Inconclusive } else { Exit::Clean })
}

/// What a run was made to.
pub(super) struct Small {
    plan: Arc<Plan>,
    story: Vec<String>,
    /// None if it panics.
    pub(super) requests: Option<u64>,
    made: Progress,
    /// Somebody asked to stop.
    pub(super) stopped: bool,
}

/// Makes it smaller until that is done or `stop` is set, plays the small one and saves it, as what
/// is expected or as what it shows.
pub(super) fn shrunk(
    shrink: &Minimize<'_>,
    out: &Target,
    expected: Option<Expect>,
    stop: &AtomicBool,
) -> Result<Small, Failure> {
    let (small, made) = progress::of_shrink(|told| {
        shrink.run(|progress| {
            told(progress);
            !stop.load(Ordering::Relaxed)
        })
    });
    let stopped = stop.load(Ordering::Relaxed);
    let plan = Arc::new(small);
    let run = play(&plan, shrink.client, Vec::new()).map(|(played, _)| played);
    let run = run.map(|run| Report::new(&plan, &shrink.client.name, &run, Duration::ZERO));
    let run = run.map_err(Unfinished::from);
    // What it was made small for need not be the worst of it.
    let signature = Some(shrink.shows.0.clone());
    let small = SavedRun { signature, ..SavedRun::of(&plan, &run) };
    let text = SavedRun { expect: expected.unwrap_or(small.expect), ..small }.to_text_of(&run);
    out.write(&text.map_err(|error| unwritable(out.path(), &error))?)?;
    let requests = run.as_ref().ok().map(|report| report.requests);
    Ok(Small { story: story(run, shrink.shows), plan, requests, made, stopped })
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

/// What became less; `requests` were sent before and after, if both came to their end.
fn told(before: &Plan, after: &Plan, requests: Option<(u64, u64)>) -> String {
    let devices = |plan: &Plan| match &plan.script {
        Some(script) => (script.cameras.len(), script.phones.len()),
        None => (plan.cast.cameras as usize, plan.cast.phones as usize),
    };
    let mut rows = vec![
        ("cameras", devices(before).0, devices(after).0),
        ("phones", devices(before).1, devices(after).1),
    ];
    rows.extend(requests.map(|(was, is)| ("requests", was as usize, is as usize)));
    rows.extend([
        ("faults", before.faults.len(), after.faults.len()),
        ("fault points", before.points.len(), after.points.len()),
        ("changes", before.changes.len(), after.changes.len()),
        ("milliseconds", before.duration_ms as usize, after.duration_ms as usize),
    ]);
    let row = |(name, before, after): (&str, usize, usize)| {
        format!("  {name:<14}{:>8}{:>8}\n", grouped(before as u64), grouped(after as u64))
    };
    let rows: String = rows.into_iter().map(row).collect();
    format!("  {:<14}{:>8}{:>8}\n{rows}", "", "was", "is")
}

/// Where the small one goes: beside a file, under the same name; of a seed line, into this directory,
/// under the names of its parts.
fn small(wanted: &Wanted, plan: &Plan) -> PathBuf {
    if let Some(path) = &wanted.save {
        return path.clone();
    }
    let path = Path::new(&wanted.what);
    if path.exists() {
        return path.with_extension("small.toml");
    }
    let Plan { scenario, client, seed, .. } = plan;
    PathBuf::from(format!("{scenario}-{}-{seed}.small.toml", client.name))
}
