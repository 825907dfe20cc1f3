//! Writes a key only if it holds nothing, with one SET NX, and takes a nil reply for a refusal.
//!
//! Freedom: a client need not support every conditional write. M17 covers those that it does.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, When, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("set-absent", "makes a conditional write with SET NX", || {
        connect(SetAbsent::<NilIsNo>::new)
    });

/// The meaning of the reply to a conditional write.
pub(crate) trait Answer: Send + Sync + 'static {
    /// Returns true if the reply says that the write was carried out.
    fn is_yes(reply: Reply) -> Result<bool, CacheError> {
        match reply {
            Reply::Nil => Ok(false),
            reply => done(reply).map(|()| true),
        }
    }
}

struct NilIsNo;

impl Answer for NilIsNo {}

pub(crate) struct SetAbsent<A>(Desk, PhantomData<A>);

impl<A> SetAbsent<A> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<A: Answer> Style for SetAbsent<A> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let When::Absent = when else { return Err(CacheError::Unsupported) };
        let ttl_ms = ttl.as_millis().to_string();
        let args: [&[u8]; 6] = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes(), b"NX"];
        A::is_yes(self.ask(self.0.node_of(key), &args).await?)
    }
}
