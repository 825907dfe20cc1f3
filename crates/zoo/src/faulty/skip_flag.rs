//! Marks a connection whose caller was dropped, and the next borrower skips one reply.
//!
//! Trigger: two dropped callers in a row. Two replies are outstanding, and one is skipped. No
//! public report known.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "skip-flag",
    "skips one reply, no matter how many callers were dropped",
    || connect(SkipFlag::new),
    "notification-mix-up",
    &[&["is dropped", "fails"], &["replies are left"]],
);

struct SkipFlag {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<(Option<Line>, bool)>>,
}

impl SkipFlag {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new((None, false))).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for SkipFlag {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (line, dirty) = &mut *self.places[node].lock().await;
        if line.as_ref().is_none_or(|line| !line.whole || line.owed > 8) {
            *dirty = false;
            *line = Some(Line::dial(&self.desk.dialer, node).await?);
        }
        let line = line.as_mut().ok_or_else(refused)?;
        let skip = std::mem::replace(dirty, true);
        line.send(args).await?;
        if skip {
            line.reply().await?;
        }
        let reply = line.reply().await?;
        *dirty = false;
        line.owed = 0;
        Ok(reply)
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
