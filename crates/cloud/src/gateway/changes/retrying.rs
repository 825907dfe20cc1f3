//! Access changes that are retried in the background.

use super::ChangeWriter;
use crate::clock::Clock;
use crate::deps::{Deps, Tasks};
use crate::directory::{AccessChange, Ask, Changed, DirectoryClient, Key};
use async_trait::async_trait;
use crosswire_history::{Intent, UserId};
use std::io;
use std::time::Duration;

/// Timeout of one attempt.
const ATTEMPT: Duration = Duration::from_millis(300);

/// Delay before the first background attempt; it doubles each time.
const PAUSE: Duration = Duration::from_secs(1);

/// Number of background attempts.
const ATTEMPTS: u32 = 5;

/// The key of a change that is retried, or its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Correct: a key. A change already made is not made again, nor is one that a later change
    /// superseded.
    Sent,
    /// Mechanism 20, zombie write: no key. A change that timed out is queued and made once the
    /// directory recovers, even if the user has changed their mind since: a guest who was granted
    /// access and then revoked gets access again. The trigger is a directory slow enough for a
    /// timeout while a user shares a camera and then revokes the grant. We know of no public report
    /// of exactly this; it is the effect of a client library's retries on a write that is not
    /// idempotent.
    Forgotten,
}

/// Retries a timed-out change until it succeeds, long after its request has ended.
#[derive(Clone)]
pub(crate) struct Retrying {
    directory: DirectoryClient,
    clock: Clock,
    tasks: Tasks,
    keys: Keys,
}

impl Retrying {
    pub(crate) fn new(deps: &Deps, keys: Keys) -> Self {
        let Deps { directory, clock, tasks, .. } = deps.clone();
        Self { directory, clock, tasks, keys }
    }

    async fn attempt(&self, key: Key, ask: Ask) -> io::Result<Option<Changed>> {
        let asking = async {
            match self.keys {
                Keys::Sent => self.directory.change_once(key, ask).await,
                Keys::Forgotten => self.directory.change(ask).await,
            }
        };
        let in_time = self.clock.timeout(ATTEMPT, asking).await;
        in_time.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn go_on(self, key: Key, ask: Ask) {
        for attempt in 0..ATTEMPTS {
            self.clock.sleep(PAUSE * (1 << attempt)).await;
            if self.attempt(key, ask.clone()).await.is_ok() {
                return;
            }
        }
    }
}

#[async_trait]
impl ChangeWriter for Retrying {
    async fn write(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>> {
        let (key, ask) = change.to_request(user, intent);
        let answer = self.attempt(key, ask.clone()).await;
        if answer.is_err() {
            self.tasks.spawn(self.clone().go_on(key, ask));
        }
        answer
    }
}
