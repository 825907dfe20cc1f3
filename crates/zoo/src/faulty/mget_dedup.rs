//! Leaves out keys of a multi-get that stand there twice in a row, and puts the values back by
//! position. A multi-get with the same key twice wakes it: all values behind are one place off. No
//! public report known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Style, Values, connect};
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "mget-dedup",
    "equal keys of a multi-get are sent once and the values are one off",
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
