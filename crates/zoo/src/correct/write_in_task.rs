//! Sends each write in a task that continues when the caller is dropped, and waits for the task.
//!
//! Freedom: background tasks may outlive the caller (F3).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, refused};
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::time::Duration;
use tokio::task::JoinHandle;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "write-in-task",
    "a task sends each write, and the caller waits for it",
    || connect(WriteInTask::<Awaited>::new),
);

pub(crate) type Task = JoinHandle<Result<(), CacheError>>;

/// The moment at which a write is acknowledged.
#[async_trait]
pub(crate) trait Acknowledge: Send + Sync + 'static {
    /// Returns the answer to the caller of the write that `task` sends.
    async fn answer(task: Task) -> Result<(), CacheError>;
}

struct Awaited;

#[async_trait]
impl Acknowledge for Awaited {
    async fn answer(task: Task) -> Result<(), CacheError> {
        task.await.map_err(|_| refused())?
    }
}

pub(crate) struct WriteInTask<A>(Desk, PhantomData<A>);

impl<A> WriteInTask<A> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<A: Acknowledge> Style for WriteInTask<A> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (desk, key, value) = (self.0.clone(), key.to_owned(), value.to_owned());
        let write = async move {
            let ttl_ms = ttl.as_millis().to_string();
            let args: [&[u8]; 5] = [b"SET", key.as_bytes(), &value, b"PX", ttl_ms.as_bytes()];
            // A short wait, as in a client that batches writes.
            let soon = Duration::from_millis(50).min(desk.limit() / 4);
            desk.dialer.sleep(soon).await;
            let left = desk.limit().saturating_sub(soon);
            done(desk.dialer.timeout(left, desk.ask(desk.node_of(&key), &args)).await??)
        };
        A::answer(tokio::spawn(write)).await
    }
}
