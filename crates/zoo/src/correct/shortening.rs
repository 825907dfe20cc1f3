//! Shortens a life on a server without PEXPIRE LT: asks for the life, and sets a shorter one.
//!
//! Freedom: an `expire` may be two commands (O9).

use crate::Specimen;
use crate::kit::offers::ms;
use crate::kit::{Desk, Style, connect, number};
use crosswire_cache::{CacheError, Offers, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("shortening", "asks for a life with PTTL and sets a shorter one", || {
        connect(Shortening::<Milliseconds>::new)
    });

/// The command that sets a life.
pub(crate) trait Setting: Send + Sync + 'static {
    /// Its name; the life in milliseconds follows the key.
    const COMMAND: &[u8];
}

struct Milliseconds;

impl Setting for Milliseconds {
    const COMMAND: &[u8] = b"PEXPIRE";
}

pub(crate) struct Shortening<S>(Desk, PhantomData<S>);

impl<S> Shortening<S> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<S: Setting> Style for Shortening<S> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().expiry()
    }

    async fn expire(&self, key: &str, ttl: Duration) -> Result<bool, CacheError> {
        let (node, ttl_ms) = (self.0.node_of(key), ttl.as_millis() as i64);
        let left_ms = number(self.ask(node, &[b"PTTL", key.as_bytes()]).await?)?;
        // -1 is a life without an end, -2 no key.
        if (0..=ttl_ms).contains(&left_ms) || left_ms == -2 {
            return Ok(false);
        }
        let args: [&[u8]; 3] = [S::COMMAND, key.as_bytes(), &ms(ttl)];
        Ok(number(self.ask(node, &args).await?)? == 1)
    }
}
