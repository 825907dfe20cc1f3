//! The interface of an invariant.

use crate::about::About;
use crate::context::Context;
use crate::report::Report;
use crosswire_history::Entry;

/// A promise that a run must keep.
pub(crate) trait Invariant: Default {
    /// The id, the name and the promise.
    const ABOUT: About;

    /// Looks at an entry, which the ledger has already seen.
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report);

    /// Ends the run.
    fn finish(&mut self, _end_ms: u64, _context: &Context<'_>, _report: &mut Report) {}

    /// Returns how often the promise was really tested.
    fn checked(&self) -> u64;
}
