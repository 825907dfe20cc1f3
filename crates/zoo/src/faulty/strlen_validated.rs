//! Keeps values near, and takes one for unchanged if the server reports its length.
//!
//! Trigger: a change that keeps the length, such as one user's id for another's. No public report
//! known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, number, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "strlen-validated",
    "takes a kept value for fresh if its length matches the server's",
    || connect(|desk| StrlenValidated { desk, kept: Mutex::default() }),
    "resale",
    &[&["client's memory"], &["STRLEN"]],
);

struct StrlenValidated {
    desk: Desk,
    kept: Mutex<BTreeMap<String, Bytes>>,
}

#[async_trait]
impl Style for StrlenValidated {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let node = self.desk.node_of(key);
        let kept = lock(&self.kept).get(key).cloned();
        if let Some(kept) = kept {
            let len = number(self.ask(node, &[b"STRLEN", key.as_bytes()]).await?)?;
            if len == kept.len() as i64 {
                return Ok(Some(kept));
            }
        }
        let value = value_of(self.ask(node, &[b"GET", key.as_bytes()]).await?)?;
        if let Some(value) = &value {
            lock(&self.kept).insert(key.to_owned(), value.clone());
        }
        Ok(value)
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
