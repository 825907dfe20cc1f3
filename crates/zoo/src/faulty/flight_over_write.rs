//! Lets reads join a flight that began before an own delete which has been acknowledged since. A
//! slow read with a delete in its middle wakes it: whoever asks after the delete gets what was
//! before it. No public report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-over-write",
    "reads join a flight from before an own acknowledged delete",
    || connect(|desk| FlightOverWrite { desk, flights: Arc::default() }),
    "resale",
    &[&["joins"], &["ends well"]],
);

type Flight = watch::Receiver<Option<Result<Option<Bytes>, CacheError>>>;

struct FlightOverWrite {
    desk: Desk,
    flights: Arc<Mutex<BTreeMap<String, Flight>>>,
}

impl FlightOverWrite {
    fn start(&self, key: &str) -> Flight {
        let (land, flight) = watch::channel(None);
        let (desk, flights, key) = (self.desk.clone(), self.flights.clone(), key.to_owned());
        tokio::spawn(async move {
            let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
            let read = async { value_of(desk.ask(desk.node_of(&key), &args).await?) };
            let found = desk.dialer.timeout(desk.limit(), read).await.unwrap_or_else(Err);
            lock(&flights).remove(&key);
            let _ = land.send(Some(found));
        });
        flight
    }
}

#[async_trait]
impl Style for FlightOverWrite {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let start = || self.start(key);
        let mut flight = lock(&self.flights).entry(key.to_owned()).or_insert_with(start).clone();
        let landed = flight.wait_for(Option::is_some).await.map_err(|_| refused())?;
        landed.clone().unwrap_or_else(|| Err(refused()))
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
