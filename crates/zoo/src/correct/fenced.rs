//! Sends an ECHO of a number behind each command. After a caller was dropped, the next one reads
//! until its number comes back: the reply just before the echo is the reply to its command.
//!
//! Freedom: all calls may use one connection (F11).

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "fenced",
    "sends an ECHO of a number behind each command to find the reply",
    || connect(Fenced::new),
);

struct Fenced {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<Option<Line>>>,
    number: AtomicU64,
}

impl Fenced {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new(None)).collect();
        Self { desk, places, number: AtomicU64::new(0) }
    }
}

#[async_trait]
impl Style for Fenced {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        // A line with many outstanding replies has gone silent.
        if place.as_ref().is_none_or(|line| !line.whole || line.owed > 16) {
            *place = Some(Line::dial(&self.desk.dialer, node).await?);
        }
        let Some(line) = &mut *place else { return Err(refused()) };
        let fence = format!("fence-{}", self.number.fetch_add(1, Ordering::Relaxed));
        let commands = [frame(args), frame(&[b"ECHO", fence.as_bytes()])];
        line.write(&commands.concat(), 2).await?;
        let mut before = None;
        loop {
            match line.reply().await? {
                Reply::Bulk(echo) if echo == fence => break,
                reply => before = Some(reply),
            }
        }
        before.ok_or_else(refused)
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
