//! Tests of whole storms. They share one binary, because each takes time to link. `ci/test` runs
//! them in a release build, which is faster.

mod bounds;
mod bred;
mod certificates;
mod claims;
mod contract;
mod determinism_caught;
mod dishonest;
mod every_await;
mod gallery;
mod identity_and_rights;
mod kept_finds;
mod kept_values;
mod mechanisms;
mod memory_card;
mod metastable;
mod minimize;
mod regressions;
mod rights;
mod same_run_twice;
mod services;
mod shared_state;
mod swarm;
mod triggers;
mod zoo;

use crosswire_allocator as _;
use crosswire_checker::{Findings, InvariantId};

/// Returns the time of the first violation of one of these invariants.
fn first_broken(findings: &Findings, wanted: &[InvariantId]) -> Option<u64> {
    let found = findings.violations.iter().filter(|found| wanted.contains(&found.invariant));
    found.map(|found| found.at_ms).min()
}
