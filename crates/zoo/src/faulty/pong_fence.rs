//! Sends a PING behind each command and reads up to the PONG, to resynchronize after a dropped
//! caller.
//!
//! Trigger: a dropped caller. The next one stops at the PONG of the one before, since all PONGs
//! look alike. No public report of this form known; mobc's pull request 55 puts a number into the
//! PING for this reason.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "pong-fence",
    "takes the PONG behind an earlier command for the fence behind the current one",
    || connect(PongFence::new),
    "notification-mix-up",
    &[&["PING"], &["is dropped", "fails"]],
);

struct PongFence {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<Option<Line>>>,
}

impl PongFence {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new(None)).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for PongFence {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        if place.as_ref().is_none_or(|line| !line.whole || line.owed > 16) {
            *place = Some(Line::dial(&self.desk.dialer, node).await?);
        }
        let Some(line) = &mut *place else { return Err(refused()) };
        line.write(&[frame(args), frame(&[b"PING"])].concat(), 2).await?;
        let mut before = None;
        loop {
            match line.reply().await? {
                Reply::Simple(pong) if pong == "PONG" => break,
                reply => before = Some(reply),
            }
        }
        before.ok_or_else(refused)
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
