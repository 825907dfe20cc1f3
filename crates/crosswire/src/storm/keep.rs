//! Saves what a test found, minimized, in its directory of regressions.

use crate::minimize::{Minimize, Shows};
use crate::report::Report;
use crate::saved::{Expect, SavedRun};
use crate::sim::{ClientUnderTest, Panicked, RunOutput, Unfinished, play};
use crosswire_plan::Plan;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The CPU time of the process for minimizing a finding. It is short because a person waits for the
/// test; other tests in the process use it up as well.
const BUDGET: Duration = Duration::from_secs(40);

/// Minimizes a failing run and saves it, with the expected verdict clean: the bug should be fixed.
/// Returns the file, or `None` if it cannot be written.
pub(super) fn small(
    dir: &Path,
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    whole: &Result<RunOutput, Panicked>,
) -> Option<PathBuf> {
    let shows = match whole {
        Ok(output) => Shows::of(&output.findings)?,
        Err(panicked) => Shows::panic(panicked),
    };
    let minimize = Minimize { plan, client, shows: &shows, budget: BUDGET };
    let (small, _) = minimize.run(|_| true);
    let run = match play(&Arc::new(small.clone()), client) {
        Ok(output) => Ok(Report::new(&small, &client.name, &output, Duration::ZERO)),
        Err(panicked) => Err(Unfinished::from(panicked)),
    };
    let saved = SavedRun { expect: Expect::Clean, ..SavedRun::of(&small, &run) };
    let file = dir.join(format!("{}-{}-{}.toml", plan.scenario, client.name, plan.seed));
    std::fs::create_dir_all(dir).ok()?;
    std::fs::write(&file, saved.to_text_of(&run).ok()?).ok()?;
    Some(file)
}
