//! Has each node announce what changes there, and takes what one node has said before it asks the
//! next.
//!
//! Trigger: a request that is dropped while its question is with a later node. No public report
//! known.

use crate::Specimen;
use crate::kit::{Careful, Desk, Feeds, Style, answer, connect};
use crosswire_cache::{CacheError, Changes, Offers, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "tracking-dropped",
    "forgets what it has heard for a question that is dropped",
    || {
        connect(|desk| {
            let feeds = Feeds::new(&desk);
            Dropped(desk, feeds)
        })
    },
    "swarm",
    &[&["is dropped before it is answered"], &["which keys have changed"]],
);

struct Dropped(Desk, Feeds);

#[async_trait]
impl Style for Dropped {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().invalidations()
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        let mut heard = Vec::new();
        for node in 0..self.0.nodes() {
            let mut feed = self.1.of(node).lock().await;
            feed.catch_up::<Careful>(&self.0, node).await?;
            heard.push(feed.take());
        }
        Ok(answer(heard.into_iter()))
    }
}
