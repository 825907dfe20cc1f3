//! Typed requests: one value there, one value back, over the same links as bytes.
//!
//! For parts of the world that need no protocol, such as the directory. The server is a function
//! that is called when a request arrives and may answer later. As in a real network, a caller that
//! gives up does not stop the server's work.

use crate::link::DelaySource;
use crate::net::{Arrival, Net, Site};
use crosswire_history::scope::{self, Scope};
use crosswire_history::sync::Mutex;
use std::io;
use std::sync::Arc;
use tokio::sync::oneshot;

type Handler<Q, A> = Arc<Mutex<dyn FnMut(Q, Reply<A>) + Send>>;

/// Sends requests of type `Q` to a site and gets answers of type `A`.
pub struct Caller<Q, A: Send + 'static> {
    net: Net,
    to: Site,
    handler: Handler<Q, A>,
}

impl<Q, A: Send + 'static> Clone for Caller<Q, A> {
    fn clone(&self) -> Self {
        Self { net: self.net.clone(), to: self.to, handler: self.handler.clone() }
    }
}

/// The way back to a caller. Dropping it without an answer resets the call.
pub struct Reply<A: Send + 'static> {
    net: Net,
    way: (Site, Site),
    scope: Scope,
    answer: Option<oneshot::Sender<io::Result<A>>>,
}

impl<Q: Send + 'static, A: Send + 'static> Caller<Q, A> {
    /// Creates a caller that passes requests for `to` to `handler`.
    pub fn new(net: &Net, to: Site, handler: impl FnMut(Q, Reply<A>) + Send + 'static) -> Self {
        Self { net: net.clone(), to, handler: Arc::new(Mutex::new(handler)) }
    }

    /// Sends a request of `bytes` bytes from `from` and waits for the answer. Hangs while the link
    /// is cut.
    ///
    /// # Errors
    /// `ConnectionRefused` if the site's process is dead, `ConnectionReset` if it died or dropped
    /// the request.
    pub async fn call(&self, from: Site, request: Q, bytes: usize) -> io::Result<A> {
        let (answer, answered) = oneshot::channel();
        let (net, handler) = (self.net.clone(), self.handler.clone());
        let (way, scope) = ((self.to, from), scope::current());
        self.net.post((from, self.to), bytes, DelaySource::Link, move |arrival| {
            let reply = Reply { net, way, scope, answer: Some(answer) };
            let _entered = scope::enter(scope);
            match arrival {
                Arrival::Delivered => {
                    (handler.lock())(request, reply);
                }
                Arrival::Refused => reply.refuse(io::ErrorKind::ConnectionRefused),
            }
        });
        answered.await.unwrap_or_else(|_| Err(io::ErrorKind::ConnectionReset.into()))
    }
}

impl<A: Send + 'static> Reply<A> {
    /// Returns the scope of the request.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Answers with `bytes` bytes.
    pub fn send(mut self, answer: A, bytes: usize) {
        self.deliver(Ok(answer), bytes);
    }

    /// Answers with an error, like a connection that breaks.
    pub fn refuse(mut self, kind: io::ErrorKind) {
        self.deliver(Err(kind.into()), 0);
    }

    fn deliver(&mut self, result: io::Result<A>, bytes: usize) {
        if let Some(answer) = self.answer.take() {
            self.net.post(self.way, bytes, DelaySource::Link, move |_| {
                // The caller may have given up; then the answer is dropped.
                let _ = answer.send(result);
            });
        }
    }
}

impl<A: Send + 'static> Drop for Reply<A> {
    fn drop(&mut self) {
        self.deliver(Err(io::ErrorKind::ConnectionReset.into()), 0);
    }
}
