//! Minimizes what a hunt has found.

use super::{HuntArgs, Reporter};
use crate::failure::Failure;
use crate::minimize::minimize_to;
use crate::output::{FileKind, OutputFile};
use crate::progress::rough;
use crate::screen::Screen;
use crate::single_run::replay_command;
use crosswire::catalog;
use crosswire::minimize::Minimize;
use crosswire::saved::SavedRun;
use crosswire_hunt::finding::minimized_name;
use crosswire_hunt::{FailureKind, Finding, HuntJournal};
use crosswire_output::format::counted;
use crosswire_output::user_files::within;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The file of a finding and that of its minimized case.
struct ToMinimize {
    file: PathBuf,
    minimized: PathBuf,
}

/// Minimizes the first run of each new signature into a file beside it, unless that file exists.
/// Rewrites the page of each. Returns how many are left because of a signal.
pub(super) fn minimize_new(
    args: &HuntArgs,
    journal: &HuntJournal,
    reporter: &mut Reporter,
    stop: &AtomicBool,
) -> Result<u64, Failure> {
    if args.no_minimize {
        return Ok(0);
    }
    let mut all = Vec::new();
    for sighting in &journal.tally().sightings {
        if reporter.known.file(&sighting.first).is_none() {
            let files = to_minimize(&sighting.first, journal.dir())?;
            all.extend(files.map(|files| (files, &sighting.first)));
        }
    }
    if !all.is_empty() && !stop.load(Ordering::Relaxed) {
        let budget = rough(args.minimize);
        let each = if all.len() == 1 { "" } else { " each" };
        let findings = counted(all.len() as u64, "finding");
        let note = format!("minimizing {findings}, for up to {budget} of CPU time{each}\n");
        Screen::Error.print(&note)?;
    }
    for (done, (files, finding)) in all.iter().enumerate() {
        if stop.load(Ordering::Relaxed) {
            return Ok((all.len() - done) as u64);
        }
        minimize(args, files, stop)?;
        reporter.minimized(finding, journal.tally())?;
    }
    Ok(0)
}

/// Returns the files of a finding if it can be minimized and is not yet. A run that hung cannot.
fn to_minimize(finding: &Finding, dir: &Path) -> Result<Option<ToMinimize>, Failure> {
    let FailureKind::Violated = finding.verdict else {
        // A run that panicked or hung has no story.
        return Ok(None);
    };
    let Some(file) = &finding.file else { return Ok(None) };
    let inside = |name: &str| {
        let path = within(dir, name);
        path.map_err(|why| Failure::input(format!("{}: {why}", dir.display())))
    };
    let (minimized, file) = (inside(&minimized_name(file))?, inside(file)?);
    Ok(if minimized.exists() { None } else { Some(ToMinimize { file, minimized }) })
}

fn minimize(args: &HuntArgs, one: &ToMinimize, stop: &AtomicBool) -> Result<(), Failure> {
    let saved = SavedRun::read(&one.file)?;
    let Some(shows) = saved.shows() else { return Ok(()) };
    if shows.is_a_hang() {
        return Ok(());
    }
    let client = catalog::client(&saved.plan.client.name)?;
    let job = Minimize { plan: &saved.plan, client: &client, shows: &shows, budget: args.minimize };
    if !Screen::Error.is_terminal() {
        Screen::Error.print(&format!("minimizing {}\n", one.file.display()))?;
    }
    let out = OutputFile::new(&one.minimized, FileKind::SavedRun, false)?;
    let case = minimize_to(&job, &out, None, stop)?;
    let requests = case.requests.map(|requests| format!(": {requests} requests"));
    let replay = replay_command(&out.path().display().to_string());
    Screen::Error.print(&format!("{replay}{}\n", requests.unwrap_or_default()))?;
    if case.stopped {
        let note = "interrupted: this is the smallest case so far; `crosswire minimize` continues";
        Screen::Error.print(&format!("{note}\n"))?;
    }
    Ok(())
}
