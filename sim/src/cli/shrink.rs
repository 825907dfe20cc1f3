//! `crosswire shrink`: a violated run, made smaller while it still shows the same.

use super::args::Shrink as Wanted;
use super::failure::{Exit, Failure};
use super::play::{Played, again, may_be_written, perform, save};
use super::progress;
use super::replay::kept;
use super::screen::Screen;
use super::signals::stop_on_one;
use crosswire::catalog;
use crosswire::shrink::{Progress, Shows, Shrink};
use crosswire::stage::{Played as Run, play};
use crosswire::text::grouped;
use crosswire_plan::Plan;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Makes it smaller and writes it down.
pub(super) fn shrink(wanted: &Wanted) -> Result<Exit, Failure> {
    let (plan, signature) = kept(&wanted.what)?;
    let client = catalog::client(&plan.client.name)?;
    let out = small(wanted)?;
    may_be_written(&out)?;
    let (whole, _) = play(&Arc::new(plan.clone()), &client, Vec::new())?;
    let known = signature.filter(|shows| shows.is_among(&whole.findings));
    let Some(shows) = known.or_else(|| Shows::of(&whole.findings)) else {
        let verdict = whole.findings.verdict;
        return Err(Failure::input(format!(
            "{}: the run is {verdict}; expected one that is violated",
            wanted.what
        )));
    };
    let budget = Duration::from_secs(wanted.budget.get().into());
    let stopped = Arc::new(AtomicBool::new(false));
    stop_on_one(&stopped)?;
    let shrink = Shrink { plan: &plan, client: &client, shows: &shows, budget };
    let (small, played, made) = shrunk(&shrink, &out, &stopped)?;
    let mut text = format!("{}\n\n", Screen::Output.paint().strong(&shows.0));
    let story = played.report.violations.iter().find(|violation| violation.signature() == shows.0);
    for line in story.iter().flat_map(|violation| &violation.story) {
        let _ = writeln!(text, "  {line}");
    }
    let _ = writeln!(text, "\n{}", told(&plan, &whole, &small, &played.run));
    let _ = writeln!(text, "runs it took: {}", grouped(made.runs));
    let _ = writeln!(text, "saved: {}", again(&out.display().to_string()));
    Screen::Output.print(&text)?;
    Ok(Exit::Clean)
}

/// Makes it smaller until that is done or `stop` is set, plays the small one and saves it.
pub(super) fn shrunk(
    shrink: &Shrink<'_>,
    out: &Path,
    stop: &AtomicBool,
) -> Result<(Arc<Plan>, Played, Progress), Failure> {
    let (small, made) = progress::of_shrink(|told| {
        shrink.run(|progress| {
            told(progress);
            !stop.load(Ordering::Relaxed)
        })
    });
    let small = Arc::new(small);
    let (played, _) = perform(&small, shrink.client, Vec::new(), false)?;
    save(out, &small, &played.report)?;
    Ok((small, played, made))
}

/// What became less.
fn told(before: &Plan, whole: &Run, after: &Plan, small: &Run) -> String {
    let devices = |plan: &Plan| match &plan.script {
        Some(script) => (script.cameras.len(), script.phones.len()),
        None => (plan.cast.cameras as usize, plan.cast.phones as usize),
    };
    let rows = [
        ("cameras", devices(before).0, devices(after).0),
        ("phones", devices(before).1, devices(after).1),
        ("requests", whole.findings.requests as usize, small.findings.requests as usize),
        ("faults", before.faults.len(), after.faults.len()),
        ("fault points", before.points.len(), after.points.len()),
        ("changes", before.changes.len(), after.changes.len()),
        ("milliseconds", before.duration_ms as usize, after.duration_ms as usize),
    ];
    let row = |(name, before, after): (&str, usize, usize)| {
        format!("  {name:<14}{:>8}{:>8}\n", grouped(before as u64), grouped(after as u64))
    };
    let rows: String = rows.into_iter().map(row).collect();
    format!("  {:<14}{:>8}{:>8}\n{rows}", "", "was", "is")
}

/// Where the small one goes: beside a file, under the same name.
fn small(wanted: &Wanted) -> Result<PathBuf, Failure> {
    if let Some(path) = &wanted.save {
        return Ok(path.clone());
    }
    let path = Path::new(&wanted.what);
    if path.exists() {
        return Ok(path.with_extension("small.toml"));
    }
    Err(Failure::input(format!("{}: expected --save FILE beside a seed line", wanted.what)))
}
