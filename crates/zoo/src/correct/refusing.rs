//! Refuses at once when six calls are under way, so that nobody queues.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::io::ErrorKind;
use tokio::sync::Semaphore;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("refusing", "refuses when six commands are under way", || {
        connect(|desk| Refusing { desk, room: Semaphore::new(6) })
    });

struct Refusing {
    desk: Desk,
    room: Semaphore,
}

#[async_trait]
impl Style for Refusing {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let Ok(_permit) = self.room.try_acquire() else {
            return Err(CacheError::Connection(ErrorKind::WouldBlock));
        };
        self.desk.ask(node, args).await
    }
}
