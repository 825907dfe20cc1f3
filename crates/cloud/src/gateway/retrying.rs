//! Changes that are tried again in the background.

use super::editor::{Edit, Editor};
use crate::directory::{Ask, Changed, DirectoryClient, Key};
use crate::service::{Spawn, Surroundings};
use async_trait::async_trait;
use crosswire_history::{Intent, UserId};
use crosswire_net::Net;
use std::io;

/// How long the directory has for an answer.
const ATTEMPT_MS: u64 = 300;

/// The wait before the first attempt in the background; it doubles each time.
const PAUSE_MS: u64 = 1_000;

/// How often it is tried there.
const ATTEMPTS: u32 = 5;

/// Whether what is tried again says which change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Right. A change that was made already is not made again, nor one after a later one.
    Sent,
    /// Mechanism 20, zombie write. A change that timed out is put into a queue and made when the
    /// directory is back, whatever its sender has wanted since: who was let in, and shown out
    /// again, is back in. A directory slow enough for a time-out wakes it, while somebody shares
    /// and then takes it back. No public report known to us is just this; it is what a client
    /// library's retries do to a write that is not idempotent.
    Forgotten,
}

/// Tries a change that timed out again until it is made, long after its request is over.
#[derive(Clone)]
pub(crate) struct Retrying {
    directory: DirectoryClient,
    net: Net,
    spawn: Spawn,
    keys: Keys,
}

impl Retrying {
    pub(crate) fn new(around: &Surroundings, keys: Keys) -> Self {
        let Surroundings { directory, net, spawn, .. } = around.clone();
        Self { directory, net, spawn, keys }
    }

    async fn attempt(&self, key: Key, ask: Ask) -> io::Result<Option<Changed>> {
        let asking = async {
            match self.keys {
                Keys::Sent => self.directory.change_once(key, ask).await,
                Keys::Forgotten => self.directory.change(ask).await,
            }
        };
        let in_time = self.net.timeout(ATTEMPT_MS, asking).await;
        in_time.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn go_on(self, key: Key, ask: Ask) {
        for attempt in 0..ATTEMPTS {
            self.net.sleep(PAUSE_MS << attempt).await;
            if self.attempt(key, ask.clone()).await.is_ok() {
                return;
            }
        }
    }
}

#[async_trait]
impl Editor for Retrying {
    async fn edit(&self, user: UserId, edit: Edit, intent: Intent) -> io::Result<Option<Changed>> {
        let (key, ask) = edit.by(user, intent);
        let answer = self.attempt(key, ask.clone()).await;
        if answer.is_err() {
            (self.spawn)(Box::pin(self.clone().go_on(key, ask)));
        }
        answer
    }
}
