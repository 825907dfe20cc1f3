//! Readers of pictures and videos from the media store.

pub(super) mod buffers;

use crate::deps::Deps;
use crate::media::{MediaClient, MediaKind};
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_history::EventId;
use std::io;

/// A reader of media.
#[async_trait]
pub(crate) trait Reader: Send + Sync {
    /// Reads the media of an event; `None` if there is none.
    ///
    /// # Errors
    /// If the store did not answer.
    async fn read(&self, event: EventId, kind: MediaKind) -> io::Result<Option<Bytes>>;
}

/// Correct: each read allocates fresh memory.
pub(crate) struct DirectReader {
    media: MediaClient,
}

impl DirectReader {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { media: deps.media.clone() }
    }
}

#[async_trait]
impl Reader for DirectReader {
    async fn read(&self, event: EventId, kind: MediaKind) -> io::Result<Option<Bytes>> {
        self.media.get(event, kind).await
    }
}
