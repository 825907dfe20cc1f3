//! Runs many seeds on all cores until a limit is reached, and keeps what fails.
//!
//! Every target, a scenario with a client, a service and defences, gets the same number of seeds:
//! the first seed of each target, then the second of each, and so on. Results are taken in that
//! order, whichever run ends first, so the report does not depend on the number of threads.
//!
//! - [`hunt`]: the hunt itself; `run` runs it
//! - [`target`]: the targets, and how a seed of a target is run
//! - [`finding`]: a failed run
//! - [`baseline`]: the failures that are already known
//! - [`tally`]: the counts and failures of a hunt so far
//! - [`journal`]: a hunt on disk, from which it can be resumed
//! - [`guided`]: plans bred from plans that reached something new
//! - [`shared`]: a hunt that several processes share
//! - [`report`]: the reports
//!
//! ```no_run
//! use crosswire_hunt::{Finding, Hunt, HuntJournal, Listener, Tally, Target};
//! use std::path::Path;
//! use std::time::Duration;
//!
//! struct Print;
//!
//! impl Listener for Print {
//!     fn found(&mut self, finding: &Finding, new: bool) {
//!         println!("{} {}", if new { "new:" } else { "again:" }, finding.replay);
//!     }
//!     fn tick(&mut self, _: &Tally) {}
//! }
//!
//! let target = Target::of("calm", crosswire::scenarios::scenario("calm").unwrap()).unwrap();
//! let budget = Duration::from_secs(60);
//! let hunt = Hunt { targets: vec![target], from: 0, seeds: Some(100), threads: 2, budget };
//! let mut journal = HuntJournal::begin(Path::new("my-hunt"), &hunt).unwrap();
//! hunt.run(&mut journal, &mut Print, &|| false).unwrap();
//! println!("{}", journal.tally().verdict());
//! ```
//!
//! A run that panics or hangs is a finding too. Findings with the same signature, client and
//! service are one failure. Memory use grows with the number of failures, not with the number of
//! runs.

pub mod baseline;
pub mod finding;
pub mod guided;
pub mod hunt;
pub mod journal;
#[cfg(feature = "queue")]
pub mod queue;
pub mod report;
pub mod shared;
pub mod tally;
pub mod target;

mod run;
#[cfg(test)]
mod tests;

pub use finding::{FailureKind, Finding};
pub use hunt::{Failed, Hunt, Listener, MOST_LEFT};
pub use journal::{BadJournal, HuntJournal};
pub use tally::Tally;
pub use target::Target;
