//! What a test has found, kept beside it.

use crate::minimize::{Minimize, Shows};
use crate::report::Report;
use crate::saved::{Expect, SavedRun};
use crate::sim::{ClientUnderTest, Panicked, RunOutput, Unfinished, play};
use crosswire_plan::Plan;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How much CPU time of the process a find may take to be made small: somebody waits for the test, and
/// other tests may be playing at the same time.
const BUDGET: Duration = Duration::from_secs(40);

/// Makes a plan small that shows something when it is played, and keeps it: it is to come out
/// clean. Gives the file.
pub(super) fn small(
    dir: &Path,
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    whole: &Result<RunOutput, Panicked>,
) -> Option<PathBuf> {
    let shows = match whole {
        Ok(played) => Shows::of(&played.findings)?,
        Err(panicked) => Shows::panic(panicked),
    };
    let minimize = Minimize { plan, client, shows: &shows, budget: BUDGET };
    let (small, _) = minimize.run(|_| true);
    let run = play(&Arc::new(small.clone()), client, Vec::new());
    let run = run.map(|(played, _)| Report::new(&small, &client.name, &played, Duration::ZERO));
    let run = run.map_err(Unfinished::from);
    let saved = SavedRun { expect: Expect::Clean, ..SavedRun::of(&small, &run) };
    let file = dir.join(format!("{}-{}-{}.toml", plan.scenario, client.name, plan.seed));
    std::fs::create_dir_all(dir).ok()?;
    std::fs::write(&file, saved.to_text_of(&run).ok()?).ok()?;
    Some(file)
}
