//! When the latest writing calls must have ended. This is the harness.

use crosswire_history::CallId;

/// How many calls are remembered: some seconds of a storm.
const KEPT: usize = 1 << 14;

/// The deadlines of the latest writing calls, by call.
#[derive(Default)]
pub(crate) struct Deadlines(Vec<(CallId, u64)>);

impl Deadlines {
    /// Notes that a call must have ended by then.
    pub(crate) fn note(&mut self, call: CallId, deadline_ms: u64) {
        if self.0.is_empty() {
            self.0.resize(KEPT, (CallId(0), 0));
        }
        self.0[call.0 as usize % KEPT] = (call, deadline_ms);
    }

    /// When a call must have ended, if it is one of the latest that write.
    pub(crate) fn of(&self, call: CallId) -> Option<u64> {
        let &(known, deadline_ms) = self.0.get(call.0 as usize % KEPT)?;
        (known == call).then_some(deadline_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_call_takes_the_place_of_an_old_one() {
        let (old, new) = (CallId(7), CallId(7 + KEPT as u32));
        let mut deadlines = Deadlines::default();
        assert_eq!(deadlines.of(old), None);
        deadlines.note(old, 400);
        assert_eq!(deadlines.of(old), Some(400));
        deadlines.note(new, 900);
        assert_eq!((deadlines.of(old), deadlines.of(new)), (None, Some(900)));
    }
}
