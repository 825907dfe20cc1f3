//! The `redis` crate's `MultiplexedConnection`: one connection per node, shared by all callers,
//! with replies matched to callers by their order.
//!
//! The crate's own response time-out is switched off, since it needs tokio's timer; each call runs
//! under the simulation's time-out. A connection that has failed is replaced, as the crate's
//! `ConnectionManager` does. Unlike there, one that has not answered in time is replaced as well,
//! and the time counts even if no caller waits for that long: otherwise each impatient caller would
//! leave a dead connection to the next.

use super::calls::calls_in;
use crate::client::{CacheError, ClientConfig, Connections, Dialer, Moment};
use crosswire_history::sync::{Mutex, MutexGuard};
use madsim::task::AbortHandle;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisConnectionInfo, RedisResult,
};
use std::sync::Arc;
use std::time::Duration;

/// A multiplexed connection to each cache node.
pub struct RedisRs {
    dialer: Dialer,
    nodes: Vec<Node>,
    op_timeout: Duration,
    several: Several,
}

/// The way to read several keys of a node: one command, or a pipeline with a command for each key.
enum Several {
    Mget,
    Pipeline,
}

/// The content of one request to a node.
enum Ask {
    One(Cmd),
    Several(Pipeline),
}

impl Ask {
    async fn of<T: FromRedisValue>(self, connection: &mut MultiplexedConnection) -> RedisResult<T> {
        match self {
            Self::One(command) => command.query_async(connection).await,
            Self::Several(pipeline) => pipeline.query_async(connection).await,
        }
    }
}

/// A cache node: one caller at a time dials it, and the others wait for the result.
#[derive(Default)]
struct Node {
    slot: Mutex<Slot>,
    dialling: tokio::sync::Mutex<()>,
}

/// The present connection to a node. `made` counts them, so that a caller that saw one fail does
/// not discard its successor.
#[derive(Default)]
struct Slot {
    connection: Option<Driven>,
    made: u64,
    /// The time of the first request since the last answer, even if no caller waits for it any
    /// more.
    unanswered_since: Option<Moment>,
}

impl Slot {
    fn renew(&mut self, connection: Option<Driven>) {
        self.connection = connection;
        self.unanswered_since = None;
    }
}

/// A connection, and the task that drives it. The task ends when the last clone is dropped, as for
/// a connection that the crate makes from an address: it would go on sending what was queued for
/// callers who have long given up.
#[derive(Clone)]
pub(super) struct Driven {
    pub(super) connection: MultiplexedConnection,
    _driver: Arc<Driver>,
}

struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens a connection to a node, and spawns the task that drives it.
pub(super) async fn dialled(dialer: &Dialer, node: usize) -> Result<Driven, CacheError> {
    let stream = dialer.dial(node).await?;
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let info = RedisConnectionInfo::default();
    let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
    let (connection, driver) = made.map_err(translate)?;
    let driver = Driver(madsim::task::spawn(driver).abort_handle());
    Ok(Driven { connection, _driver: Arc::new(driver) })
}

impl RedisRs {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        Ok(Self::new(dialer, config, Several::Mget))
    }

    /// Creates a client that reads several keys in a pipeline: each has a separate reply, some
    /// replies may be errors, and the connection may be lost between two.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect_for_pipelines(
        dialer: Dialer,
        config: ClientConfig,
    ) -> Result<Self, CacheError> {
        Ok(Self::new(dialer, config, Several::Pipeline))
    }

    fn new(dialer: Dialer, config: ClientConfig, several: Several) -> Self {
        let nodes = (0..dialer.nodes()).map(|_| Node::default()).collect();
        Self { nodes, op_timeout: config.op_timeout, dialer, several }
    }

    async fn connection(&self, node: usize) -> Result<(Driven, u64), CacheError> {
        if let Some(present) = self.present(node) {
            return Ok(present);
        }
        let _turn = self.nodes[node].dialling.lock().await;
        if let Some(present) = self.present(node) {
            return Ok(present);
        }
        let connection = dialled(&self.dialer, node).await?;
        let mut slot = self.slot(node);
        slot.made += 1;
        slot.renew(Some(connection.clone()));
        Ok((connection, slot.made))
    }

    fn slot(&self, node: usize) -> MutexGuard<'_, Slot> {
        self.nodes[node].slot.lock()
    }

    /// Returns the connection to a node, unless it has owed an answer for longer than the time-out.
    fn present(&self, node: usize) -> Option<(Driven, u64)> {
        let mut slot = self.slot(node);
        if slot.unanswered_since.as_ref().is_some_and(|since| since.is_past(self.op_timeout)) {
            slot.renew(None);
        }
        Some((slot.connection.clone()?, slot.made))
    }

    fn asks(&self, node: usize, made: u64) {
        let mut slot = self.slot(node);
        if slot.made == made && slot.unanswered_since.is_none() {
            slot.unanswered_since = Some(self.dialer.moment());
        }
    }

    /// Keeps a connection that has answered, and drops one that has failed.
    fn heard(&self, node: usize, made: u64, failed: bool) {
        let mut slot = self.slot(node);
        if slot.made != made {
            return;
        }
        slot.unanswered_since = None;
        if failed {
            slot.connection = None;
        }
    }

    /// Sends a command to a node and waits for its reply.
    pub(super) async fn query<T: FromRedisValue>(
        &self,
        node: usize,
        command: Cmd,
    ) -> Result<T, CacheError> {
        self.asked(node, Ask::One(command)).await
    }

    async fn several(
        &self,
        node: usize,
        names: Vec<&str>,
    ) -> Result<Vec<Option<Vec<u8>>>, CacheError> {
        let ask = match self.several {
            Several::Mget => Ask::One(Cmd::mget(names)),
            Several::Pipeline => {
                let mut pipeline = Pipeline::new();
                for name in names {
                    pipeline.get(name);
                }
                Ask::Several(pipeline)
            }
        };
        self.asked(node, ask).await
    }

    async fn asked<T: FromRedisValue>(&self, node: usize, ask: Ask) -> Result<T, CacheError> {
        let mut used = None;
        let work = async {
            let (mut driven, made) = self.connection(node).await?;
            used = Some(made);
            self.asks(node, made);
            ask.of(&mut driven.connection).await.map_err(translate)
        };
        let result = self.dialer.timeout(self.op_timeout, work).await.and_then(|result| result);
        let failed = matches!(result, Err(CacheError::Connection(_) | CacheError::Timeout));
        if let Some(made) = used {
            self.heard(node, made, failed);
        }
        result
    }
}

calls_in!(redis, RedisRs, Connections::Shared, several);
