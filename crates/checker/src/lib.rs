//! Decides whether a run leaked: tracks rights, checks the invariants and explains each violation.
//!
//! Start with [`Judge`], which watches a history entry by entry and returns [`Findings`] at the
//! end. It trusts no component under test: ownership comes from the directory's commits
//! ([`ledger`]), and the maker of some bytes from the tag in the bytes themselves.
//!
//! ```text
//! Entry ──▶ Ledger (who owned what when) ─┐
//!       ──▶ each invariant ◀──────────────┴─▶ Report ──▶ Violation with its story
//!       ──▶ situations (was it tested at all?)          └─▶ Exposure
//! ```
//!
//! - [`bounds`]: the times and shares that a run is judged by, as plain data
//! - [`ledger`]: ownership and grants over time
//! - [`mod@invariants`]: the promises that a run must keep, one per file
//! - [`mod@situations`]: what must occur in a run before a clean verdict means anything
//! - [`exposure`]: leaks, counted in the units in which incidents are published
//! - [`story`]: the causal chain of a violation in at most twelve lines
//! - [`verdict`]: clean, violated or inconclusive
//!
//! Memory grows with what is in flight, not with the length of the run, and an entry that
//! concerns no checker costs each of them one comparison.

pub mod bounds;
pub mod exposure;
pub mod invariants;
pub mod judge;
pub mod ledger;
pub mod situations;
pub mod story;
mod under_way;
pub mod verdict;

mod about;
mod conduct;
mod context;
mod demand;
mod evidence;
mod list;
mod recent;
mod report;
mod window;

#[cfg(test)]
mod fixture;

pub use about::{About, InvariantId};
pub use bounds::Bounds;
pub use conduct::{NEED_SPEED, NotApplicable, USEFUL, is_of_an_offer, is_of_dishonest_devices};
pub use demand::{Exempt, Missing, Together, add_counts};
pub use exposure::Exposure;
pub use invariants::invariants;
pub use judge::Judge;
pub use ledger::Ledger;
pub use situations::{situations, triggers};
pub use verdict::{Findings, Unconnected, Verdict, Violation};
