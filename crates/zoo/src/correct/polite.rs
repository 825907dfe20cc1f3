//! Opens a connection for each command, ends it with QUIT and waits for the reply to that.
//!
//! Freedom: each call may open a connection (F10).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("polite", "opens a connection for each command and ends it with QUIT", || {
        connect(Polite::<OfTheCall>::new)
    });

/// The place of a reply while its connection closes.
pub(crate) trait Shelf: Send + Sync + 'static {
    /// Puts the reply into its place. A reply that is returned stays with the call.
    fn put(shelf: &Mutex<Option<Reply>>, reply: Reply) -> Option<Reply>;
}

struct OfTheCall;

impl Shelf for OfTheCall {
    fn put(_shelf: &Mutex<Option<Reply>>, reply: Reply) -> Option<Reply> {
        Some(reply)
    }
}

pub(crate) struct Polite<S>(Desk, Mutex<Option<Reply>>, PhantomData<S>);

impl<S> Polite<S> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, Mutex::default(), PhantomData)
    }
}

#[async_trait]
impl<S: Shelf> Style for Polite<S> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut lease = self.0.lease(node).await?;
        let own = S::put(&self.1, lease.ask(args).await?);
        let _ = lease.ask(&[b"QUIT"]).await;
        // The pool closes a connection that is not whole.
        lease.whole = false;
        own.or_else(|| lock(&self.1).clone()).ok_or_else(refused)
    }
}
