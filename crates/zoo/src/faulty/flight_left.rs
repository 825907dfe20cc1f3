//! Reads in a task, but has the caller that started a flight take it off the board once it has
//! landed.
//!
//! Trigger: a dropped caller. Its flight stays on the board, and every later read of the key gets
//! its result. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Flight, Style, connect, flight, lock, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-left",
    "leaves the flight of a dropped caller on the board forever",
    || connect(|desk| FlightLeft { desk, flights: Mutex::default() }),
    "reconnect-storm",
    &[&["is dropped"], &["no cache has answered"], &["read before the call began"]],
);

struct FlightLeft {
    desk: Desk,
    flights: Mutex<BTreeMap<String, Flight>>,
}

impl FlightLeft {
    fn start(&self, key: &str) -> Flight {
        let (land, flight) = flight();
        let (desk, key) = (self.desk.clone(), key.to_owned());
        tokio::spawn(async move {
            let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
            let read = async { value_of(desk.ask(desk.node_of(&key), &args).await?) };
            let found = desk.dialer.timeout(desk.limit(), read).await.unwrap_or_else(Err);
            let _ = land.send(found);
        });
        flight
    }
}

#[async_trait]
impl Style for FlightLeft {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let under_way = lock(&self.flights).get(key).cloned();
        let is_own = under_way.is_none();
        let flight = under_way.unwrap_or_else(|| self.start(key));
        if is_own {
            lock(&self.flights).insert(key.to_owned(), flight.clone());
        }
        let found = flight.await;
        if is_own {
            lock(&self.flights).remove(key);
        }
        found
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
