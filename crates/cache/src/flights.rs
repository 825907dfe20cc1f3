//! Reads of one key that are under way at a time. A client may have them share a reply, as one does
//! that looks a key up once for all who ask for it meanwhile. This is the harness.

use crosswire_history::{CallId, KeyId, Returned};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The open reads of one client, by key.
#[derive(Default)]
pub(crate) struct Flights(Mutex<BTreeMap<KeyId, Vec<Read>>>);

/// A read that has begun.
#[derive(Clone, Copy)]
struct Begun {
    call: CallId,
    at_ms: u64,
}

/// An open read.
struct Read {
    begun: Begun,
    /// The reads of its key that were open at some moment while it was.
    met: Vec<Begun>,
}

impl Flights {
    fn flights(&self) -> MutexGuard<'_, BTreeMap<KeyId, Vec<Read>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A read of this key began.
    pub(crate) fn begin(&self, key: KeyId, call: CallId, at_ms: u64) {
        let begun = Begun { call, at_ms };
        let mut flights = self.flights();
        let open = flights.entry(key).or_default();
        let met = open.iter().map(|other| other.begun).collect();
        for other in open.iter_mut() {
            other.met.push(begun);
        }
        open.push(Read { begun, met });
    }

    /// It is over.
    pub(crate) fn end(&self, key: KeyId, call: CallId) {
        let mut flights = self.flights();
        let Some(open) = flights.get_mut(&key) else { return };
        open.retain(|read| read.begun.call != call);
        if open.is_empty() {
            flights.remove(&key);
        }
    }

    /// Whether what was returned for `key` to this open read is the reply to another read of the key,
    /// and both were open at some moment. Where the wire could not tell whose command it was, it is one
    /// that was sent after that other read began and before this one did.
    pub(crate) fn share(&self, key: KeyId, call: CallId, returned: &Returned) -> bool {
        if returned.written_for.is_some_and(|written| written != key) {
            return false;
        }
        let flights = self.flights();
        let mut open = flights.get(&key).into_iter().flatten();
        let Some(read) = open.find(|read| read.begun.call == call) else { return false };
        read.met.iter().any(|other| match returned.answered {
            CallId(0) => (other.at_ms..read.begun.at_ms).contains(&returned.sent_ms),
            answered => other.call == answered,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId(1);

    /// The reply to a call, with what was once written for a key.
    fn reply_to(call: u32, written_for: KeyId) -> Returned {
        let written_for = Some(written_for);
        Returned { written_for, answered: CallId(call), ..Returned::default() }
    }

    fn shared(flights: &Flights, key: KeyId, [call, answered]: [u32; 2]) -> bool {
        flights.share(key, CallId(call), &reply_to(answered, key))
    }

    #[test]
    fn reads_of_a_key_share_if_both_were_open_at_a_moment() {
        let flights = Flights::default();
        flights.begin(KEY, CallId(7), 10);
        flights.begin(KEY, CallId(8), 11);
        assert!(shared(&flights, KEY, [7, 8]) && shared(&flights, KEY, [8, 7]));
        flights.end(KEY, CallId(7));
        assert!(shared(&flights, KEY, [8, 7]), "it was still open when the other began");
        flights.begin(KEY, CallId(9), 12);
        assert!(shared(&flights, KEY, [9, 8]));
        assert!(!shared(&flights, KEY, [9, 7]), "it was over when the other began");
    }

    #[test]
    fn other_keys_and_other_values_are_not_shared() {
        let (flights, other) = (Flights::default(), KeyId(2));
        flights.begin(KEY, CallId(7), 10);
        flights.begin(other, CallId(8), 10);
        assert!(!shared(&flights, other, [8, 7]));
        flights.begin(KEY, CallId(9), 10);
        assert!(!flights.share(KEY, CallId(9), &reply_to(7, other)));
    }

    #[test]
    fn a_command_of_nobody_was_sent_when_only_the_other_read_had_begun() {
        let flights = Flights::default();
        let sent = |at_ms| Returned { sent_ms: at_ms, ..reply_to(0, KEY) };
        flights.begin(KEY, CallId(7), 10);
        assert!(!flights.share(KEY, CallId(7), &sent(10)), "there is no other");
        flights.begin(KEY, CallId(8), 12);
        assert!(
            flights.share(KEY, CallId(8), &sent(10)) && flights.share(KEY, CallId(8), &sent(11))
        );
        assert!(!flights.share(KEY, CallId(8), &sent(9)));
        assert!(!flights.share(KEY, CallId(8), &sent(12)), "it may be its own");
    }
}
