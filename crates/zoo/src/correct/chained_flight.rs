//! Joins reads without a task: the first caller reads in its scope while the others wait at the
//! lock of the key. If that caller is dropped or fails, the next in line reads.
//!
//! Freedom: a client may declare that it joins reads (D3).

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect, lock, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "chained-flight",
    "joins reads of a key; if the reader is dropped, the next caller in line reads",
    || connect(|desk| ChainedFlight { desk, flights: Mutex::default() }),
);

/// The value that the flight found; the outer `None` until a caller has read.
type Flight = Arc<tokio::sync::Mutex<Option<Option<Bytes>>>>;

struct ChainedFlight {
    desk: Desk,
    flights: Mutex<BTreeMap<String, Flight>>,
}

#[async_trait]
impl Style for ChainedFlight {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let flight = lock(&self.flights).entry(key.to_owned()).or_default().clone();
        let mut found = flight.lock().await;
        if let Some(value) = &*found {
            return Ok(value.clone());
        }
        let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
        let value = value_of(self.ask(self.desk.node_of(key), &args).await?)?;
        *found = Some(value.clone());
        let mut flights = lock(&self.flights);
        if flights.get(key).is_some_and(|current| Arc::ptr_eq(current, &flight)) {
            flights.remove(key);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let written = kit::set(self, key, value, ttl).await;
        lock(&self.flights).remove(key);
        written
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let deleted = kit::del(self, key).await;
        lock(&self.flights).remove(key);
        deleted
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
