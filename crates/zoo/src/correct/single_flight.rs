//! Sends one GET for all who ask for a key meanwhile. The read runs in a task, so it outlives the
//! caller that started it. An own write ends the flight: whoever asks after it starts another.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "single-flight",
    "joins reads of a key, in get and mget; a flight outlives its first caller",
    || connect(|desk| SingleFlight { desk, flights: Arc::default() }),
);

type Flight = watch::Receiver<Option<Result<Option<Bytes>, CacheError>>>;

struct SingleFlight {
    desk: Desk,
    flights: Arc<Mutex<BTreeMap<String, Flight>>>,
}

impl SingleFlight {
    fn start(&self, key: &str) -> Flight {
        let (land, flight) = watch::channel(None);
        let (desk, flights, key) = (self.desk.clone(), self.flights.clone(), key.to_owned());
        let own = flight.clone();
        tokio::spawn(async move {
            let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
            let read = async { value_of(desk.ask(desk.node_of(&key), &args).await?) };
            let found = desk.dialer.timeout(desk.limit(), read).await.unwrap_or_else(Err);
            let mut flights = lock(&flights);
            if flights.get(&key).is_some_and(|flight| flight.same_channel(&own)) {
                flights.remove(&key);
            }
            let _ = land.send(Some(found));
        });
        flight
    }
}

#[async_trait]
impl Style for SingleFlight {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let start = || self.start(key);
        let mut flight = lock(&self.flights).entry(key.to_owned()).or_insert_with(start).clone();
        let landed = flight.wait_for(Option::is_some).await.map_err(|_| refused())?;
        landed.clone().unwrap_or_else(|| Err(refused()))
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        join_all(keys.iter().map(|key| self.get(key))).await.into_iter().collect()
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let written = crate::kit::set(self, key, value, ttl).await;
        lock(&self.flights).remove(key);
        written
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let deleted = crate::kit::del(self, key).await;
        lock(&self.flights).remove(key);
        deleted
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
