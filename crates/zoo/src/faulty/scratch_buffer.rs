//! Copies a reply into a scratch buffer of the client, waits for a lock to give the connection
//! back, and then takes its answer from the buffer.
//!
//! Trigger: two reads at a time. Both return the value that was copied last. No public report
//! known.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, lock, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "scratch-buffer",
    "takes the answer from a shared scratch buffer after an await",
    || connect(ScratchBuffer::new),
    "reconnect-storm",
    &[&["buffer"], &["share"]],
);

struct ScratchBuffer {
    desk: Desk,
    scratch: Mutex<Vec<u8>>,
    idle: tokio::sync::Mutex<Vec<(usize, Line)>>,
}

impl ScratchBuffer {
    fn new(desk: Desk) -> Self {
        Self { desk, scratch: Mutex::default(), idle: tokio::sync::Mutex::default() }
    }

    async fn line(&self, node: usize) -> Result<Line, CacheError> {
        let mut idle = self.idle.lock().await;
        if let Some(at) = idle.iter().position(|(of, _)| *of == node) {
            return Ok(idle.swap_remove(at).1);
        }
        // Holds the lock, so that one connection is opened at a time.
        Line::dial(&self.desk.dialer, node).await
    }
}

#[async_trait]
impl Style for ScratchBuffer {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let node = self.desk.node_of(key);
        let mut line = self.line(node).await?;
        let found = value_of(line.ask(&[b"GET", key.as_bytes()]).await?)?;
        let there = found.is_some();
        {
            let mut scratch = lock(&self.scratch);
            scratch.clear();
            scratch.extend_from_slice(&found.unwrap_or_default());
        }
        self.idle.lock().await.push((node, line));
        Ok(there.then(|| Bytes::copy_from_slice(&lock(&self.scratch))))
    }
}
