//! Counts leaks in the units in which incidents are published.

use crosswire_history::{EventId, Exposure as How, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Counts over the deliveries that violated I1. A stranger's bytes under a correct label violate I1
/// as well as I2, because I1 goes by the bytes; so nothing is counted twice or left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exposure {
    /// Users who were shown something that belongs to another.
    pub users: u64,
    /// Events in another user's list, each counted once for each user.
    pub listed: u64,
    /// Thumbnails shown or pushed.
    pub thumbnails: u64,
    /// Thumbnails tapped.
    pub taps: u64,
    /// Videos played.
    pub videos: u64,
    /// All accounts, affected or not.
    pub accounts: u64,
    /// The time of the first of these deliveries.
    pub first_leak_ms: Option<u64>,
    /// The time of the first of these deliveries to each of the users, in order. Not in JSON, where
    /// it would have a number for each user.
    #[serde(skip)]
    pub new_users_ms: Vec<u64>,
}

/// Counts leaks as the run goes on; grows with what leaked.
#[derive(Default)]
pub(crate) struct Tally {
    users: BTreeSet<UserId>,
    listed: BTreeSet<(UserId, EventId)>,
    thumbnails: u64,
    taps: u64,
    videos: u64,
    first_leak_ms: Option<u64>,
    new_users_ms: Vec<u64>,
}

impl Tally {
    /// Counts a delivery of `event` to `user`, who had no right to it.
    pub(crate) fn leaked(&mut self, at_ms: u64, user: UserId, event: EventId, how: How) {
        self.first_leak_ms.get_or_insert(at_ms);
        if self.users.insert(user) {
            self.new_users_ms.push(at_ms);
        }
        match how {
            How::Listed => drop(self.listed.insert((user, event))),
            How::Pushed | How::Thumbnail => self.thumbnails += 1,
            How::Tapped => self.taps += 1,
            How::Video => self.videos += 1,
        }
    }

    pub(crate) fn total(&self, accounts: u32) -> Exposure {
        Exposure {
            users: self.users.len() as u64,
            listed: self.listed.len() as u64,
            thumbnails: self.thumbnails,
            taps: self.taps,
            videos: self.videos,
            accounts: u64::from(accounts),
            first_leak_ms: self.first_leak_ms,
            new_users_ms: self.new_users_ms.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::DeviceId;

    #[test]
    fn a_list_that_is_opened_twice_exposes_its_events_once() {
        let mut tally = Tally::default();
        let event = EventId { device: DeviceId(1), seq: 1 };
        for at_ms in [10, 20] {
            tally.leaked(at_ms, UserId(1), event, How::Listed);
        }
        tally.leaked(30, UserId(2), event, How::Pushed);
        tally.leaked(40, UserId(2), event, How::Tapped);
        let expected = Exposure {
            users: 2,
            listed: 1,
            thumbnails: 1,
            taps: 1,
            videos: 0,
            accounts: 9,
            first_leak_ms: Some(10),
            new_users_ms: vec![10, 30],
        };
        assert_eq!(tally.total(9), expected);
    }
}
