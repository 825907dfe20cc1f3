//! A client that keeps each family of keys in a separate logical database, under the number alone:
//! `usr:17:cams` is `17` in database 1, `cam:17:2:acl` is `17` in database 3. Keys are short, and
//! one FLUSHDB drops a family. The server remembers which database a connection is in, and so must
//! the client.

use super::connection::Connection;
use super::hygiene::{Hygiene, Strict};
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use crate::clients::mget_merge::StrictByIndex;
use crate::clients::nodes::{Nodes, written};
use crate::resp::Reply;
use crosswire_history::sync::Mutex;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The client's belief about a connection that replaced a broken one.
pub trait Reselect: Send + Sync + 'static {
    /// Returns the database that the new connection is in, if the old one was in `before`.
    fn selected(before: u8) -> u8;
}

/// Correct. A new connection is in database 0, so SELECT is sent before anything else.
pub struct SelectAgain;

impl Reselect for SelectAgain {
    fn selected(_before: u8) -> u8 {
        0
    }
}

/// Mechanism 15, session-state loss. A broken connection is replaced in its slot, and the note of
/// its database stays: SELECT is left out, and the command runs in database 0, where one number
/// means a user and a camera alike. Trigger: a reset or a restart of the cache; idle connections
/// die, and their next borrower finds out. tornado-redis did this until March 2013, when it reused
/// the connection object with its note of the database (pull request 26).
pub struct AssumeSame;

impl Reselect for AssumeSame {
    fn selected(before: u8) -> u8 {
        before
    }
}

/// Returns the database that a key is in, and its name there.
fn place(key: &str) -> (u8, &str) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = key.split(':');
    let parts = [(); 5].map(|()| parts.next());
    match parts {
        [Some("usr"), Some(user), Some("cams"), None, None] if is_number(user) => (1, user),
        [Some("cam"), Some(camera), Some(epoch), Some("acl"), None] if is_number(camera) => {
            match epoch.parse() {
                Ok(epoch @ 1..=14) => (1 + epoch, camera),
                _ => (0, key),
            }
        }
        _ => (0, key),
    }
}

/// A pooled client with logical databases, and the rules `R` for a connection that is replaced.
pub struct LogicalDbs<R> {
    dialer: Dialer,
    nodes: Vec<Node>,
    op_timeout: Duration,
    reconnect: PhantomData<R>,
}

/// The connections to one cache node.
struct Node {
    idle: Arc<Mutex<Vec<Session>>>,
    permits: Arc<Semaphore>,
}

/// A connection and the database that it is in.
struct Session {
    connection: Connection,
    selected: u8,
}

/// A session on loan. Dropping it gives it back, if all its replies were read.
struct Lease {
    session: Option<Session>,
    idle: Arc<Mutex<Vec<Session>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(session) = self.session.take().filter(|s| Strict::keep(&s.connection)) {
            self.idle.lock().push(session);
        }
    }
}

fn not_connected<T>(_: T) -> CacheError {
    CacheError::Connection(std::io::ErrorKind::NotConnected)
}

impl Session {
    /// Sends a command to a database and reads its reply.
    async fn request(&mut self, db: u8, args: &[&[u8]]) -> Result<Reply, CacheError> {
        if self.selected != db {
            let number = db.to_string();
            match self.connection.request(&[b"SELECT", number.as_bytes()]).await? {
                Reply::Simple(_) => self.selected = db,
                other => return Err(self.connection.unexpected(&other)),
            }
        }
        self.connection.request(args).await
    }
}

impl<R: Reselect> LogicalDbs<R> {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let node =
            |_| Node { idle: Arc::default(), permits: Arc::new(Semaphore::new(config.pool_size)) };
        let nodes = (0..dialer.nodes()).map(node).collect();
        Ok(Self { nodes, op_timeout: config.op_timeout, reconnect: PhantomData, dialer })
    }

    /// Returns an idle session, preferably one in that database, or a new one.
    async fn check_out(&self, node: usize, db: u8) -> Result<Lease, CacheError> {
        let Node { idle, permits } = &self.nodes[node];
        let permit = permits.clone().acquire_owned().await.map_err(not_connected)?;
        let found = {
            let mut idle = idle.lock();
            let at = idle.iter().rposition(|session| session.selected == db);
            match at {
                Some(at) => Some(idle.remove(at)),
                None => idle.pop(),
            }
        };
        let session = match found {
            Some(session) => session,
            None => Session { connection: self.dial(node).await?, selected: 0 },
        };
        Ok(Lease { session: Some(session), idle: idle.clone(), _permit: permit })
    }

    async fn dial(&self, node: usize) -> Result<Connection, CacheError> {
        Ok(Connection::new(self.dialer.dial(node).await?))
    }

    /// Runs one command in one database of one node, within the time-out. If an idle connection
    /// turns out to be broken, it is replaced, and the command is sent again only if `again`.
    async fn tried<T>(
        &self,
        (node, db): (usize, u8),
        args: &[&[u8]],
        again: bool,
        read: impl FnOnce(Reply) -> Result<T, Reply>,
    ) -> Result<T, CacheError> {
        let work = pin!(async {
            let mut lease = self.check_out(node, db).await?;
            let session = lease.session.as_mut().ok_or_else(|| not_connected(()))?;
            let mut result = session.request(db, args).await;
            if again && matches!(result, Err(CacheError::Connection(_))) {
                session.connection = self.dial(node).await?;
                session.selected = R::selected(session.selected);
                result = session.request(db, args).await;
            }
            read(result?).map_err(|reply| session.connection.unexpected(&reply))
        });
        self.dialer.timeout(self.op_timeout, work).await?
    }
}

impl<R: Reselect> Nodes for LogicalDbs<R> {
    /// A node, and a database there.
    type Place = (usize, u8);
    type Merge = StrictByIndex;
    const CONNECTIONS: Connections = Connections::Exclusive;

    fn find<'k>(&self, key: &'k str) -> ((usize, u8), &'k [u8]) {
        let (db, name) = place(key);
        ((self.dialer.node_of(name), db), name.as_bytes())
    }

    async fn command<T: Send>(
        &self,
        place: (usize, u8),
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply> + Send,
    ) -> Result<T, CacheError> {
        self.tried(place, args, true, read).await
    }

    /// Does not send the write again: if it was carried out once, that may make the condition
    /// false.
    async fn write_if(&self, place: (usize, u8), args: &[&[u8]]) -> Result<bool, CacheError> {
        self.tried(place, args, false, written).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_a_database_and_a_key_of_no_family_stays_as_it_is() {
        assert_eq!(place("usr:17:cams"), (1, "17"));
        assert_eq!(place("cam:17:1:acl"), (2, "17"));
        assert_eq!(place("cam:17:14:acl"), (15, "17"));
        for key in ["cam:17:15:acl", "usr::cams", "usr:x:cams", "usr:1:cams:2", "cam:1:0:acl", "17"]
        {
            assert_eq!(place(key), (0, key));
        }
    }
}
