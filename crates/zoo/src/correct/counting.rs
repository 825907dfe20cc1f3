//! Sends the increments of several callers to a node in one pipeline, 2 ms after the first.
//!
//! Freedom: a task may write the commands of many callers (F4). Each increment is a command of its
//! own (O6).

use crate::Specimen;
use crate::kit::offers::ms;
use crate::kit::{Desk, Style, Windows, connect, frame, number, refused};
use bytes::Bytes;
use crosswire_cache::{CacheError, Offers, async_trait};
use std::marker::PhantomData;
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("counting", "sends increments of several callers in one pipeline", || {
        connect(Counting::<OneEach>::new)
    });

/// An increment of a counter with a life, and the senders for its number.
pub(crate) type Increment = (String, i64, Duration, Vec<oneshot::Sender<i64>>);

/// Prepares the increments of several callers.
pub(crate) trait Sending: Send + Sync + 'static {
    /// Returns the increments to send.
    fn prepare(increments: Vec<Increment>) -> Vec<Increment> {
        increments
    }
}

struct OneEach;

impl Sending for OneEach {}

/// Returns the commands of an increment.
fn commands((key, by, ttl, _): &Increment) -> [Bytes; 2] {
    let key = key.as_bytes();
    let by = by.to_string();
    [frame(&[b"INCRBY", key, by.as_bytes()]), frame(&[b"PEXPIRE", key, &ms(*ttl), b"NX"])]
}

pub(crate) struct Counting<S>(Desk, Windows<Increment>, PhantomData<S>);

impl<S: Sending> Counting<S> {
    pub(crate) fn new(desk: Desk) -> Self {
        let windows = Windows::new(&desk);
        Self(desk, windows, PhantomData)
    }
}

async fn send<S: Sending>(desk: Desk, node: usize, increments: Vec<Increment>) {
    let increments = S::prepare(increments);
    let commands: Vec<_> = increments.iter().flat_map(commands).collect();
    let sent = desk.dialer.timeout(desk.limit(), desk.ask_all(node, &commands)).await;
    let Ok(Ok(replies)) = sent else { return };
    for ((_, _, _, callers), reply) in increments.into_iter().zip(replies.into_iter().step_by(2)) {
        let Ok(counted) = number(reply) else { continue };
        for caller in callers {
            let _ = caller.send(counted);
        }
    }
}

#[async_trait]
impl<S: Sending> Style for Counting<S> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().counters()
    }

    async fn incr(&self, key: &str, by: i64, ttl: Duration) -> Result<i64, CacheError> {
        let (caller, counted) = oneshot::channel();
        let increment = (key.to_owned(), by, ttl, vec![caller]);
        self.1.add(&self.0, self.0.node_of(key), increment, send::<S>);
        counted.await.map_err(|_| refused())
    }
}
