//! Serves the last known answer while the directory is unavailable.

use super::source::{Entries, Source};
use crate::directory::{AtCommit, Relation};
use async_trait::async_trait;
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Mechanism 19, fail-open. When the directory fails, the gateway serves the last answer it
/// received, however old, on the reasoning that this is better than nothing, as caches of pages and
/// names do (`proxy_cache_use_stale`, RFC 8767's serve-stale). The trigger is a brown-out in which
/// the directory rejects requests: users revoked long ago regain access. RFC 8767 itself recommends
/// a limit of days for names; for permissions no limit is safe.
pub(crate) struct ServeExpired {
    source: Arc<dyn Source>,
    known: Mutex<BTreeMap<Relation, AtCommit<Entries>>>,
}

impl ServeExpired {
    pub(crate) fn over(source: Arc<dyn Source>) -> Self {
        Self { source, known: Mutex::default() }
    }
}

#[async_trait]
impl Source for ServeExpired {
    async fn read(&self, relation: Relation) -> io::Result<AtCommit<Entries>> {
        match self.source.read(relation).await {
            Ok(read) => {
                self.known.lock().insert(relation, read.clone());
                Ok(read)
            }
            Err(error) => self.known.lock().get(&relation).cloned().ok_or(error),
        }
    }

    fn changed(&self, relation: Relation) {
        self.known.lock().remove(&relation);
        self.source.changed(relation);
    }
}
