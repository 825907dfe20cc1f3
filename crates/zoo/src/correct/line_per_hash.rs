//! Gives each quarter of the key space one connection per node, whose callers take turns.
//!
//! Freedom: calls may share a connection (F11), and the contract does not say which one carries a
//! call.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, fnv};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("line-per-hash", "chooses the connection by a hash of the key", || {
        connect(LinePerHash::new)
    });

const QUARTERS: usize = 4;

struct LinePerHash {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<Option<Line>>>,
}

impl LinePerHash {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes() * QUARTERS).map(|_| tokio::sync::Mutex::new(None)).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for LinePerHash {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let quarter = fnv(0, args[1]) as usize % QUARTERS;
        let mut place = self.places[node * QUARTERS + quarter].lock().await;
        let mut line = match place.take() {
            Some(line) => line,
            None => Line::dial(&self.desk.dialer, node).await?,
        };
        let reply = line.ask(args).await?;
        *place = Some(line);
        Ok(reply)
    }
}
