//! Gives a connection back with a count of the replies that dropped callers left. The next borrower
//! skips that number of replies before it takes the reply to its command.
//!
//! Freedom: all calls may use one connection (F11), which is declared as shared (D6).

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "skip-count",
    "counts the replies that dropped callers left, and skips them",
    || connect(SkipCount::<Shared>::new),
);

/// The client's declaration about its connections.
pub(crate) trait Declared: Send + Sync + 'static {
    /// The way in which calls share connections.
    const CONNECTIONS: Connections;
}

/// A command is sent while other replies are outstanding.
struct Shared;

impl Declared for Shared {
    const CONNECTIONS: Connections = Connections::Shared;
}

pub(crate) struct SkipCount<D>(Desk, Vec<tokio::sync::Mutex<Option<Line>>>, PhantomData<D>);

impl<D> SkipCount<D> {
    pub(crate) fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new(None)).collect();
        Self(desk, places, PhantomData)
    }
}

#[async_trait]
impl<D: Declared> Style for SkipCount<D> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.1[node].lock().await;
        // A line with many outstanding replies has gone silent.
        if place.as_ref().is_none_or(|line| !line.whole || line.owed > 8) {
            *place = Some(Line::dial(&self.0.dialer, node).await?);
        }
        let Some(line) = &mut *place else { return Err(refused()) };
        line.send(args).await?;
        while line.owed > 1 {
            line.reply().await?;
        }
        line.reply().await
    }

    fn connections(&self) -> Connections {
        D::CONNECTIONS
    }
}
