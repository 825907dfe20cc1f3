//! What a dishonest device asks for: events and links that it was not given.

use super::Attempt;
use crate::cheat::Device;
use crate::fleet::Inner;
use crate::session::{CheatId, ClientRef};
use crosswire_cloud::{Request, Token};
use crosswire_history::{DeviceId, EventId, Serial, Trick, UserId};
use crosswire_plan::rng::{Draw, Roll};

impl Inner {
    /// Draws a dishonest request. `None` if the device has nothing to try.
    pub(super) fn attempt(&mut self, at: CheatId) -> Option<Attempt> {
        let mut roll = self.roll(ClientRef::Cheat(at));
        match self.cheats[at].device {
            Device::Phone(user) => self.phone_attempt(at, user, &mut roll),
            Device::Camera(camera) => self.foreign_upload(at, camera, &mut roll),
        }
    }

    /// Draws a dishonest request of a phone. A phone that was never given a link asks for a
    /// stranger's event.
    fn phone_attempt(&self, at: CheatId, user: UserId, roll: &mut Roll) -> Option<Attempt> {
        let trick = match roll.below(8) {
            0 | 1 => Trick::ForeignEvent,
            2 => Trick::OldEvent,
            3 => Trick::SwappedEvent,
            4 => Trick::MadeUpSignature,
            5 => Trick::MovedExpiry,
            _ => Trick::ExpiredLink,
        };
        let enlarged = roll.chance(0.5);
        let old = self.old_link(at, roll);
        let tried = match trick {
            Trick::OldEvent => old.map(|old| Attempt {
                request: Request::Video(old.event),
                asked: old.event,
                trick,
                event: old.event,
            }),
            Trick::SwappedEvent => self.fresh_link(at).and_then(|fresh| {
                let event = self.foreign_event(user, roll)?;
                Some(linked(Token { event, ..fresh }, trick, fresh.event, enlarged))
            }),
            Trick::MadeUpSignature => self.foreign_event(user, roll).map(|event| {
                let expires_ms = self.net.now_ms() + self.plan.service.link_ms;
                linked(Token { event, expires_ms, signature: roll.word() }, trick, event, enlarged)
            }),
            Trick::MovedExpiry => old.map(|old| {
                let expires_ms = self.net.now_ms() + self.plan.service.link_ms;
                linked(Token { expires_ms, ..old }, trick, old.event, enlarged)
            }),
            Trick::ExpiredLink => old.map(|old| linked(old, trick, old.event, enlarged)),
            Trick::ForeignEvent | Trick::ForeignUpload => None,
        };
        tried.or_else(|| {
            let event = self.foreign_event(user, roll)?;
            let trick = Trick::ForeignEvent;
            Some(Attempt { request: Request::Video(event), asked: event, trick, event })
        })
    }

    /// Returns a link that has expired, if the phone has one. Half of the time it is the oldest:
    /// the camera may have vanished from the list since.
    fn old_link(&self, at: CheatId, roll: &mut Roll) -> Option<Token> {
        let (oldest, at_random) = (roll.chance(0.5), roll.word());
        let now_ms = self.net.now_ms();
        let links = self.cheats[at].links.values();
        let mut expired: Vec<_> = links.filter(|link| link.expires_ms < now_ms).copied().collect();
        expired.sort_by_key(|link| link.expires_ms);
        let nth = if oldest { 0 } else { at_random.checked_rem(expired.len() as u64)? as usize };
        expired.get(nth).copied()
    }

    /// Returns the link that the phone was given last.
    fn fresh_link(&self, at: CheatId) -> Option<Token> {
        self.cheats[at].links.values().max_by_key(|link| link.expires_ms).copied()
    }

    /// Returns an event of a camera that the user has nothing to do with during the whole run.
    fn foreign_event(&self, user: UserId, roll: &mut Roll) -> Option<EventId> {
        let (viewers, changes) = (self.plan.viewers(), &self.plan.changes);
        let is_foreign = |device: &u32| {
            let known = self.plan.owner_of(*device) == user.0
                || viewers.of(*device) == Some(user.0)
                || changes.iter().any(|made| (made.device, made.user) == (*device, user.0));
            !known && self.cameras[Serial(*device)].captured() > 0
        };
        let (start, nth) = (roll.word(), roll.word());
        let device = self.devices_from(start).find(is_foreign)?;
        let seq = 1 + nth % u64::from(self.cameras[Serial(device)].captured());
        Some(EventId { device: DeviceId(device), seq: seq as u32 })
    }

    /// Iterates over all devices once, from one that `start` chooses.
    fn devices_from(&self, start: u64) -> impl Iterator<Item = u32> + use<> {
        let count = u64::from(self.plan.cast.identities());
        (0..count).map(move |step| (start % count + step) as u32 % count as u32)
    }

    /// Returns the upload of a camera's latest event under the name of another camera: as an event
    /// that the other one has captured, or as its next.
    fn foreign_upload(&self, at: CheatId, camera: Serial, roll: &mut Roll) -> Option<Attempt> {
        let (own, captured) = (self.identity(camera), self.cheats[at].captured);
        let device = self.devices_from(roll.word()).map(DeviceId).find(|other| *other != own)?;
        let theirs = self.cameras[Serial(device.0)].captured();
        let seq = if roll.chance(0.5) { theirs + 1 } else { theirs.max(1) };
        let asked = EventId { device, seq };
        let event = EventId { device: own, seq: captured.seq };
        let Request::Upload { captured_ms, caption, thumbnail, clip, .. } =
            self.upload(camera, captured)
        else {
            unreachable!("a camera uploads");
        };
        let request = Request::Upload { event: asked, captured_ms, caption, thumbnail, clip };
        Some(Attempt { request, asked, trick: Trick::ForeignUpload, event })
    }
}

/// Returns a request for a thumbnail with a link that the phone was not given like this.
fn linked(token: Token, trick: Trick, event: EventId, enlarged: bool) -> Attempt {
    let request = if enlarged { Request::Enlarge(token) } else { Request::Thumbnail(token) };
    Attempt { request, asked: token.event, trick, event }
}
