//! The deadline and time to live that the service asked for in the latest writes and touches. Part
//! of the harness.

use crosswire_history::CallId;

/// The number of writes remembered: more than are ever under way in a storm.
const CAPACITY: usize = 1 << 14;

/// The terms of one write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteTerms {
    /// The time by which the write's call must have ended.
    pub(crate) deadline_ms: u64,
    /// The requested time to live of the value.
    pub(crate) ttl_ms: u64,
    /// The call sets the life of what is there, and writes no value.
    pub(crate) touches: bool,
}

/// The terms of the latest writes, by call.
#[derive(Default)]
pub(crate) struct RecentWrites(Vec<(CallId, WriteTerms)>);

impl RecentWrites {
    /// Notes the terms of a call that writes.
    pub(crate) fn note(&mut self, call: CallId, terms: WriteTerms) {
        if self.0.is_empty() {
            self.0.resize(CAPACITY, (CallId(0), WriteTerms::default()));
        }
        self.0[call.0 as usize % CAPACITY] = (call, terms);
    }

    /// Returns the terms of a call, if it is among the latest writes.
    pub(crate) fn of(&self, call: CallId) -> Option<WriteTerms> {
        let &(known, terms) = self.0.get(call.0 as usize % CAPACITY)?;
        if known == call { Some(terms) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_call_takes_the_place_of_an_old_one() {
        let (old, new) = (CallId(7), CallId(7 + CAPACITY as u32));
        let terms = |deadline_ms| WriteTerms { deadline_ms, ttl_ms: 4_000, touches: false };
        let mut writes = RecentWrites::default();
        assert_eq!(writes.of(old), None);
        writes.note(old, terms(400));
        assert_eq!(writes.of(old), Some(terms(400)));
        writes.note(new, terms(900));
        assert_eq!((writes.of(old), writes.of(new)), (None, Some(terms(900))));
    }
}
