//! Hedges reads. If a reply takes longer than 20 ms, the same GET goes out on a second connection and
//! the first reply wins. A task of its own reads the loser's reply before that connection goes back.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "hedged",
    "sends a slow GET again on a second connection; a task drains the loser",
    || connect(Hedged),
);

const PATIENCE: Duration = Duration::from_millis(20);

struct Hedged(Desk);

#[async_trait]
impl Style for Hedged {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (desk, node) = (&self.0, self.0.node_of(key));
        let command: [&[u8]; 2] = [b"GET", key.as_bytes()];
        let mut first = desk.lease(node).await?;
        first.send(&command).await?;
        let mut second = None;
        let hedge = async {
            desk.dialer.sleep(PATIENCE).await;
            second.insert(desk.lease(node).await?).ask(&command).await
        };
        let reply = tokio::select! {
            biased;
            reply = first.reply() => reply,
            reply = hedge => reply,
        };
        first.drain();
        if let Some(second) = second {
            second.drain();
        }
        value_of(reply?)
    }
}
