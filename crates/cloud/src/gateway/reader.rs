//! How pictures and videos come from the media store.

use crate::media::{MediaClient, MediaKind};
use crate::service::Surroundings;
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_history::EventId;
use std::io;

/// Reads media.
#[async_trait]
pub(crate) trait Reader: Send + Sync {
    /// What is kept of an event; nothing if there is none.
    ///
    /// # Errors
    /// The store did not answer.
    async fn read(&self, event: EventId, kind: MediaKind) -> io::Result<Option<Bytes>>;
}

/// Right. Each answer has memory of its own.
pub(crate) struct Straight {
    media: MediaClient,
}

impl Straight {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self { media: around.media.clone() }
    }
}

#[async_trait]
impl Reader for Straight {
    async fn read(&self, event: EventId, kind: MediaKind) -> io::Result<Option<Bytes>> {
        self.media.get(event, kind).await
    }
}
