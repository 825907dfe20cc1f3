//! Gives a connection back with a count of the replies that dropped callers left owed. The next
//! borrower skips so many before it takes its own.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "skip-count",
    "counts the replies that dropped callers left owed, and skips them",
    || connect(SkipCount::new),
);

struct SkipCount {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<Option<Line>>>,
}

impl SkipCount {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new(None)).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for SkipCount {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        // A line on which many replies are owed is one that has gone silent.
        if place.as_ref().is_none_or(|line| !line.whole || line.owed > 8) {
            *place = Some(Line::dial(&self.desk.dialer, node).await?);
        }
        let Some(line) = &mut *place else { return Err(refused()) };
        line.send(args).await?;
        while line.owed > 1 {
            line.reply().await?;
        }
        line.reply().await
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
