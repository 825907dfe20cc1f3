//! A pool of connections to one cache node.

use super::connection::Connection;
use super::hygiene::Hygiene;
use crate::client::{CacheError, Dialer};
use crate::resp::Reply;
use crosswire_history::sync::Mutex;
use std::marker::PhantomData;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) struct Pool<H> {
    dialer: Dialer,
    node: usize,
    idle: Arc<Mutex<Vec<Connection>>>,
    /// One permit for each connection that may be open.
    permits: Arc<Semaphore>,
    rules: PhantomData<H>,
}

/// A connection on loan. Dropping it gives it back, however the borrower ended.
pub(super) struct Lease<H: Hygiene> {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    rules: PhantomData<H>,
    _permit: OwnedSemaphorePermit,
}

impl<H: Hygiene> Pool<H> {
    pub(super) fn new(dialer: Dialer, node: usize, size: usize) -> Self {
        let permits = Arc::new(Semaphore::new(size));
        Self { dialer, node, idle: Arc::default(), permits, rules: PhantomData }
    }

    /// Returns an idle connection, or a new one.
    pub(super) async fn check_out(&self) -> Result<Lease<H>, CacheError> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit =
            permit.map_err(|_| CacheError::Connection(std::io::ErrorKind::NotConnected))?;
        let lease = |connection| Lease {
            connection: Some(connection),
            idle: self.idle.clone(),
            rules: PhantomData,
            _permit: permit,
        };
        while let Some(mut connection) = self.take_idle() {
            if H::usable(&mut connection).await {
                return Ok(lease(connection));
            }
        }
        let stream = self.dialer.dial(self.node).await?;
        Ok(lease(Connection::new(stream)))
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().pop()
    }
}

impl<H: Hygiene> Lease<H> {
    /// Returns the connection.
    pub(super) fn connection(&mut self) -> Result<&mut Connection, CacheError> {
        let connection = self.connection.as_mut();
        connection.ok_or(CacheError::Connection(std::io::ErrorKind::NotConnected))
    }

    /// Sends a command and parses its reply with `read`.
    pub(super) async fn request<T>(
        &mut self,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply>,
    ) -> Result<T, CacheError> {
        let connection = self.connection()?;
        let reply = connection.request(args).await?;
        read(reply).map_err(|reply| connection.unexpected(&reply))
    }
}

impl<H: Hygiene> Drop for Lease<H> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(H::keep) {
            self.idle.lock().push(connection);
        }
    }
}
