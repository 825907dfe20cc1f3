//! A pool of connections for each node. A connection has one borrower at a time, and goes back only
//! when it is settled.

use super::{Line, frame, number, refused, value_of};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, ClientConfig, Dialer, Moment};
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The base of every client of the zoo: the dialer, the configuration and a pool for each node.
/// Clones share the pools.
#[derive(Clone)]
pub struct Desk {
    /// The way to the nodes, and the clock.
    pub dialer: Dialer,
    /// The configuration.
    pub config: ClientConfig,
    pools: Arc<[Pool]>,
}

struct Pool {
    idle: Mutex<VecDeque<Line>>,
    permits: Arc<Semaphore>,
}

impl Desk {
    /// Creates the pools. They dial on demand.
    pub fn new(dialer: Dialer, config: ClientConfig) -> Self {
        let pool =
            || Pool { idle: Mutex::default(), permits: Arc::new(Semaphore::new(config.pool_size)) };
        let pools = (0..dialer.nodes()).map(|_| pool()).collect();
        Self { dialer, config, pools }
    }

    /// Returns the time within which a call must end.
    pub fn limit(&self) -> Duration {
        self.config.op_timeout
    }

    /// Returns the number of nodes.
    pub fn nodes(&self) -> usize {
        self.pools.len()
    }

    /// Returns the node that holds a key.
    pub fn node_of(&self, key: &str) -> usize {
        self.dialer.node_of(key)
    }

    /// Borrows an idle connection or dials a new one; waits while all are borrowed.
    pub async fn lease(&self, node: usize) -> Result<Lease, CacheError> {
        let permit = self.pools[node].permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| refused())?;
        let idle = self.idle(node).pop_back();
        let line = match idle {
            Some(line) => line,
            None => Line::dial(&self.dialer, node).await?,
        };
        Ok(Lease { line: Some(line), desk: self.clone(), node, _permit: permit })
    }

    /// Sends one command on a borrowed connection and reads its reply.
    pub async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.lease(node).await?.ask(args).await
    }

    /// Sends several encoded commands at once on a borrowed connection, and reads their replies.
    pub async fn ask_all(&self, node: usize, commands: &[Bytes]) -> Result<Vec<Reply>, CacheError> {
        let mut lease = self.lease(node).await?;
        lease.write(&commands.concat(), commands.len()).await?;
        let mut replies = Vec::with_capacity(commands.len());
        for _ in commands {
            replies.push(lease.reply().await?);
        }
        Ok(replies)
    }

    /// Reads a key and the remaining life of its value. PTTL goes first, so a value written between
    /// the two commands lives longer than reported. The life counts from before the commands.
    pub async fn fetch(&self, key: &str) -> Result<Fetched, CacheError> {
        let since = self.dialer.moment();
        let mut lease = self.lease(self.node_of(key)).await?;
        let commands = [frame(&[b"PTTL", key.as_bytes()]), frame(&[b"GET", key.as_bytes()])];
        lease.write(&commands.concat(), 2).await?;
        let (left_ms, value) = (lease.reply().await?, lease.reply().await?);
        let left = match u64::try_from(number(left_ms)?) {
            Ok(left_ms) => Duration::from_millis(left_ms),
            Err(_) => Duration::ZERO,
        };
        Ok(Fetched { value: value_of(value)?, since, left })
    }

    /// Returns the idle connections to a node.
    pub fn idle(&self, node: usize) -> MutexGuard<'_, VecDeque<Line>> {
        lock(&self.pools[node].idle)
    }
}

/// A value and its remaining life at a moment.
#[derive(Clone)]
pub struct Fetched {
    /// The value.
    pub value: Option<Bytes>,
    /// The moment: just before the command was sent.
    pub since: Moment,
    /// The remaining life; zero if the value does not expire or the key does not exist.
    pub left: Duration,
}

/// Locks a mutex, even one that an earlier holder has poisoned.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A borrowed connection. On drop it goes back to the pool if it is settled, and is closed if not.
pub struct Lease {
    line: Option<Line>,
    desk: Desk,
    node: usize,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// Reads the outstanding replies in a task, which then gives the connection back.
    pub fn drain(mut self) {
        if !self.whole {
            return;
        }
        let (dialer, limit) = (self.desk.dialer.clone(), self.desk.limit());
        tokio::spawn(async move {
            let rest = async { while self.owed > 0 && self.reply().await.is_ok() {} };
            // If a reply is still outstanding, the end of the lease closes the connection.
            let _ = dialer.timeout(limit, rest).await;
        });
    }
}

impl Deref for Lease {
    type Target = Line;

    fn deref(&self) -> &Line {
        self.line.as_ref().expect("the line is there until the lease ends")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Line {
        self.line.as_mut().expect("the line is there until the lease ends")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(line) = self.line.take()
            && line.is_settled()
        {
            self.desk.idle(self.node).push_back(line);
        }
    }
}
