//! One connection for each node, which counts the replies that dropped callers left and skips them.

use super::{Desk, Line, refused};
use crosswire_cache::CacheError;
use crosswire_cache::resp::Reply;
use tokio::sync::Mutex;

/// A line with more outstanding replies than this has gone silent.
const SILENT: usize = 8;

/// A connection for each node.
pub struct SkippingLines(Vec<Mutex<Option<Line>>>);

impl SkippingLines {
    /// Creates the lines. They dial on demand.
    pub fn new(desk: &Desk) -> Self {
        Self((0..desk.nodes()).map(|_| Mutex::new(None)).collect())
    }

    /// Sends commands that count for `counted` replies, skips the replies that dropped callers
    /// left, and reads `N`.
    pub async fn send<const N: usize>(
        &self,
        desk: &Desk,
        node: usize,
        (commands, counted): (&[u8], usize),
    ) -> Result<[Reply; N], CacheError> {
        let mut place = self.0[node].lock().await;
        if place.as_ref().is_none_or(|line| !line.whole || line.owed > SILENT) {
            *place = Some(Line::dial(&desk.dialer, node).await?);
        }
        let Some(line) = &mut *place else { return Err(refused()) };
        line.write(commands, counted).await?;
        while line.owed > counted {
            line.reply().await?;
        }
        let mut replies = Vec::with_capacity(N);
        while replies.len() < N {
            replies.push(line.reply().await?);
        }
        replies.try_into().map_err(|_| refused())
    }
}
