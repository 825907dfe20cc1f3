//! Joins multi-gets that have equal first keys and equal numbers of keys, and hands all of them the
//! values of the first.
//!
//! Trigger: two multi-gets at a time that differ in a later key. One returns the value of the
//! other's key. No public report known.

use crate::Specimen;
use crate::kit::{self, Desk, Style, Values, connect, lock};
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "joined-batch",
    "lets a multi-get join another that begins with the same key",
    || connect(|desk| JoinedBatch { desk, flights: Mutex::default() }),
    "notification-mix-up",
    &[&["joins"], &["the same reply"]],
);

type Flight = Arc<tokio::sync::Mutex<Option<Values>>>;

struct JoinedBatch {
    desk: Desk,
    flights: Mutex<BTreeMap<(String, usize), Flight>>,
}

#[async_trait]
impl Style for JoinedBatch {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let Some(first) = keys.first() else { return Ok(vec![]) };
        let id = (first.clone(), keys.len());
        let flight = lock(&self.flights).entry(id.clone()).or_default().clone();
        let mut landed = flight.lock().await;
        if let Some(values) = &*landed {
            return Ok(values.clone());
        }
        let values = kit::mget(self, keys).await;
        *landed = Some(values.clone());
        lock(&self.flights).remove(&id);
        Ok(values)
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
