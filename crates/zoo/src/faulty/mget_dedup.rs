//! Sends equal neighbours among the keys of a multi-get once, and assigns the values by position.
//!
//! Trigger: a multi-get with one key twice in a row. All values behind it are one place off. No
//! public report known.

use crate::Specimen;
use crate::kit::{self, Desk, Style, Values, connect};
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "mget-dedup",
    "sends equal keys of a multi-get once and returns values one place off",
    || connect(MgetDedup),
    "notification-mix-up",
    &[&["twice"], &["is taken for that of"]],
);

struct MgetDedup(Desk);

#[async_trait]
impl Style for MgetDedup {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let mut asked = keys.to_vec();
        asked.dedup();
        let mut values = kit::mget(self, &asked).await;
        values.resize(keys.len(), None);
        Ok(values)
    }
}
