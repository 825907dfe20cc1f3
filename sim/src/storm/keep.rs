//! What a test has found, kept beside it.

use crate::report::Report;
use crate::saved::SavedRun;
use crate::shrink::{Shows, Shrink};
use crate::stage::{ClientUnderTest, Played, play};
use crosswire_checker::Verdict;
use crosswire_plan::Plan;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How much CPU time a find may take to be made small: somebody waits for the test.
const BUDGET: Duration = Duration::from_secs(20);

/// Makes a plan small that shows something when it is played, and keeps it: it is to come out
/// clean. Gives the file.
pub(super) fn small(
    dir: &Path,
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    whole: &Played,
) -> Option<PathBuf> {
    let shows = Shows::of(&whole.findings)?;
    let shrink = Shrink { plan, client, shows: &shows, budget: BUDGET };
    let (small, _) = shrink.run(|_| true);
    let (played, _) = play(&Arc::new(small.clone()), client, Vec::new()).ok()?;
    let report = Report::new(&small, &client.name, &played, Duration::ZERO);
    let saved = SavedRun { expect: Verdict::Clean, ..SavedRun::new(&small, &report) };
    let file = dir.join(format!("{}-{}-{}.toml", plan.scenario, client.name, plan.seed));
    std::fs::create_dir_all(dir).ok()?;
    std::fs::write(&file, saved.to_text(&report).ok()?).ok()?;
    Some(file)
}
