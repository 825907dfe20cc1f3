//! Saves what a test found, minimized, in its directory of regressions.

use crate::minimize::{Case, Minimize, Shows};
use crate::saved::Expect;
use crate::sim::{ClientUnderTest, Panicked, RunOutput};
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
    let case = Case::of(small, &minimize);
    let text = case.to_text(&minimize, Some(Expect::Clean)).ok()?;
    let file = dir.join(format!("{}-{}-{}.toml", plan.scenario, client.name, plan.seed));
    std::fs::create_dir_all(dir).ok()?;
    std::fs::write(&file, text).ok()?;
    Some(file)
}
