//! The plans that a guided hunt begins with, and those that it leaves.

use crate::guided::corpus::Corpus;
use crosswire_plan::Plan;

/// The plans that a guided hunt begins with, and those that it leaves.
#[derive(Clone, Default)]
pub struct Guide {
    /// The plans that an earlier hunt kept, for each target. They are run first.
    pub old: Vec<Vec<Plan>>,
    pub(super) corpora: Vec<Corpus>,
}

impl Guide {
    /// Begins with these plans, one list for each target; missing lists are empty.
    pub fn with(old: Vec<Vec<Plan>>) -> Self {
        Self { old, corpora: Vec::new() }
    }

    /// Returns the corpus of each target at the end of the hunt.
    pub fn corpora(&self) -> &[Corpus] {
        &self.corpora
    }
}
