//! Locks reads by one of 64 stripes, and lets whoever waits at a stripe have what the reader before
//! it found. Two keys of one stripe at a time wake it. No public report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, fnv, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-stripes",
    "flights are told apart by a stripe of their key",
    || connect(|desk| FlightStripes { desk, flights: Arc::default() }),
    "reconnect-storm",
    &[&["joins", "shared a read"], &["is taken for that of"]],
);

type Flight = watch::Receiver<Option<Result<Option<Bytes>, CacheError>>>;

struct FlightStripes {
    desk: Desk,
    flights: Arc<Mutex<BTreeMap<u64, Flight>>>,
}

impl FlightStripes {
    fn start(&self, key: &str, stripe: u64) -> Flight {
        let (land, flight) = watch::channel(None);
        let (desk, flights, key) = (self.desk.clone(), self.flights.clone(), key.to_owned());
        tokio::spawn(async move {
            let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
            let read = async { value_of(desk.ask(desk.node_of(&key), &args).await?) };
            let found = desk.dialer.timeout(desk.limit(), read).await.unwrap_or_else(Err);
            lock(&flights).remove(&stripe);
            let _ = land.send(Some(found));
        });
        flight
    }
}

#[async_trait]
impl Style for FlightStripes {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let stripe = fnv(0, key.as_bytes()) % 64;
        let start = || self.start(key, stripe);
        let mut flight = lock(&self.flights).entry(stripe).or_insert_with(start).clone();
        let landed = flight.wait_for(Option::is_some).await.map_err(|_| refused())?;
        landed.clone().unwrap_or_else(|| Err(refused()))
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
