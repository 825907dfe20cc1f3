//! The latest requests, and the open calls of the caching client.
//!
//! A command may be carried out after its request is over, so requests are kept a little longer
//! than they live: the latest ones, by number. A look-up that is too late finds nothing, and its
//! caller says less.

use crate::window::Window;
use crosswire_history::{
    CacheOp, CallId, Entry, Fact, KeyId, NodeId, Principal, RequestId, Subject, UserId,
};

/// The number of requests remembered: some seconds of a storm of hundreds of devices.
const CAPACITY: usize = 1 << 15;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    id: RequestId,
    /// The sender.
    pub(crate) by: Principal,
    /// The subject, as far as the sender has named it.
    pub(crate) subject: Subject,
    /// The time at which it was issued or, for a gateway's job, begun.
    pub(crate) began_ms: u64,
    /// The sender asks for what is not theirs, and is owed no answer.
    pub(crate) dishonest: bool,
}

/// A call that has begun and not ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// The position of its beginning in the history, from 1.
    pub(crate) order: u64,
    pub(crate) began_ms: u64,
    pub(crate) deadline_ms: u64,
    pub(crate) node: NodeId,
    pub(crate) request: RequestId,
    pub(crate) op: CacheOp,
    /// The first of its keys.
    pub(crate) key: KeyId,
}

#[derive(Default)]
pub(crate) struct Recent {
    ring: Vec<Option<Request>>,
    calls: Window<Call>,
    seen: u64,
}

impl Recent {
    #[inline]
    pub(crate) fn observe(&mut self, entry: &Entry) {
        self.seen += 1;
        match entry.what {
            Fact::CallBegan { call, op, key, deadline_ms, .. } => {
                let Entry { at_ms: began_ms, node, request, .. } = *entry;
                assert!(
                    began_ms <= deadline_ms,
                    "{call} begins at {began_ms} ms, after its deadline"
                );
                let order = self.seen;
                let open = Call { order, began_ms, deadline_ms, node, request, op, key };
                self.calls.insert(call.0, open);
            }
            Fact::Issued { by, subject, .. } => self.note(entry, by, subject),
            // An issued request that has lost its place to a newer one stays forgotten.
            Fact::Arrived { by, .. } if self.is_newest(entry.request) => {
                self.note(entry, by, Subject::Oneself);
            }
            Fact::Dishonest { .. } => {
                let slot = crate::list::slot(&mut self.ring, entry.request.0 % CAPACITY as u32);
                if let Some(request) = slot.as_mut().filter(|there| there.id == entry.request) {
                    request.dishonest = true;
                }
            }
            _ => {}
        }
    }

    /// Closes the call that ended with the entry, once every checker has seen the entry.
    #[inline]
    pub(crate) fn seen_by_all(&mut self, entry: &Entry) {
        if let Fact::CallEnded { call, .. } = entry.what {
            self.calls.remove(call.0);
        }
    }

    /// Returns the position of the present entry in the history, from 1.
    pub(crate) fn order(&self) -> u64 {
        self.seen
    }

    /// Returns a call that is open, or ends with the present entry.
    pub(crate) fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(id.0)
    }

    /// Returns the open calls that were made for a request.
    pub(crate) fn calls_of(&self, request: RequestId) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |open| open.request == request)
    }

    /// Returns the first of all open calls.
    pub(crate) fn first_call(&self) -> Option<&Call> {
        self.calls.first()
    }

    fn is_newest(&self, id: RequestId) -> bool {
        let there = self.ring.get(id.0 as usize % CAPACITY).and_then(Option::as_ref);
        there.is_none_or(|there| there.id < id)
    }

    fn note(&mut self, entry: &Entry, by: Principal, subject: Subject) {
        let id = entry.request;
        let request = Request { id, by, subject, began_ms: entry.at_ms, dishonest: false };
        *crate::list::slot(&mut self.ring, id.0 % CAPACITY as u32) = Some(request);
    }

    /// Returns the request, if it is one of the latest.
    pub(crate) fn get(&self, id: RequestId) -> Option<&Request> {
        self.ring.get(id.0 as usize % CAPACITY)?.as_ref().filter(|request| request.id == id)
    }

    /// Returns the user for whom the request was made.
    pub(crate) fn user(&self, id: RequestId) -> Option<UserId> {
        match self.get(id)?.by {
            Principal::User(user) => Some(user),
            Principal::Device(_) | Principal::Gateway => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{DeviceId, NodeId, NodeKind, Op};

    /// A request that is sent again for seconds arrives when a newer one has long taken its place.
    #[test]
    fn a_late_arrival_does_not_take_the_place_of_a_newer_request() {
        let (old, new) = (RequestId(7), RequestId(7 + CAPACITY as u32));
        let by = Principal::User(UserId(1));
        let subject = Subject::Camera { device: DeviceId(3), user: UserId(2) };
        let entry = |request, what| Entry {
            at_ms: 1,
            node: NodeId::new(NodeKind::Phones, 0),
            request,
            what,
        };
        let (op, gateway, deadline_ms) = (Op::Transfer, 0, 9);
        let mut recent = Recent::default();
        recent.observe(&entry(new, Fact::Issued { by, op, gateway, deadline_ms, subject }));
        recent.observe(&entry(old, Fact::Arrived { by, op, deadline_ms }));
        recent.observe(&entry(new, Fact::Arrived { by, op, deadline_ms }));
        assert_eq!(recent.get(new).map(|request| request.subject), Some(subject));
        assert!(recent.get(old).is_none());
    }
}
