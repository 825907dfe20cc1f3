//! Following the directory's log of changes, so that an entry of the cache can be told from one
//! that a change has made untrue, however long it lives and whoever left it there.
//!
//! The log cannot lose an invalidation, as a message can: a gateway that died between a commit
//! and what should follow it, a cache node that cannot be reached, a request that was given up
//! take nothing out of it. Facebook's `mcsqueal` reads its invalidations from the commit log for
//! this reason (NSDI 2013). Here each gateway asks for what is new when it is about to trust an
//! entry, at most once in a while, and all who ask meanwhile wait for that.

use super::source::Relation;
use crate::directory::{AsOf, Changed, DirectoryClient};
use crate::service::Surroundings;
use crosswire_net::Net;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How old what a gateway knows of the log may be.
pub(crate) const FOLLOWS_WITHIN_MS: u64 = 500;

/// What one gateway knows of the log.
pub(super) struct Feed {
    directory: DirectoryClient,
    net: Net,
    known: Mutex<Known>,
    /// One asks at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// The log was asked for at this time, and told all as far as this commit.
    asked_ms: Option<u64>,
    commit: u64,
    changed: BTreeMap<Relation, u64>,
}

impl Known {
    fn learn(&mut self, asked_ms: u64, news: &AsOf<Vec<Changed>>) {
        for changed in &news.it {
            for relation in relations_of(changed) {
                self.changed.insert(relation, changed.commit);
            }
        }
        (self.asked_ms, self.commit) = (Some(asked_ms), news.commit);
    }
}

/// The relations that a change has made untrue.
pub(super) fn relations_of(changed: &Changed) -> impl Iterator<Item = Relation> {
    let viewers = changed.epochs.iter().map(|&(device, epoch)| Relation::Viewers(device, epoch));
    viewers.chain(changed.users.iter().map(|&user| Relation::Cameras(user)))
}

impl Feed {
    pub(super) fn new(around: &Surroundings) -> Self {
        let (directory, net) = (around.directory.clone(), around.net.clone());
        Self { directory, net, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_up_to_date(&self) -> bool {
        let asked_ms = self.known().asked_ms;
        asked_ms.is_some_and(|asked_ms| self.net.now_ms() < asked_ms + FOLLOWS_WITHIN_MS)
    }

    /// Makes sure that what is known of the log is not too old.
    ///
    /// # Errors
    /// The directory did not answer: no entry can be told from an untrue one.
    pub(super) async fn follow(&self) -> io::Result<()> {
        if self.is_up_to_date() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        if self.is_up_to_date() {
            return Ok(());
        }
        let (asked_ms, commit) = (self.net.now_ms(), self.known().commit);
        let news = self.directory.changes_since(commit).await?;
        self.known().learn(asked_ms, &news);
        Ok(())
    }

    /// The commit of the last change of a relation, as far as is known; 0 if there is none.
    pub(super) fn changed(&self, relation: Relation) -> u64 {
        self.known().changed.get(&relation).copied().unwrap_or(0)
    }
}
