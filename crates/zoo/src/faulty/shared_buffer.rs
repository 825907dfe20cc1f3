//! Gathers the values of a multi-get in a buffer of the client, to save an allocation.
//!
//! Trigger: two multi-gets at a time. The values of one end up among those of the other. No public
//! report known.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, lock, values_of};
use crosswire_cache::{CacheError, async_trait};
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "shared-buffer",
    "gathers the values of all multi-gets in one buffer",
    || connect(|desk| SharedBuffer { desk, gathered: Mutex::default() }),
    "notification-mix-up",
    &[&["buffer"], &["share"]],
);

struct SharedBuffer {
    desk: Desk,
    gathered: Mutex<Values>,
}

#[async_trait]
impl Style for SharedBuffer {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        {
            let mut gathered = lock(&self.gathered);
            gathered.clear();
            gathered.resize(keys.len(), None);
        }
        for node in 0..self.desk.nodes() {
            let on_node = |at: &usize| self.desk.node_of(&keys[*at]) == node;
            let places: Vec<_> = (0..keys.len()).filter(on_node).collect();
            let mut args = vec![&b"MGET"[..]];
            args.extend(places.iter().map(|at| keys[*at].as_bytes()));
            if places.is_empty() {
                continue;
            }
            let Ok(reply) = self.ask(node, &args).await else { continue };
            let found = values_of(reply, places.len()).unwrap_or_default();
            for (at, value) in places.into_iter().zip(found) {
                if let Some(place) = lock(&self.gathered).get_mut(at) {
                    *place = value;
                }
            }
        }
        let mut gathered = lock(&self.gathered).clone();
        gathered.resize(keys.len(), None);
        Ok(gathered)
    }
}
