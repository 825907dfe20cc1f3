//! Leaves a flight on its board for 100 ms after it has landed, for whoever comes a little late, and
//! does not take it off for an own delete. A delete of a key that has just been read wakes it: whoever
//! asks after the delete gets what was before it. No public report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-over-write",
    "reads are given a landed flight from before an own acknowledged delete",
    || connect(|desk| FlightOverWrite { desk, flights: Arc::default() }),
    "resale",
    &["joined", "flight", "before the change"],
);

/// How long a flight that has landed may be joined.
const LATE: Duration = Duration::from_millis(100);

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
            let _ = land.send(Some(found));
            desk.dialer.sleep(LATE).await;
            lock(&flights).remove(&key);
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

    fn keeps_values(&self) -> bool {
        true
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
