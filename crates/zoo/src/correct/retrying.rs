//! Retries a read whose connection broke, on another connection and after a pause that doubles.
//! Writes are sent once, since a write that failed may have been carried out.
//!
//! Freedom: a command may be sent again (F2).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("retrying", "retries reads on other connections, with back-off", || {
        connect(Retrying)
    });

struct Retrying(Desk);

#[async_trait]
impl Style for Retrying {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let mut pause = Duration::from_millis(5);
        loop {
            match self.ask(self.0.node_of(key), &[b"GET", key.as_bytes()]).await {
                Err(CacheError::Connection(_)) if pause.as_millis() < 50 => {}
                reply => return value_of(reply?),
            }
            self.0.dialer.sleep(pause).await;
            pause *= 2;
        }
    }
}
