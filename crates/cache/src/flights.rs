//! Calls for one key that are under way at a time. A client that keeps values may have them share a
//! reply, as one does that looks a key up once for all who ask for it meanwhile. This is the harness.

use crosswire_history::{CallId, KeyId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The open calls of one client, by key.
#[derive(Default)]
pub(crate) struct Flights(Mutex<BTreeMap<KeyId, Flight>>);

/// Calls for a key that overlap, one with the next.
#[derive(Default)]
struct Flight {
    open: u32,
    calls: BTreeSet<CallId>,
}

impl Flights {
    fn flights(&self) -> MutexGuard<'_, BTreeMap<KeyId, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call for these keys began.
    pub(crate) fn begin(&self, keys: &[KeyId], call: CallId) {
        let mut flights = self.flights();
        for key in keys {
            let flight = flights.entry(*key).or_default();
            flight.open += 1;
            flight.calls.insert(call);
        }
    }

    /// It is over.
    pub(crate) fn end(&self, keys: &[KeyId]) {
        let mut flights = self.flights();
        for key in keys {
            let Some(flight) = flights.get_mut(key) else { continue };
            flight.open -= 1;
            if flight.open == 0 {
                flights.remove(key);
            }
        }
    }

    /// Whether the reply to a call is one that an open call for `key` may share: then they overlap,
    /// or others for the key did in between.
    pub(crate) fn share(&self, key: KeyId, answered: CallId) -> bool {
        self.flights().get(&key).is_some_and(|flight| flight.calls.contains(&answered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_for_a_key_share_while_they_overlap() {
        let (flights, key, other) = (Flights::default(), KeyId(1), KeyId(2));
        flights.begin(&[key], CallId(7));
        flights.begin(&[key, other], CallId(8));
        flights.end(&[key]);
        assert!(flights.share(key, CallId(7)) && flights.share(key, CallId(8)));
        assert!(flights.share(other, CallId(8)) && !flights.share(other, CallId(7)));
        flights.end(&[key, other]);
        flights.begin(&[key], CallId(9));
        assert!(!flights.share(key, CallId(7)) && !flights.share(key, CallId(8)));
    }
}
