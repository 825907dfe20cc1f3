//! As of which commit the directory answered which request.
//!
//! The directory's door notes it, in the scope of the request whose question it was; the probe
//! around a caching client asks for it when the service writes a value or has one forgotten. So
//! what is known of a value's age comes from the database that it was read from.

use crate::ids::RequestId;
use crate::what::NOBODY;

/// How many of the latest requests are remembered. Of an older one nothing is known.
const KEPT: usize = 1 << 13;

/// The commits that requests have to do with; 0 is none.
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
    /// The directory answered a question of `request` as of `commit`.
    pub fn read(&mut self, request: RequestId, commit: u64) {
        if let Some(answered) = self.of(request) {
            answered.read = commit;
        }
    }

    /// The directory made, or had already made, a change that `request` asks for. What is read for
    /// the request from now on is no older either.
    pub fn changed(&mut self, request: RequestId, commit: u64) {
        if let Some(answered) = self.of(request) {
            (answered.read, answered.changed) = (commit, commit);
        }
    }

    /// The commit of the latest answer to `request`.
    pub fn as_of(&self, request: RequestId) -> u64 {
        self.get(request).map_or(0, |answered| answered.read)
    }

    /// The commit as of which the directory answered the change that `request` asked for.
    pub fn change(&self, request: RequestId) -> u64 {
        self.get(request).map_or(0, |answered| answered.changed)
    }

    fn get(&self, request: RequestId) -> Option<&Answered> {
        self.ring.get(request.0 as usize % KEPT).filter(|answered| answered.request == request)
    }

    fn of(&mut self, request: RequestId) -> Option<&mut Answered> {
        if request == NOBODY {
            return None;
        }
        let at = request.0 as usize % KEPT;
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
    fn a_request_knows_its_latest_answer_and_its_own_change() {
        let mut answers = Answers::default();
        answers.read(RequestId(3), 7);
        assert_eq!((answers.as_of(RequestId(3)), answers.change(RequestId(3))), (7, 0));
        answers.changed(RequestId(3), 8);
        answers.read(RequestId(3), 9);
        assert_eq!((answers.as_of(RequestId(3)), answers.change(RequestId(3))), (9, 8));
        assert_eq!(answers.as_of(RequestId(4)), 0);
    }

    #[test]
    fn of_a_request_long_ago_and_of_nobody_nothing_is_known() {
        let mut answers = Answers::default();
        answers.read(RequestId(3), 7);
        answers.read(RequestId(3 + KEPT as u32), 8);
        answers.read(NOBODY, 9);
        assert_eq!((answers.as_of(RequestId(3)), answers.as_of(NOBODY)), (0, 0));
    }
}
