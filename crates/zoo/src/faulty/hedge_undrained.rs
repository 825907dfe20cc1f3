//! Hedges reads on a second connection and gives both back when the first reply is there. A slow
//! reply wakes it: the loser's reply is still to come and goes to the next borrower. No public
//! report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "hedge-undrained",
    "the loser of a hedge goes back with its reply still to come",
    || connect(HedgeUndrained),
    "notification-mix-up",
    &[&["two connections"], &["left unread", "still unread", "still to come"]],
);

const PATIENCE: Duration = Duration::from_millis(20);

struct HedgeUndrained(Desk);

#[async_trait]
impl Style for HedgeUndrained {
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
        // There is an answer, so both are done.
        first.owed = 0;
        if let Some(mut second) = second {
            second.owed = 0;
        }
        value_of(reply?)
    }
}
