//! The checkers: who was allowed to see what, what went wrong, and how it came about.
//!
//! Start with [`Judge`], which watches a history entry by entry and closes with [`Findings`].
//! It believes nobody: who owned a camera comes from what the directory committed
//! ([`ledger`]), and who made some bytes from the tag in the bytes themselves.
//!
//! ```text
//! Entry ──▶ Ledger (who owned what when) ─┐
//!       ──▶ each invariant ◀──────────────┴─▶ Docket ──▶ Violation with its story
//!       ──▶ situations (was it tested at all?)          └─▶ Exposure
//! ```
//!
//! - [`terms`]: what was promised: bounds and graces, as plain data
//! - [`ledger`]: who owned what when, and who was let in
//! - [`mod@invariants`]: one promise a file
//! - [`mod@situations`]: what a run must have reached before clean means anything
//! - [`exposure`]: who was shown what, in the units in which incidents are published
//! - [`story`]: the causal chain of a violation in at most twelve lines
//! - [`verdict`]: clean, violated or inconclusive
//!
//! Memory grows with what is in flight, not with the length of the run, and an entry that
//! concerns no checker costs each of them one comparison.

pub mod exposure;
pub mod invariants;
pub mod judge;
pub mod ledger;
pub mod situations;
pub mod story;
pub mod terms;
pub mod verdict;

mod conduct;
mod demand;
mod docket;
mod recent;
mod window;

#[cfg(test)]
mod fixture;

pub use conduct::{NEED_SPEED, NotApplicable, USEFUL};
pub use demand::{Exempt, Missing, Together, add_counts};
pub use exposure::Exposure;
pub use invariants::{About, invariants};
pub use judge::Judge;
pub use ledger::Ledger;
pub use situations::{situations, triggers};
pub use terms::Terms;
pub use verdict::{Findings, Unconnected, Verdict, Violation};

/// The element of a list by number, which grows as far as that number.
fn slot<T: Default>(list: &mut Vec<T>, index: u32) -> &mut T {
    let index = index as usize;
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
    &mut list[index]
}
