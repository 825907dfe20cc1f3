//! The times at which relations changed during the run. The harness checks cache entries against
//! them; the database itself does not need them.

use super::relation::Relation;
use super::tables::Commits;
use crosswire_history::Change;
use std::collections::BTreeMap;

/// The commit and time of every change of each relation, oldest first.
#[derive(Default)]
pub(super) struct Changes(BTreeMap<Relation, Vec<(u64, u64)>>);

impl Changes {
    /// Records a committed transaction.
    pub(super) fn note(&mut self, commit: u64, at_ms: u64, commits: &Commits) {
        for change in commits {
            // Deleting a device takes nothing from its last owner; each of its guests loses their
            // grant in the same transaction.
            let (Change::Claimed { device, epoch, owner: user }
            | Change::Granted { device, epoch, user }
            | Change::Carried { device, epoch, user }
            | Change::Revoked { device, epoch, user }) = *change
            else {
                continue;
            };
            for relation in [Relation::Cameras(user), Relation::Viewers(device, epoch)] {
                let times = self.0.entry(relation).or_default();
                if times.last() != Some(&(commit, at_ms)) {
                    times.push((commit, at_ms));
                }
            }
        }
    }

    /// Returns all relations that have changed.
    pub(super) fn relations(&self) -> impl Iterator<Item = Relation> {
        self.0.keys().copied()
    }

    /// Returns the time at which a relation first changed after `commit`. If it did not, the value
    /// read did not come from the tables; then the time of its latest change is returned.
    pub(super) fn after(&self, relation: Relation, commit: u64) -> Option<u64> {
        let times = self.0.get(&relation)?;
        let first = times.iter().find(|(changed, _)| commit > 0 && *changed > commit);
        first.or(times.last()).map(|&(_, at_ms)| at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{DeviceId, Epoch, UserId};

    #[test]
    fn a_relation_is_outdated_from_the_first_change_after_its_commit() {
        let (device, epoch, user) = (DeviceId(5), Epoch(1), UserId(2));
        let mut changes = Changes::default();
        changes.note(7, 100, &vec![Change::Granted { device, epoch, user }]);
        changes.note(9, 300, &vec![Change::Revoked { device, epoch, user }]);
        let viewers = Relation::Viewers(device, epoch);
        let after = |commit| changes.after(viewers, commit);
        assert_eq!([6, 7, 8].map(after), [Some(100), Some(300), Some(300)]);
        assert_eq!([9, 0].map(after), [Some(300); 2], "without a later change, the latest one");
        assert_eq!(changes.after(Relation::Cameras(UserId(1)), 1), None);
        assert_eq!(changes.relations().collect::<Vec<_>>(), [Relation::Cameras(user), viewers]);
    }
}
