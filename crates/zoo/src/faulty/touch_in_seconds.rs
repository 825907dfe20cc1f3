//! Passes the life of a touch in milliseconds to GETEX EX, which takes seconds.
//!
//! Trigger: an entry that is touched, and a change that no delete follows.
//! `node-cache-manager-stores` issue 331 is this confusion of units, in a write.

use crate::Specimen;
use crate::kit::offers::ms;
use crate::kit::{Desk, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, Offers, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "touch-in-seconds",
    "passes the milliseconds of a touch as seconds",
    || connect(TouchInSeconds),
    "bad-network-update",
    &[&["sets its life"], &["from now"], &["were asked for"]],
);

struct TouchInSeconds(Desk);

#[async_trait]
impl Style for TouchInSeconds {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().get_and_touch()
    }

    async fn get_and_touch(&self, key: &str, ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        let args: [&[u8]; 4] = [b"GETEX", key.as_bytes(), b"EX", &ms(ttl)];
        value_of(self.ask(self.0.node_of(key), &args).await?)
    }
}
