//! Who the latest requests were for.
//!
//! A command may be carried out after its request is over, so requests are kept a little longer
//! than they live: the latest ones by number. A look-up that comes too late finds nothing, and
//! whoever asked says less.

use crosswire_history::{Entry, Principal, RequestId, Subject, UserId, What};

/// How many requests are remembered: some seconds of a storm of hundreds of devices.
const KEPT: usize = 1 << 15;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    id: RequestId,
    /// Who asked.
    pub(crate) by: Principal,
    /// What it is about, as far as whoever asked has said.
    pub(crate) subject: Subject,
    /// When it was issued or, for a gateway's own job, begun.
    pub(crate) began_ms: u64,
}

#[derive(Default)]
pub(crate) struct Recent {
    ring: Vec<Option<Request>>,
}

impl Recent {
    #[inline]
    pub(crate) fn observe(&mut self, entry: &Entry) {
        match entry.what {
            What::Issued { by, subject, .. } => self.note(entry, by, subject),
            What::Arrived { by, .. } if self.get(entry.request).is_none() => {
                self.note(entry, by, Subject::Oneself);
            }
            _ => {}
        }
    }

    fn note(&mut self, entry: &Entry, by: Principal, subject: Subject) {
        let id = entry.request;
        let request = Request { id, by, subject, began_ms: entry.at_ms };
        *crate::slot(&mut self.ring, id.0 % KEPT as u32) = Some(request);
    }

    /// The request, if it is one of the latest.
    pub(crate) fn get(&self, id: RequestId) -> Option<&Request> {
        self.ring.get(id.0 as usize % KEPT)?.as_ref().filter(|request| request.id == id)
    }

    /// The person for whom the request was made.
    pub(crate) fn user(&self, id: RequestId) -> Option<UserId> {
        match self.get(id)?.by {
            Principal::User(user) => Some(user),
            Principal::Device(_) | Principal::Gateway => None,
        }
    }
}
