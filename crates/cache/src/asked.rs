//! The deadline and time to live that the service asked for in the latest writes. Part of the
//! harness.

use crosswire_history::CallId;

/// The number of writes remembered: more than are ever under way in a storm.
const KEPT: usize = 1 << 14;

/// The terms of one write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The time by which the write's call must have ended.
    pub(crate) deadline_ms: u64,
    /// The requested time to live of the value.
    pub(crate) ttl_ms: u64,
}

/// The terms of the latest writes, by call.
#[derive(Default)]
pub(crate) struct Requests(Vec<(CallId, Asked)>);

impl Requests {
    /// Notes the terms of a call that writes.
    pub(crate) fn note(&mut self, call: CallId, asked: Asked) {
        if self.0.is_empty() {
            self.0.resize(KEPT, (CallId(0), Asked::default()));
        }
        self.0[call.0 as usize % KEPT] = (call, asked);
    }

    /// Returns the terms of a call, if it is among the latest writes.
    pub(crate) fn of(&self, call: CallId) -> Option<Asked> {
        let &(known, asked) = self.0.get(call.0 as usize % KEPT)?;
        if known == call { Some(asked) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_call_takes_the_place_of_an_old_one() {
        let (old, new) = (CallId(7), CallId(7 + KEPT as u32));
        let asked = |deadline_ms| Asked { deadline_ms, ttl_ms: 4_000 };
        let mut requests = Requests::default();
        assert_eq!(requests.of(old), None);
        requests.note(old, asked(400));
        assert_eq!(requests.of(old), Some(asked(400)));
        requests.note(new, asked(900));
        assert_eq!((requests.of(old), requests.of(new)), (None, Some(asked(900))));
    }
}
