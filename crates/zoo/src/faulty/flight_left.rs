//! Takes a flight off its board when the caller that started it has landed it. A caller that is
//! dropped wakes it: its flight stays on the board, and whoever asks for the key from then on waits
//! for nothing. No public report known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-left",
    "the flight of a dropped caller stays on the board for ever",
    || connect(|desk| FlightLeft { desk, flights: Mutex::default() }),
    "reconnect-storm",
    &[&["is dropped"], &["waits for"], &["no cache has answered"]],
);

/// What was found, once the flight has landed.
type Flight = watch::Receiver<Option<Found>>;

type Found = Result<Option<Bytes>, CacheError>;

struct FlightLeft {
    desk: Desk,
    flights: Mutex<BTreeMap<String, Flight>>,
}

#[async_trait]
impl Style for FlightLeft {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (land, flight) = watch::channel(None);
        let under_way = lock(&self.flights).insert(key.to_owned(), flight);
        if let Some(mut under_way) = under_way {
            lock(&self.flights).insert(key.to_owned(), under_way.clone());
            let landed = under_way.wait_for(Option::is_some).await.map_err(|_| refused())?;
            return landed.clone().unwrap_or_else(|| Err(refused()));
        }
        let reply = self.ask(self.desk.node_of(key), &[b"GET", key.as_bytes()]).await;
        lock(&self.flights).remove(key);
        let found = value_of(reply?);
        let _ = land.send(Some(found.clone()));
        found
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        kit::set(self, key, value, ttl).await
    }

    fn joins_reads(&self) -> bool {
        true
    }
}
