//! A gateway's client for the directory.

use super::access_change::AccessChange;
use super::protocol::{Answer, Ask, AtCommit, Changed, Key, Role, Row, Stored};
use bytes::Bytes;
use crosswire_history::{DeviceId, Epoch, EventId, Intent, Principal, Serial, UserId};
use crosswire_net::{Caller, Site};
use std::io;

/// A gateway's client for the directory. Each method costs one round trip.
///
/// # Errors
/// Every method fails if the directory is unreachable or overloaded, or dies in the meantime.
#[derive(Clone)]
pub struct DirectoryClient {
    pub(crate) primary: Caller<Ask, Answer>,
    pub(crate) replica: Caller<Ask, Answer>,
    pub(crate) from: Site,
}

macro_rules! answer {
    ($asking:expr, $kind:path) => {
        match $asking.await? {
            $kind(answer) => Ok(answer),
            other => Err(io::Error::other(format!("the directory answered {other:?}"))),
        }
    };
}

#[expect(clippy::missing_errors_doc, reason = "documented at the type")]
impl DirectoryClient {
    async fn ask(&self, ask: Ask) -> io::Result<Answer> {
        self.primary.call(self.from, ask, 200).await
    }

    /// Returns whether a user or a device is known, and not deleted.
    pub async fn is_known(&self, principal: Principal) -> io::Result<bool> {
        answer!(self.ask(Ask::IsKnown(principal)), Answer::Known)
    }

    /// Returns whether a device is known, not deleted, and bound to this hardware. A device that
    /// was never bound is bound to the first hardware that asks.
    pub async fn is_bound(&self, device: DeviceId, serial: Serial) -> io::Result<bool> {
        answer!(self.ask(Ask::IsBound(device, serial)), Answer::Known)
    }

    fn at(&self, role: Role) -> &Caller<Ask, Answer> {
        if role == Role::Primary { &self.primary } else { &self.replica }
    }

    /// Returns the cameras that a user may see, each with its ownership epoch.
    pub async fn cameras_of(
        &self,
        role: Role,
        user: UserId,
    ) -> io::Result<AtCommit<Vec<(DeviceId, Epoch)>>> {
        answer!(self.at(role).call(self.from, Ask::CamerasOf(user), 200), Answer::Cameras)
    }

    /// Returns the users who may see what a camera captured in an epoch, its owner among them.
    pub async fn viewers_of(
        &self,
        role: Role,
        device: DeviceId,
        epoch: Epoch,
    ) -> io::Result<AtCommit<Vec<UserId>>> {
        let ask = Ask::ViewersOf(device, epoch);
        answer!(self.at(role).call(self.from, ask, 200), Answer::Viewers)
    }

    /// Returns, for each of these events, whether a user may see it.
    pub async fn may_see(&self, user: UserId, events: Vec<EventId>) -> io::Result<Vec<bool>> {
        answer!(self.ask(Ask::MaySee(user, events)), Answer::MaySee)
    }

    /// Returns, for each of these cameras and epochs, whether a user may see what it captured.
    pub async fn may_watch(
        &self,
        user: UserId,
        cameras: Vec<(DeviceId, Epoch)>,
    ) -> io::Result<Vec<bool>> {
        answer!(self.ask(Ask::MayWatch(user, cameras)), Answer::MaySee)
    }

    /// Returns the epochs of a device, oldest first, each with the millisecond at which it began.
    pub async fn epochs_of(&self, device: DeviceId) -> io::Result<Vec<(Epoch, u64)>> {
        answer!(self.ask(Ask::EpochsOf(device)), Answer::Epochs)
    }

    /// Returns the access changes after a commit, oldest first.
    pub async fn changes_since(&self, commit: u64) -> io::Result<AtCommit<Vec<Changed>>> {
        answer!(self.ask(Ask::ChangesSince(commit)), Answer::Changes)
    }

    /// Returns the epoch of an event; `None` if it is not stored.
    pub async fn epoch_of(&self, event: EventId) -> io::Result<Option<Epoch>> {
        answer!(self.ask(Ask::EpochOf(event)), Answer::Epoch)
    }

    /// Reads from the replica, which may lag slightly. There is no fallback if the replica refuses.
    /// Returns the events of these cameras and epochs that were stored after a commit, oldest
    /// first, up to a limit. The commit of the last one is the cursor of the next page.
    pub async fn events(
        &self,
        cameras: Vec<(DeviceId, Epoch)>,
        behind: u64,
        limit: usize,
    ) -> io::Result<Vec<Row>> {
        let ask = Ask::Events(cameras, behind, limit);
        answer!(self.replica.call(self.from, ask, 200), Answer::Rows)
    }

    /// Stores an event: its id, capture time and caption. Returns its epoch, and whether it was
    /// new; `None` if the camera is not known.
    pub async fn store_event(
        &self,
        event: EventId,
        captured_ms: u64,
        caption: Bytes,
    ) -> io::Result<Option<Stored>> {
        answer!(self.ask(Ask::StoreEvent(event, captured_ms, caption)), Answer::Stored)
    }

    /// Commits a change that a user requested, under the number of the user's intent, and returns
    /// what the change made outdated; `None` if the user is not entitled to the change, or has
    /// superseded it with a later intent. After an error the change may have been made; to commit
    /// it again is safe, makes it once, and returns the same.
    pub async fn commit(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>> {
        let (key, ask) = change.to_request(user, intent);
        self.change_once(key, ask).await
    }

    /// Makes a change without a key: asking twice makes it twice.
    #[doc(hidden)]
    pub async fn change(&self, ask: Ask) -> io::Result<Option<Changed>> {
        answer!(self.ask(ask), Answer::Changed)
    }

    /// Makes a change with a key: asking again does not make it again, and asking after a later
    /// change does not make it at all.
    #[doc(hidden)]
    pub async fn change_once(&self, key: Key, ask: Ask) -> io::Result<Option<Changed>> {
        answer!(self.ask(Ask::Keyed(key, Box::new(ask))), Answer::Changed)
    }
}
