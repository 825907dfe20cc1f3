//! Notes absent keys beside the key, and removes the note with every write and delete of the key.
//!
//! Freedom: a client notes what is absent in its own form (O7, O8).

use crate::Specimen;
use crate::kit::offers::{ms, two};
use crate::kit::{self, Desk, Style, connect, done, number, value_of};
use crosswire_cache::{CacheError, Lookup, Offers, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("side-markers", "notes beside a key that the key is absent", || {
        connect(SideMarkers::<Removed>::new)
    });

/// The rules of the notes.
pub(crate) trait Notes: Send + Sync + 'static {
    /// True if a delete of the key removes the note, as a write does.
    const DELETES: bool = true;
    /// The answer if there is neither a note nor a value.
    const NOTHING: Lookup = Lookup::Unknown;
}

struct Removed;

impl Notes for Removed {}

pub(crate) struct SideMarkers<N>(Desk, PhantomData<N>);

impl<N> SideMarkers<N> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

fn beside(key: &str) -> Vec<u8> {
    format!("{key}:absent").into_bytes()
}

#[async_trait]
impl<N: Notes> Style for SideMarkers<N> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().negative_entries()
    }

    async fn look_up(&self, key: &str) -> Result<Lookup, CacheError> {
        let get: [&[u8]; 2] = [b"GET", &beside(key)];
        let [note, value] = two(self, key, [&get, &[b"GET", key.as_bytes()]]).await?;
        let value = value_of(value)?.map_or(N::NOTHING, Lookup::Value);
        Ok(if value_of(note)?.is_some() { Lookup::Absent } else { value })
    }

    async fn set_absent(&self, key: &str, ttl: Duration) -> Result<(), CacheError> {
        let set: [&[u8]; 5] = [b"SET", &beside(key), b"1", b"PX", &ms(ttl)];
        done(two(self, key, [&[b"DEL", key.as_bytes()], &set]).await?[1].clone())
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let set: [&[u8]; 5] = [b"SET", key.as_bytes(), value, b"PX", &ms(ttl)];
        let [note, set] = two(self, key, [&[b"DEL", &beside(key)], &set]).await?;
        number(note).and_then(|_| done(set))
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        if N::DELETES {
            let args: [&[u8]; 2] = [b"DEL", &beside(key)];
            number(self.ask(self.0.node_of(key), &args).await?)?;
        }
        kit::del(self, key).await
    }
}
