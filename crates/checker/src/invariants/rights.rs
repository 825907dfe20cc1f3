//! The rights of the senders of requests, as the ledger and the cameras know them.
//!
//! A right that is younger than the declared bound of freshness may not be known yet where it is
//! checked. A link that has expired, a camera that was deleted, and a change that an earlier
//! attempt has made give no right.

use crate::context::Context;
use crate::recent::Request;
use crosswire_history::{DeviceId, Entry, Epoch, EventId, Fact, Op, Principal, Subject, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Knows in which epoch each event was captured, and so who has a right to it.
#[derive(Default)]
pub(super) struct Rights {
    epochs: Epochs,
}

impl Rights {
    /// Notes an event that a camera captured.
    #[inline]
    pub(super) fn observe(&mut self, entry: &Entry) {
        if let Fact::Captured { event, epoch } = entry.what {
            self.epochs.captured(event, epoch);
        }
    }

    /// Returns whether a request that ends now should have been granted, at any moment since it was
    /// sent. A dishonest one is owed nothing.
    #[cold]
    pub(super) fn is_entitled(
        &self,
        request: &Request,
        op: Op,
        now_ms: u64,
        context: &Context<'_>,
    ) -> bool {
        let since_ms = request.began_ms.saturating_sub(context.bounds.freshness_ms);
        let owner = |device| context.ledger.owns(device, since_ms);
        // Of two cameras with one identity, one is refused correctly.
        let one = |device| owner(device).is_some() && !self.epochs.muddled.contains(&device);
        let sees = |user, event| self.sees(user, event, since_ms, context);
        match (request.by, request.subject) {
            _ if request.dishonest => false,
            // Accounts are neither created nor closed during a run.
            (Principal::User(_), Subject::Oneself) => true,
            (Principal::User(user), Subject::Event { event }) => sees(user, event),
            (Principal::User(user), Subject::Link { event, until_ms }) => {
                now_ms <= until_ms && sees(user, event)
            }
            (Principal::User(by), Subject::Camera { device, user }) => match op {
                // Reclaiming a camera that one owns means that it has been done already.
                Op::Reclaim => owner(device).is_some_and(|owner| owner != by),
                Op::Transfer => owner(device) == Some(by) && user != by,
                _ => owner(device) == Some(by),
            },
            (Principal::Device(device), Subject::Oneself) => one(device),
            (Principal::Device(device), Subject::Event { event }) => {
                event.device == device && one(device)
            }
            (Principal::Device(_), Subject::Link { .. } | Subject::Camera { .. })
            | (Principal::Gateway, _) => false,
        }
    }

    fn sees(&self, user: UserId, event: EventId, since_ms: u64, context: &Context<'_>) -> bool {
        let epoch = self.epochs.of(event);
        epoch.is_some_and(|epoch| context.ledger.is_sure_of(user, event.device, epoch, since_ms))
    }
}

/// The epoch of each event, by where in a camera's count a new epoch begins.
#[derive(Default)]
struct Epochs {
    /// Each camera's latest event: its number, 0 before the first, and its epoch.
    latest: Vec<(u32, Epoch)>,
    /// The first event of each epoch but 1.
    began: BTreeMap<EventId, Epoch>,
    /// Devices whose events do not arrive in the order of their numbers, as when two cameras have
    /// one identity. Nothing is known of their epochs.
    muddled: BTreeSet<DeviceId>,
}

impl Epochs {
    #[inline]
    fn captured(&mut self, event: EventId, epoch: Epoch) {
        let latest = crate::list::slot(&mut self.latest, event.device.0);
        let before = std::mem::replace(latest, (event.seq, epoch));
        if event.seq <= before.0 || epoch < before.1 {
            self.muddled.insert(event.device);
        } else if epoch != before.1 && epoch != Epoch(1) {
            self.began.insert(event, epoch);
        }
    }

    fn of(&self, event: EventId) -> Option<Epoch> {
        if self.muddled.contains(&event.device) {
            return None;
        }
        let first = EventId { device: event.device, seq: 0 };
        let began = self.began.range(first..=event).next_back();
        Some(began.map_or(Epoch(1), |(_, epoch)| *epoch))
    }
}
