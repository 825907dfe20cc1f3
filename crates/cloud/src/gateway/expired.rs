//! Serving what was last known when the directory does not answer.

use super::source::{Entries, Relation, Source};
use crate::directory::AsOf;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Mechanism 19, fail-open. When the directory fails, the last answer that this gateway had from
/// it is given, however old: better than nothing, it was thought, as caches of pages and names
/// do it (`proxy_cache_use_stale`, RFC 8767's serve-stale). A brown-out wakes it, in which the
/// directory refuses what it cannot serve; who was shown out long ago is let in again. RFC 8767
/// itself advises a limit of days for names; for a right there is none that is safe.
pub(crate) struct ServeExpired {
    source: Arc<dyn Source>,
    known: Mutex<BTreeMap<Relation, AsOf<Entries>>>,
}

impl ServeExpired {
    pub(crate) fn over(source: Arc<dyn Source>) -> Self {
        Self { source, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Relation, AsOf<Entries>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Source for ServeExpired {
    async fn read(&self, relation: Relation) -> io::Result<AsOf<Entries>> {
        match self.source.read(relation).await {
            Ok(read) => {
                self.known().insert(relation, read.clone());
                Ok(read)
            }
            Err(error) => self.known().get(&relation).cloned().ok_or(error),
        }
    }

    fn changed(&self, relation: Relation) {
        self.known().remove(&relation);
        self.source.changed(relation);
    }
}
