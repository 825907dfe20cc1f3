//! Whole storms: what is said of the scenarios, and of all that is played of them. One binary, for
//! each takes its time to link. `ci/test` plays them in a release build, which is faster.

mod bounds;
mod bred;
mod certificates;
mod claims;
mod contract;
mod determinism_caught;
mod every_await;
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
use crosswire_checker::Findings;

/// When the first of these invariants was broken in a run.
fn first_broken(findings: &Findings, wanted: &[&str]) -> Option<u64> {
    let found = findings.violations.iter().filter(|found| wanted.contains(&&*found.invariant));
    found.map(|found| found.at_ms).min()
}
