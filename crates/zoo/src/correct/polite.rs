//! Opens a connection for each command, takes its leave with QUIT and waits for the answer to that.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("polite", "a connection for each command, which ends with QUIT", || {
        connect(Polite::<OfTheCall>::new)
    });

/// Where a reply is while the connection takes its leave.
pub(crate) trait Shelf: Send + Sync + 'static {
    /// Puts it there; what is returned stays with the call.
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
        // The pool closes what is not whole.
        lease.whole = false;
        own.or_else(|| lock(&self.1).clone()).ok_or_else(refused)
    }
}
