//! Keeps the 32 most recently used values, each for as long as it lives on the server.
//!
//! Freedom: a client may declare that it keeps values (D1, D2).

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect, lock};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("near-lru", "keeps the 32 most recently used values in a near-cache", || {
        connect(|desk| NearLru { desk, near: Near::default(), used: Mutex::default() })
    });

const ROOM: usize = 32;

struct NearLru {
    desk: Desk,
    near: Near,
    /// The keys, with the most recently used one at the back.
    used: Mutex<VecDeque<String>>,
}

impl NearLru {
    fn touch(&self, key: &str) {
        let mut used = lock(&self.used);
        used.retain(|other| other != key);
        used.push_back(key.to_owned());
        if used.len() > ROOM
            && let Some(oldest) = used.pop_front()
        {
            self.near.forget(&oldest);
        }
    }
}

#[async_trait]
impl Style for NearLru {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        self.touch(key);
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        let writes = self.near.writes();
        let fetched = self.desk.fetch(key).await?;
        let value = fetched.value.clone();
        if value.is_some() && lock(&self.used).iter().any(|used| used == key) {
            self.near.fill(key, fetched, writes);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
