//! Hedges reads. If a reply takes longer than 20 ms, the GET goes out on a second connection too,
//! and the first reply wins. A task reads the other reply before that connection goes back.
//!
//! Freedom: a command may be sent on several connections (F1).

use crate::Specimen;
use crate::kit::{Desk, Lease, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "hedged",
    "sends a slow GET again on a second connection; a task drains the loser",
    || connect(Hedged::<Drained>::new),
);

const PATIENCE: Duration = Duration::from_millis(20);

/// The treatment of both connections once one of them has brought the answer.
pub(crate) trait Parting: Send + Sync + 'static {
    /// Ends a lease, on which the reply may be outstanding.
    fn part(lease: Lease);
}

/// A task reads the outstanding reply, and then the connection goes back.
struct Drained;

impl Parting for Drained {
    fn part(lease: Lease) {
        lease.drain();
    }
}

pub(crate) struct Hedged<P>(Desk, PhantomData<P>);

impl<P> Hedged<P> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<P: Parting> Style for Hedged<P> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (desk, node) = (&self.0, self.0.node_of(key));
        let command: [&[u8]; 2] = [b"GET", key.as_bytes()];
        let mut first = desk.lease(node).await?;
        first.send(&command).await?;
        let mut second = None;
        let hedge = async {
            desk.dialer.sleep(PATIENCE).await;
            second.insert(desk.lease(node).await?).ask(&command).await
        };
        let reply = tokio::select! {
            biased;
            reply = first.reply() => reply,
            reply = hedge => reply,
        };
        P::part(first);
        if let Some(second) = second {
            P::part(second);
        }
        value_of(reply?)
    }
}
