//! The change behind an invalidation: what the directory committed, and how the client's delete
//! ended.

use super::authorization::in_words;
use super::builder::StoryBuilder;
use super::known::CallEnded;
use super::leak::names;
use super::search::Search;
use super::shift::is_dropped;
use crate::evidence::Acked;
use crosswire_history::{
    CallId, CallOutcome, Change, DeviceId, Entry, Fact, KeyId, RequestId, UserId,
};

impl StoryBuilder<'_> {
    /// Adds the change that a request made or, if it made none, the latest since commit `as_of` of
    /// the relation that it asks about, or of the camera whose number is in the key.
    pub(super) fn changed(&mut self, acked: Acked, key: KeyId, as_of: u64) {
        let (search, name) = (self.search(), self.past().key_name(key));
        let Some((device, user)) = search.asked_about(acked.request) else {
            return self.committed(|commit, _, _| commit == acked.commit);
        };
        let own = |commit: u64, change: Change, request: RequestId| {
            commit <= acked.commit && request == acked.request && about(change).is_some()
        };
        let since = |commit: u64| as_of < commit && commit <= acked.commit;
        let theirs = |commit: u64, change: Change, _: RequestId| {
            since(commit) && about(change) == Some((device, Some(user)))
        };
        let its = |commit: u64, change: Change, _: RequestId| {
            let is_of = about(change).is_some_and(|(of, _)| of == device);
            since(commit) && is_of && names(&name, device.0)
        };
        let is_there =
            |wanted: &dyn Fn(u64, Change, RequestId) -> bool| search.committed(wanted).is_some();
        if is_there(&own) {
            self.committed(own);
        } else if is_there(&theirs) {
            self.committed(theirs);
        } else if is_there(&its) {
            self.committed(its);
        } else {
            self.changed_nothing(acked);
        }
    }

    /// Adds the latest commit that `wanted` accepts.
    fn committed(&mut self, wanted: impl Fn(u64, Change, RequestId) -> bool) {
        if let Some((at_ms, commit, change)) = self.search().committed(&wanted) {
            let change = in_words(change);
            self.add(at_ms, format!("the directory commits: {change} (commit {commit})"));
        }
    }

    /// Adds that the directory found nothing to change for a request.
    fn changed_nothing(&mut self, acked: Acked) {
        let (request, commit) = (acked.request, acked.commit);
        let answered = self.search().find(|entry| {
            entry.request == request
                && matches!(entry.what, Fact::Consulted { as_of, .. } if as_of == commit)
        });
        if let Some(answered) = answered {
            let line = format!(
                "the directory finds nothing to change for {request}: all is as of commit {commit}"
            );
            self.add(answered.at_ms, line);
        }
    }

    /// Adds that a request had a key forgotten, and how the call that deletes it failed if it did.
    pub(super) fn had_forgotten(&mut self, forgotten: &Entry, line: String) {
        self.add(forgotten.at_ms, line);
        let Fact::Invalidated { call, key, .. } = forgotten.what else {
            panic!("an invalidation was chosen, not {:?}", forgotten.what);
        };
        self.delete_failed(call, key);
    }

    fn delete_failed(&mut self, call: CallId, key: KeyId) {
        let search = self.search();
        let Some(ended) = search.ended(call) else { return };
        let how = match CallEnded::of(&ended).outcome {
            CallOutcome::Hit | CallOutcome::Miss => return,
            _ if is_dropped(&ended) => "is dropped",
            _ => "fails",
        };
        self.because("delete failed");
        let broke = search.find(|entry| {
            entry.node == ended.node
                && entry.at_ms == ended.at_ms
                && matches!(entry.what, Fact::Disconnected { unread: 1.., .. })
        });
        let why = match broke.map(|broke| broke.what) {
            Some(Fact::Disconnected { conn, .. }) => format!(" as {conn} is closed"),
            _ => String::new(),
        };
        let key = self.key(key);
        self.add(ended.at_ms, format!("{call}, which deletes {key}, {how}{why}"));
    }
}

impl Search<'_> {
    /// Returns the latest commit that `wanted` accepts, with its time and its change.
    fn committed(
        self,
        wanted: &dyn Fn(u64, Change, RequestId) -> bool,
    ) -> Option<(u64, u64, Change)> {
        self.find_map(|entry| match entry.what {
            Fact::Committed { commit, change } if wanted(commit, change, entry.request) => {
                Some((entry.at_ms, commit, change))
            }
            _ => None,
        })
    }

    /// Returns the camera and the user whose relation a request asks to change.
    fn asked_about(self, wanted: RequestId) -> Option<(DeviceId, UserId)> {
        self.find_map(|entry| match entry.what {
            Fact::Asked { device, user, .. } if entry.request == wanted && wanted.0 != 0 => {
                Some((device, user))
            }
            _ => None,
        })
    }
}

/// Returns the camera whose relations a change affects, and the user.
fn about(change: Change) -> Option<(DeviceId, Option<UserId>)> {
    match change {
        Change::Claimed { device, owner: user, .. }
        | Change::Granted { device, user, .. }
        | Change::Revoked { device, user, .. }
        | Change::Carried { device, user, .. } => Some((device, Some(user))),
        Change::Deleted { device, .. } => Some((device, None)),
        Change::Stored { .. } => None,
    }
}

#[cfg(test)]
mod tests;
