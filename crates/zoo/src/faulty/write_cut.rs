//! Writes in the caller's scope on a shared connection, and keeps using the connection if the
//! caller is dropped in mid-write.
//!
//! Trigger: a full send window and a dropped caller. The next command follows half of another.
//! tiberius issue 79 describes this.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use tokio::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "write-cut",
    "goes on with a connection after a command that was cut in mid-write",
    || connect(WriteCut::new),
    "reconnect-storm",
    &[&["is dropped"], &["half a command", "mid-write"]],
);

struct WriteCut {
    desk: Desk,
    places: Vec<Mutex<Option<Line>>>,
}

impl WriteCut {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| Mutex::new(None)).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for WriteCut {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        if place.as_ref().is_none_or(|line| line.owed > 8) {
            *place = Some(Line::dial(&self.desk.dialer, node).await?);
        }
        let line = place.as_mut().ok_or_else(refused)?;
        let exchange = async {
            line.send(args).await?;
            // The replies that dropped callers left arrive first.
            while line.owed > 1 {
                line.reply().await?;
            }
            line.reply().await
        };
        let reply = exchange.await;
        if reply.is_err() {
            *place = None;
        }
        reply
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
