//! What a caching client may offer beyond the basic calls: its declaration, and the types of the
//! calls.

use crate::client::CacheError;
use bytes::Bytes;
use crosswire_history::Offer;
use std::time::Duration;

/// The calls that a client offers beyond the basic ones; by default none. The service uses what is
/// declared and nothing else.
///
/// ```
/// use crosswire_cache::Offers;
///
/// let offers = Offers::default().multi_set().counters();
/// assert!(offers.multi_set && offers.counters && !offers.multi_delete);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a declaration of its own")]
#[non_exhaustive]
pub struct Offers {
    /// [`mset`](crate::CacheClient::mset).
    pub multi_set: bool,
    /// [`mdel`](crate::CacheClient::mdel).
    pub multi_delete: bool,
    /// [`get_and_touch`](crate::CacheClient::get_and_touch).
    pub get_and_touch: bool,
    /// [`incr`](crate::CacheClient::incr).
    pub counters: bool,
    /// [`look_up`](crate::CacheClient::look_up) and
    /// [`set_absent`](crate::CacheClient::set_absent).
    pub negative_entries: bool,
    /// [`expire`](crate::CacheClient::expire).
    pub expiry: bool,
    /// [`changes`](crate::CacheClient::changes).
    pub invalidations: bool,
}

impl Offers {
    /// Declares everything.
    #[must_use]
    pub fn all() -> Self {
        let writes = Self::default().multi_set().multi_delete().negative_entries();
        writes.get_and_touch().counters().expiry().invalidations()
    }

    /// Declares writes of several keys.
    #[must_use]
    pub fn multi_set(self) -> Self {
        Self { multi_set: true, ..self }
    }

    /// Declares deletes of several keys.
    #[must_use]
    pub fn multi_delete(self) -> Self {
        Self { multi_delete: true, ..self }
    }

    /// Declares reads that set the life of their key.
    #[must_use]
    pub fn get_and_touch(self) -> Self {
        Self { get_and_touch: true, ..self }
    }

    /// Declares counters.
    #[must_use]
    pub fn counters(self) -> Self {
        Self { counters: true, ..self }
    }

    /// Declares entries that say that there is nothing.
    #[must_use]
    pub fn negative_entries(self) -> Self {
        Self { negative_entries: true, ..self }
    }

    /// Declares lives of single keys that can be set.
    #[must_use]
    pub fn expiry(self) -> Self {
        Self { expiry: true, ..self }
    }

    /// Declares a feed of the keys that have changed.
    #[must_use]
    pub fn invalidations(self) -> Self {
        Self { invalidations: true, ..self }
    }

    /// Returns what is declared, in the order of [`Offer::ALL`].
    pub fn declared(self) -> impl Iterator<Item = Offer> {
        Offer::ALL.into_iter().filter(move |offer| match offer {
            Offer::MultiSet => self.multi_set,
            Offer::MultiDelete => self.multi_delete,
            Offer::GetAndTouch => self.get_and_touch,
            Offer::Counters => self.counters,
            Offer::NegativeEntries => self.negative_entries,
            Offer::Expiry => self.expiry,
            Offer::Invalidations => self.invalidations,
        })
    }
}

/// One write of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write<'a> {
    /// The key.
    pub key: &'a str,
    /// The value.
    pub value: &'a [u8],
    /// The time after which the value expires.
    pub ttl: Duration,
}

/// The results of a batch: one for each of its parts, in their order.
pub type Batch = Vec<Result<(), CacheError>>;

/// The answer of a client that remembers what is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The key has this value.
    Value(Bytes),
    /// The key was written with [`set_absent`](crate::CacheClient::set_absent): there is nothing.
    Absent,
    /// The cache knows nothing about the key.
    Unknown,
}

/// The answer of a client with a feed of invalidations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// These keys have changed since the last answer, and no others. A key may be named more than
    /// once.
    Keys(Vec<String>),
    /// Any key may have changed: this is the first answer, or the client has missed something.
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_offer_is_declared_by_itself() {
        let declared = |offers: Offers| offers.declared().collect::<Vec<_>>();
        assert_eq!(declared(Offers::default()), []);
        assert_eq!(declared(Offers::all()), Offer::ALL);
        let two = Offers::default().counters().multi_delete();
        assert_eq!(declared(two), [Offer::MultiDelete, Offer::Counters]);
    }
}
