//! Reads and touches with GET and PEXPIRE, on a connection that counts the replies which dropped
//! callers left.
//!
//! Freedom: a touch may be two commands (O4, O5), and all calls may use one connection (F11).

use crate::Specimen;
use crate::kit::offers::ms;
use crate::kit::{Desk, SkippingLines, Style, connect, frame, number, value_of};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, Offers, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("touching", "touches with GET and PEXPIRE on a shared connection", || {
        connect(Touching::<Two>::new)
    });

/// The bookkeeping of a touch.
pub(crate) trait Counting: Send + Sync + 'static {
    /// The number of replies that a touch is counted for.
    const REPLIES: usize;
}

struct Two;

impl Counting for Two {
    const REPLIES: usize = 2;
}

pub(crate) struct Touching<C>(Desk, SkippingLines, PhantomData<C>);

impl<C> Touching<C> {
    pub(crate) fn new(desk: Desk) -> Self {
        let lines = SkippingLines::new(&desk);
        Self(desk, lines, PhantomData)
    }
}

#[async_trait]
impl<C: Counting> Style for Touching<C> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let [reply] = self.1.send(&self.0, node, (&frame(args), 1)).await?;
        Ok(reply)
    }

    async fn get_and_touch(&self, key: &str, ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        let touch = frame(&[b"PEXPIRE", key.as_bytes(), &ms(ttl)]);
        let commands = [frame(&[b"GET", key.as_bytes()]), touch].concat();
        let commands = (&commands[..], C::REPLIES);
        let [value, touched] = self.1.send(&self.0, self.0.node_of(key), commands).await?;
        number(touched)?;
        value_of(value)
    }

    fn offers(&self) -> Offers {
        Offers::default().get_and_touch()
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
