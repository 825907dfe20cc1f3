//! Answers a write before it is sent; a task sends it. A delete right behind the write wakes it: the
//! delete is acknowledged, and then the write lands. No public report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "write-behind",
    "a write is acknowledged before it is sent",
    || connect(WriteBehind),
    "resale",
    &[&["stores"], &["no cache has carried it out", "after it ended"]],
);

struct WriteBehind(Desk);

#[async_trait]
impl Style for WriteBehind {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (desk, key, value) = (self.0.clone(), key.to_owned(), value.to_owned());
        tokio::spawn(async move {
            // Together with what else is written in this moment.
            desk.dialer.sleep(Duration::from_millis(50)).await;
            let ttl_ms = ttl.as_millis().to_string();
            let args: [&[u8]; 5] = [b"SET", key.as_bytes(), &value, b"PX", ttl_ms.as_bytes()];
            let write = desk.ask(desk.node_of(&key), &args);
            let _ = desk.dialer.timeout(desk.limit(), write).await;
        });
        Ok(())
    }
}
