//! The `redis` crate's `MultiplexedConnection`: one connection to each node that all callers
//! share, with replies matched to callers by their order.
//!
//! The crate's own response time-out is switched off, for it needs tokio's timer; the
//! simulation's stands around each call. A connection that has failed, or has not answered in
//! time, is replaced by a new one, as the crate's `ConnectionManager` does. Here a caller need not
//! have waited for as long: one who is less patient would leave a dead connection to the next, who
//! leaves it to the next.

use super::calls::calls_in;
use crate::client::{CacheError, ClientConfig, Connections, Dialer, Moment};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisConnectionInfo, RedisResult,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A multiplexed connection to each cache node.
pub struct RedisRs {
    dialer: Dialer,
    nodes: Vec<Node>,
    op_timeout: Duration,
    several: Several,
}

/// How several keys of a node are read: by one command, or by a command for each in a pipeline.
enum Several {
    Mget,
    Pipeline,
}

/// What is sent to a node at a time.
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

/// A cache node: one caller at a time dials it, the others wait for what comes of that.
#[derive(Default)]
struct Node {
    slot: Mutex<Slot>,
    dialling: tokio::sync::Mutex<()>,
}

/// The present connection to a node. `made` counts them, so that a caller who saw one fail does
/// not throw away its successor.
#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    made: u64,
    /// The first question since the last answer, be it that nobody waits for it any more.
    unanswered_since: Option<Moment>,
}

impl Slot {
    fn renew(&mut self, connection: Option<MultiplexedConnection>) {
        self.connection = connection;
        self.unanswered_since = None;
    }
}

/// A new connection to a node, and the task that drives it.
pub(super) async fn dialled(
    dialer: &Dialer,
    node: usize,
) -> Result<MultiplexedConnection, CacheError> {
    let stream = dialer.dial(node).await?;
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let info = RedisConnectionInfo::default();
    let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
    let (connection, driver) = made.map_err(translate)?;
    madsim::task::spawn(driver);
    Ok(connection)
}

impl RedisRs {
    /// Makes the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "one that dials at once is async")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        Ok(Self::new(dialer, config, Several::Mget))
    }

    /// The same for one that reads several keys in a pipeline: each has a reply of its own, some of
    /// which may be errors, and the connection may be lost between two.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "one that dials at once is async")]
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

    async fn connection(&self, node: usize) -> Result<(MultiplexedConnection, u64), CacheError> {
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
        self.nodes[node].slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection to a node, but one that has owed an answer for longer than the time-out.
    fn present(&self, node: usize) -> Option<(MultiplexedConnection, u64)> {
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

    /// Keeps a connection that has answered, and gives up one that has not.
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
            let (mut connection, made) = self.connection(node).await?;
            used = Some(made);
            self.asks(node, made);
            ask.of(&mut connection).await.map_err(translate)
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
