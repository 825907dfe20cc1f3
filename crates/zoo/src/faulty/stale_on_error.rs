//! Answers with the last known value when a node fails, on the view that any value is better than
//! none.
//!
//! Trigger: a node that fails after a delete. The last known value is from before it. No public
//! report known.

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect, lock};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "stale-on-error",
    "answers with the last known value when a node fails",
    || connect(|desk| StaleOnError { desk, known: Mutex::default() }),
    "bad-network-update",
    &[&["client's memory"], &["within", "with an error"]],
);

struct StaleOnError {
    desk: Desk,
    known: Mutex<BTreeMap<String, Bytes>>,
}

#[async_trait]
impl Style for StaleOnError {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        match self.desk.dialer.timeout(self.desk.limit() / 2, kit::get(self, key)).await {
            Ok(Ok(Some(value))) => {
                lock(&self.known).insert(key.to_owned(), value.clone());
                Ok(Some(value))
            }
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) | Err(error) => match lock(&self.known).get(key) {
                Some(value) => Ok(Some(value.clone())),
                None => Err(error),
            },
        }
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
