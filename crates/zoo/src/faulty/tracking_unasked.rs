//! Has each node announce what changes there, and answers with what has arrived.
//!
//! Trigger: a link to a cache node that is cut or slow. Silence looks like "nothing has changed"
//! until the connection breaks. The guide of Redis to client-side caching asks for a ping for this
//! reason ("What to do when losing connection with the server").

use crate::Specimen;
use crate::kit::{Desk, Feed, Style, answer, connect, lock};
use crosswire_cache::{CacheError, Changes, Offers, async_trait};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "tracking-unasked",
    "takes silence on its feeds for news that nothing has changed",
    || connect(Unasked::new),
    "swarm",
    &[&["which keys have changed"], &["names"]],
);

/// The pause before a lost feed connects again.
const REST: Duration = Duration::from_millis(100);

/// What has arrived from a node: changed keys, and whether some may be missing.
type Arrived = Arc<Mutex<(Vec<String>, bool)>>;

struct Unasked(Desk, Vec<Arrived>);

impl Unasked {
    fn new(desk: Desk) -> Self {
        let arrived = (0..desk.nodes()).map(|node| {
            let arrived = Arrived::default();
            tokio::spawn(follow(desk.clone(), node, arrived.clone()));
            arrived
        });
        let arrived = arrived.collect();
        Self(desk, arrived)
    }
}

/// Follows the feed from a node, forever.
async fn follow(desk: Desk, node: usize, arrived: Arrived) {
    let mut feed = Feed::default();
    loop {
        let heard = feed.next(&desk, node).await;
        let (keys, missed) = feed.take();
        {
            let mut arrived = lock(&arrived);
            arrived.0.extend(keys);
            arrived.1 |= missed || heard.is_err();
        }
        if heard.is_err() {
            desk.dialer.sleep(REST).await;
        }
    }
}

#[async_trait]
impl Style for Unasked {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().invalidations()
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        Ok(answer(self.1.iter().map(|arrived| std::mem::take(&mut *lock(arrived)))))
    }
}
