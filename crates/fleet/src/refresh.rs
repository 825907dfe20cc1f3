//! Pull to refresh: an impatient user asks for the Events tab again. The app sends a second request
//! on the same connection without giving the first one up, so a gateway works on both at a time.
//! The answer to the second request is only shown; the phone continues with the first.

use crate::fleet::{Due, Inner};
use crate::session::{ClientRef, Session};
use crosswire_cloud::gateway_process::Answer;
use crosswire_cloud::{Request, Response};
use crosswire_history::{RequestId, UserId};
use crosswire_plan::rng::Draw;

/// Longest time between the first request and the second.
const WITHIN_MS: u64 = 80;

/// The dice of a refresh start at the phone's position times this factor. A refresh takes no more
/// rolls than that, so leaving a request out of a script does not change any other.
const ROLLS: u32 = 4;

impl Inner {
    /// Decides, after a phone has asked for the list, whether and when it asks again.
    pub(crate) fn may_refresh(&mut self, at: UserId) {
        let share = self.plan.workload.refresh_share;
        let phone = self.phones[at].session;
        // Without impatient users, no phone has a second request.
        let Some(session) = self.refreshes.get_mut(at) else { return };
        if session.is_busy() {
            return;
        }
        session.rolls = phone.rolls.wrapping_mul(ROLLS);
        let mut roll = self.roll(ClientRef::Refresh(at));
        if roll.chance(share) {
            let after_ms = roll.between(1, WITHIN_MS);
            self.after(after_ms, Due::Refresh(at, phone.waiting));
        }
    }

    pub(crate) fn phone_refreshes(&mut self, at: UserId, waits_for: RequestId) {
        let phone = &self.phones[at];
        let (session, cursor) = (phone.session, phone.cursor);
        if session.waiting != waits_for || self.refreshes[at].is_busy() {
            return;
        }
        let beside = &mut self.refreshes[at];
        *beside =
            Session { waiting: RequestId(0), rolls: beside.rolls, turn: beside.turn, ..session };
        let patience_ms = self.plan.workload.patience_ms;
        self.ask(ClientRef::Refresh(at), Request::List { cursor }, patience_ms);
    }

    pub(crate) fn phone_refreshed(
        &mut self,
        at: UserId,
        session: Session,
        request: RequestId,
        answer: &Answer,
    ) {
        if let Ok(Response::Listing { items, .. }) = answer {
            self.sees_list(at, session, request, items);
        }
    }
}
