//! Remembers as of which commit the directory answered each request.
//!
//! The directory server notes the commit in the scope of the request that asked. The probe around a
//! caching client looks it up when the service writes or invalidates a value. So the age of a
//! cached value is known from the database it was read from, not from the code under test.

use crate::fact::NO_REQUEST;
use crate::ids::RequestId;

/// Number of recent requests remembered. Nothing is known about older ones.
const CAPACITY: usize = 1 << 13;

/// The directory commits that each recent request has seen or made. Commit 0 means unknown.
#[derive(Default)]
pub struct Answers {
    ring: Vec<Answered>,
}

#[derive(Clone, Copy, Default)]
struct Answered {
    request: RequestId,
    read: u64,
    changed: u64,
}

impl Answers {
    /// Notes that the directory answered a read of `request` as of `commit`.
    pub fn read(&mut self, request: RequestId, commit: u64) {
        if let Some(answered) = self.of(request) {
            answered.read = commit;
        }
    }

    /// Notes that the directory made, or had already made, the change that `request` asks for.
    /// Later reads for the request are at least as recent.
    ///
    /// # Panics
    /// If `commit` is 0.
    pub fn changed(&mut self, request: RequestId, commit: u64) {
        assert!(commit > 0, "a change is made by a commit");
        if let Some(answered) = self.of(request) {
            (answered.read, answered.changed) = (commit, commit);
        }
    }

    /// Returns the commit of the latest answer to `request`, or 0.
    pub fn as_of(&self, request: RequestId) -> u64 {
        self.get(request).map_or(0, |answered| answered.read)
    }

    /// Returns the commit as of which the directory answered the change that `request` asked for,
    /// or 0.
    pub fn change(&self, request: RequestId) -> u64 {
        self.get(request).map_or(0, |answered| answered.changed)
    }

    fn get(&self, request: RequestId) -> Option<&Answered> {
        self.ring.get(request.0 as usize % CAPACITY).filter(|answered| answered.request == request)
    }

    fn of(&mut self, request: RequestId) -> Option<&mut Answered> {
        if request == NO_REQUEST {
            return None;
        }
        let at = request.0 as usize % CAPACITY;
        if self.ring.len() <= at {
            self.ring.resize(at + 1, Answered::default());
        }
        let answered = &mut self.ring[at];
        if answered.request != request {
            *answered = Answered { request, ..Answered::default() };
        }
        Some(answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_its_latest_answer_and_its_change() {
        let mut answers = Answers::default();
        answers.read(RequestId(3), 7);
        assert_eq!((answers.as_of(RequestId(3)), answers.change(RequestId(3))), (7, 0));
        answers.changed(RequestId(3), 8);
        answers.read(RequestId(3), 9);
        assert_eq!((answers.as_of(RequestId(3)), answers.change(RequestId(3))), (9, 8));
        assert_eq!(answers.as_of(RequestId(4)), 0);
    }

    #[test]
    fn old_requests_and_request_zero_have_no_answers() {
        let mut answers = Answers::default();
        answers.read(RequestId(3), 7);
        answers.read(RequestId(3 + CAPACITY as u32), 8);
        answers.read(NO_REQUEST, 9);
        assert_eq!((answers.as_of(RequestId(3)), answers.as_of(NO_REQUEST)), (0, 0));
    }
}
