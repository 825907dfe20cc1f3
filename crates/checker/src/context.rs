//! The state that checkers and stories consult.

use crate::bounds::Bounds;
use crate::ledger::Ledger;
use crate::recent::Recent;
use crosswire_history::journal::RecentView;

/// The state that a checker or a story may consult besides the entry.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) bounds: &'a Bounds,
    pub(crate) ledger: &'a Ledger,
    pub(crate) recent: &'a Recent,
    pub(crate) past: RecentView<'a>,
}
