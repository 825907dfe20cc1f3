//! Checks before a run begins that enough memory is available for it.

use super::failure::Failure;
use crate::memory::{available, largest_cast, needed};
use crosswire_output::format::{counted, printable};
use crosswire_plan::Scenario;
use crosswire_plan::scenario::Cast;

/// Returns an error if less memory is available than `at_a_time` runs with this cast need together.
/// `name` is the scenario or the file in the error.
pub(super) fn for_runs(name: &str, cast: &Cast, at_a_time: usize) -> Result<(), Failure> {
    let need = needed(cast).saturating_mul(at_a_time.max(1) as u64);
    match available() {
        Some(left) if left < need => Err(too_little(name, cast, at_a_time, (need, left))),
        _ => Ok(()),
    }
}

/// Does the check of [`for_runs`] with the largest cast that the scenario may draw.
pub(super) fn for_scenario(
    name: &str,
    scenario: &Scenario,
    at_a_time: usize,
) -> Result<(), Failure> {
    for_runs(name, &largest_cast(scenario), at_a_time)
}

fn too_little(name: &str, cast: &Cast, at_a_time: usize, bytes: (u64, u64)) -> Failure {
    let cameras = counted(cast.cameras.into(), "camera");
    let phones = counted(cast.phones.into(), "phone");
    let (need, left) = (megabytes(bytes.0), megabytes(bytes.1));
    let (runs, fewer) = match at_a_time {
        0 | 1 => ("a run needs".to_owned(), "expected fewer devices"),
        many => {
            (format!("{many} runs at a time need"), "expected fewer devices, or fewer `--jobs`")
        }
    };
    Failure::input(format!(
        "{}: with {cameras} and {phones} {runs} about {need} of memory, and {left} are \
         available; {fewer}",
        printable(name)
    ))
}

fn megabytes(bytes: u64) -> String {
    match bytes / 1_000_000 {
        less @ 0..10_000 => format!("{less} MB"),
        more => format!("{} GB", more / 1_000),
    }
}
