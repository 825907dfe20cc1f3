//! Splits a multi-get into MGETs of three keys of one node and sends them in parallel.
//!
//! Freedom: a multi-get may be split into several reads (F6).

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, values_of};
use crosswire_cache::{CacheError, async_trait};
use futures_util::future::join_all;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "chunks-of-three",
    "splits a multi-get into parallel MGETs of three keys",
    || connect(ChunksOfThree),
);

struct ChunksOfThree(Desk);

#[async_trait]
impl Style for ChunksOfThree {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let mut places: Vec<_> = (0..keys.len()).collect();
        places.sort_by_key(|at| self.0.node_of(&keys[*at]));
        let nodes = places.chunk_by(|a, b| self.0.node_of(&keys[*a]) == self.0.node_of(&keys[*b]));
        let chunks: Vec<_> = nodes.flat_map(|places| places.chunks(3)).collect();
        let read = |places: &[usize]| {
            let mut args = vec![&b"MGET"[..]];
            args.extend(places.iter().map(|at| keys[*at].as_bytes()));
            let (node, count) = (self.0.node_of(&keys[places[0]]), places.len());
            async move { values_of(self.ask(node, &args).await?, count) }
        };
        let replies = join_all(chunks.iter().map(|places| read(places))).await;
        let mut values = vec![None; keys.len()];
        for (places, found) in chunks.into_iter().zip(replies) {
            for (at, value) in places.iter().zip(found.unwrap_or_default()) {
                values[*at] = value;
            }
        }
        Ok(values)
    }
}
