//! Chooses the node of a key by rendezvous hashing, unlike the other clients.
//!
//! Freedom: the contract does not say which node holds a key.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, fnv};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("rendezvous", "chooses nodes by rendezvous hashing", || connect(Rendezvous));

struct Rendezvous(Desk);

#[async_trait]
impl Style for Rendezvous {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, _node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let score = |node: &usize| fnv(*node as u64 + 1, args[1]).rotate_left(32);
        let node = (0..self.0.nodes()).max_by_key(score).unwrap_or(0);
        self.0.ask(node, args).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let mut values = Vec::new();
        for key in keys {
            values.push(self.get(key).await.unwrap_or_default());
        }
        Ok(values)
    }
}
