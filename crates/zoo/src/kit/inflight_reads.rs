//! Reads in flight that other reads of their keys join. Each runs in a task, so it outlives the
//! caller that started it.

use super::{Desk, Style, Values, del, lock, refused, set, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// The rules of a client's board: its flights (reads in flight), which other reads may join.
pub trait Board: Send + Sync + 'static {
    /// True if the client declares that reads join others.
    const DECLARES: bool = true;

    /// The time for which a flight stays on the board after it has landed.
    const LINGERS: Duration = Duration::ZERO;

    /// True if a local write takes the flight of its key off the board.
    const ENDS_AT_WRITES: bool = true;

    /// Returns the place on the board of a key's flight.
    fn place(key: &str) -> String {
        key.to_owned()
    }
}

/// The result of a read.
type Found = Result<Option<Bytes>, CacheError>;

/// A read in flight. It resolves to the result once it has landed.
pub type Flight = Shared<BoxFuture<'static, Found>>;

/// Returns a flight, and the sender that lands it.
pub fn flight() -> (oneshot::Sender<Found>, Flight) {
    let (land, landed) = oneshot::channel();
    let landed = landed.map(|found| found.unwrap_or_else(|_| Err(refused())));
    (land, landed.boxed().shared())
}

/// A client that joins reads: a GET answers all callers that ask for its key while it is in flight.
pub struct InflightReads<B> {
    desk: Desk,
    board: Arc<Mutex<BTreeMap<String, Flight>>>,
    rules: PhantomData<B>,
}

impl<B: Board> InflightReads<B> {
    /// Creates the client, with no read in flight.
    pub fn new(desk: Desk) -> Self {
        Self { desk, board: Arc::default(), rules: PhantomData }
    }

    fn start(&self, key: &str) -> Flight {
        let (land, flight) = flight();
        let (desk, board, key) = (self.desk.clone(), self.board.clone(), key.to_owned());
        let own = flight.clone();
        tokio::spawn(async move {
            let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
            let read = async { value_of(desk.ask(desk.node_of(&key), &args).await?) };
            let found = desk.dialer.timeout(desk.limit(), read).await.unwrap_or_else(Err);
            let take_off = || {
                let (mut board, place) = (lock(&board), B::place(&key));
                if board.get(&place).is_some_and(|flight| flight.ptr_eq(&own)) {
                    board.remove(&place);
                }
            };
            if B::LINGERS.is_zero() {
                take_off();
                let _ = land.send(found);
            } else {
                let _ = land.send(found);
                desk.dialer.sleep(B::LINGERS).await;
                take_off();
            }
        });
        flight
    }

    fn end(&self, key: &str) {
        if B::ENDS_AT_WRITES {
            lock(&self.board).remove(&B::place(key));
        }
    }
}

#[async_trait]
impl<B: Board> Style for InflightReads<B> {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let start = || self.start(key);
        let flight = lock(&self.board).entry(B::place(key)).or_insert_with(start).clone();
        flight.await
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        join_all(keys.iter().map(|key| self.get(key))).await.into_iter().collect()
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let written = set(self, key, value, ttl).await;
        self.end(key);
        written
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let deleted = del(self, key).await;
        self.end(key);
        deleted
    }

    fn joins_reads(&self) -> bool {
        B::DECLARES
    }
}
