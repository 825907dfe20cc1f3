//! Refuses a command at once while six are under way, so that none queues.
//!
//! Freedom: a call may be refused (F12).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::io::ErrorKind;
use std::marker::PhantomData;
use tokio::sync::Semaphore;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("refusing", "refuses commands while six are under way", || {
        connect(Refusing::<AsError>::new)
    });

/// The answer to a command that is not sent.
pub(crate) trait Refusal: Send + Sync + 'static {
    /// Returns the answer.
    fn answer(_args: &[&[u8]]) -> Result<Reply, CacheError> {
        Err(CacheError::Connection(ErrorKind::WouldBlock))
    }
}

struct AsError;

impl Refusal for AsError {}

pub(crate) struct Refusing<R>(Desk, Semaphore, PhantomData<R>);

impl<R> Refusing<R> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, Semaphore::new(6), PhantomData)
    }
}

#[async_trait]
impl<R: Refusal> Style for Refusing<R> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let Ok(_permit) = self.1.try_acquire() else { return R::answer(args) };
        self.0.ask(node, args).await
    }
}
