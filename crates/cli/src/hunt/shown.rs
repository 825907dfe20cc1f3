//! The progress of a hunt.

use crate::progress::{Progress, Task};
use crosswire_hunt::{Hunt, Tally};
use crosswire_output::format::counted;
use std::time::Duration;

/// The number of unreached situations that the progress names.
const MAX_NAMED: usize = 3;

/// Begins to show the progress of a hunt with `before` runs already done.
pub(super) fn of_hunt(hunt: &Hunt, before: u64, time: Option<Duration>) -> Progress {
    let task = match hunt.runs() {
        Some(all) => Task::of(all, "runs"),
        None => Task::open("runs"),
    };
    let progress = Progress::begin(task.after(before).within(time));
    progress.set(before);
    progress
}

/// Begins to show the progress of one of several machines that share a hunt.
#[cfg(feature = "queue")]
pub(super) fn of_worker(time: Option<Duration>) -> Progress {
    Progress::begin(Task::open("runs").labelled("here").within(time))
}

/// Updates the progress after a run.
pub(super) fn update(progress: &Progress, tally: &Tally) {
    progress.set(tally.runs());
    progress.note(|| note(tally));
}

fn note(tally: &Tally) -> String {
    let found = counted(tally.found(), "finding");
    let distinct = counted(tally.sightings.len() as u64, "signature");
    let reached = tally.reached.map_or(String::new(), |reached| {
        let (features, plans) =
            (counted(reached.features, "feature"), counted(reached.corpus, "plan"));
        format!(", {features}, {plans} to breed from")
    });
    let missing = tally.not_reached();
    let yet = if missing.is_empty() { "" } else { ", not reached yet: " };
    let more = if missing.len() > MAX_NAMED { ", …" } else { "" };
    let names = missing.into_iter().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
    format!("{found}, {distinct}{reached}{yet}{names}{more}")
}
