//! Collects what the invariants find: counts every violation and keeps the story of the first few.

use crate::about::{About, InvariantId};
use crate::exposure::Tally;
use crate::story::Story;
use crate::verdict::Violation;
use crosswire_history::{EventId, UserId};
use std::collections::BTreeMap;

/// The number of violations of one invariant that are kept with their story. A storm with a faulty
/// client violates an invariant thousands of times, each time for the same reason.
const MAX_KEPT: u64 = 5;

/// The time of a violation, and the user and the event concerned.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Occurrence {
    pub(crate) at_ms: u64,
    pub(crate) user: Option<UserId>,
    pub(crate) event: Option<EventId>,
}

#[derive(Default)]
pub(crate) struct Report {
    violations: Vec<Violation>,
    counts: BTreeMap<InvariantId, u64>,
    pub(crate) exposure: Tally,
}

impl Report {
    /// Adds a violation. `story` is called only if the violation is kept.
    #[cold]
    pub(crate) fn add(
        &mut self,
        about: &About,
        occurrence: Occurrence,
        story: impl FnOnce() -> Story,
    ) {
        let count = self.counts.entry(about.id).or_default();
        *count += 1;
        if *count > MAX_KEPT {
            return;
        }
        let Story { lines, causes } = story();
        self.violations.push(Violation {
            invariant: about.id,
            name: about.name.to_owned(),
            at_ms: occurrence.at_ms,
            user: occurrence.user.map(|user| user.0),
            device: occurrence.event.map(|event| event.device.0),
            event: occurrence.event.map(|event| event.to_string()),
            causes: causes.into_iter().map(str::to_owned).collect(),
            story: lines,
        });
    }

    /// Discards the violations of an invariant that does not apply.
    pub(crate) fn withdraw(&mut self, id: InvariantId) {
        self.violations.retain(|violation| violation.invariant != id);
        self.counts.remove(&id);
    }

    /// Returns the violations kept, leaks first, then by time, and the count for each invariant.
    pub(crate) fn close(&mut self) -> (Vec<Violation>, BTreeMap<InvariantId, u64>) {
        let mut violations = std::mem::take(&mut self.violations);
        violations
            .sort_by_key(|violation| (violation.invariant != InvariantId::I1, violation.at_ms));
        (violations, std::mem::take(&mut self.counts))
    }

    #[cfg(test)]
    pub(crate) fn count(&self, id: InvariantId) -> u64 {
        self.counts.get(&id).copied().unwrap_or(0)
    }
}
