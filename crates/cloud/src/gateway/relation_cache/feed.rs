//! Follows the directory's change log to recognize cache entries that a change has made outdated,
//! regardless of their age and of who wrote them.
//!
//! Unlike a message, the log cannot lose an invalidation: not when a gateway dies between a commit
//! and its invalidations, not when a cache node is unreachable, not when a request is cancelled.
//! Facebook's `mcsqueal` reads its invalidations from the commit log for this reason (NSDI 2013).
//! Here each gateway polls the log when it is about to trust an entry, with a minimum interval
//! between polls, and concurrent readers wait for the same poll.

use crate::clock::Clock;
use crate::deps::Deps;
use crate::directory::{AtCommit, Changed, DirectoryClient, Relation};
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::io;

/// Maximum age of a gateway's view of the log.
pub(crate) const FOLLOWS_WITHIN_MS: u64 = 500;

/// One gateway's view of the log.
pub(crate) struct Feed {
    directory: DirectoryClient,
    clock: Clock,
    known: Mutex<Known>,
    /// Only one reader polls at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// Time of the last poll; it covered all commits up to `commit`.
    asked_ms: Option<u64>,
    commit: u64,
    changed: BTreeMap<Relation, u64>,
}

impl Known {
    fn learn(&mut self, asked_ms: u64, news: &AtCommit<Vec<Changed>>) {
        for changed in &news.value {
            for relation in relations_of(changed) {
                self.changed.insert(relation, changed.commit);
            }
        }
        (self.asked_ms, self.commit) = (Some(asked_ms), news.commit);
    }
}

/// Returns the relations that a change has made outdated.
pub(crate) fn relations_of(changed: &Changed) -> impl Iterator<Item = Relation> {
    let viewers = changed.epochs.iter().map(|&(device, epoch)| Relation::Viewers(device, epoch));
    viewers.chain(changed.users.iter().map(|&user| Relation::Cameras(user)))
}

impl Feed {
    pub(crate) fn new(deps: &Deps) -> Self {
        let (directory, clock) = (deps.directory.clone(), deps.clock.clone());
        Self { directory, clock, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    fn is_up_to_date(&self) -> bool {
        let asked_ms = self.known.lock().asked_ms;
        asked_ms.is_some_and(|asked_ms| self.clock.now_ms() < asked_ms + FOLLOWS_WITHIN_MS)
    }

    /// Polls the log if the gateway's view of it is too old.
    ///
    /// # Errors
    /// If the directory did not answer; then no outdated entry can be recognized.
    pub(crate) async fn follow(&self) -> io::Result<()> {
        if self.is_up_to_date() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        if self.is_up_to_date() {
            return Ok(());
        }
        let (asked_ms, commit) = (self.clock.now_ms(), self.known.lock().commit);
        let news = self.directory.changes_since(commit).await?;
        self.known.lock().learn(asked_ms, &news);
        Ok(())
    }

    /// Returns the commit of the latest known change of a relation, or 0.
    pub(crate) fn changed(&self, relation: Relation) -> u64 {
        self.known.lock().changed.get(&relation).copied().unwrap_or(0)
    }
}
