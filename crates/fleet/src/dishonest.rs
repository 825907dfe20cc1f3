//! Dishonest devices: a share of the phones and cameras now and then ask for what is not theirs, on
//! a separate connection, as a script with the user's account would. A correct service denies all
//! of it. What a service answers all the same reaches the user's screen like any other answer.
//!
//! A device is dishonest when it acts: after the user has opened the app, or the camera has
//! captured an event. So a device that is left out of a script does nothing here either. The dice
//! are separate from those of honest devices.

mod tricks;

use crate::backlog::Captured;
use crate::cheat::Device;
use crate::fleet::Inner;
use crate::session::{CheatId, ClientRef, Session};
use crosswire_cloud::gateway_process::Answer;
use crosswire_cloud::{Credential, Item, Request, Response};
use crosswire_history::{EventId, Exposure, Fact, Op, Principal, RequestId, Serial, Trick, UserId};
use crosswire_plan::rng::Draw;

/// Probability that a dishonest device is dishonest when it acts.
const OFTEN: f64 = 0.5;
/// Longest time between an act and the dishonest connection.
const WITHIN_MS: u64 = 400;
/// Probability that a dishonest phone asks without having authenticated.
const UNAUTHENTICATED: f64 = 0.1;

/// The dice of a dishonest connection start at the device's position times this factor. A
/// connection takes no more rolls than that.
const ROLLS: u32 = 16;

/// A dishonest request, and what makes it dishonest.
struct Attempt {
    request: Request,
    asked: EventId,
    trick: Trick,
    /// The event of the link that was given or of the upload; otherwise the event asked for.
    event: EventId,
}

impl Inner {
    /// Decides, when a user opens the app, whether the phone is dishonest this time.
    pub(crate) fn phone_may_cheat(&mut self, at: UserId) {
        self.may_cheat(CheatId::of(Device::Phone(at)), self.phones[at].session.rolls);
    }

    /// Decides, when a camera has captured an event, whether it is dishonest this time. A camera
    /// with the identity of another is dishonest enough.
    pub(crate) fn camera_may_cheat(&mut self, at: Serial, captured: Captured) {
        let rolls = self.cameras[at].session.rolls;
        let cheat = CheatId::of(Device::Camera(at));
        if self.clones.contains_key(&at) || self.cheats.get(cheat).is_none() {
            return;
        }
        self.cheats[cheat].captured = captured;
        self.may_cheat(cheat, rolls);
    }

    fn may_cheat(&mut self, at: CheatId, rolls: u32) {
        let Some(cheat) = self.cheats.get_mut(at) else { return };
        if !cheat.dishonest || cheat.session.is_connected() {
            return;
        }
        cheat.session.rolls = rolls.wrapping_mul(ROLLS);
        let mut roll = self.roll(ClientRef::Cheat(at));
        if roll.chance(OFTEN) {
            let after_ms = roll.between(1, WITHIN_MS);
            self.wake_after(ClientRef::Cheat(at), after_ms);
        }
    }

    /// Keeps the links of a listing for later.
    pub(crate) fn keep_links(&mut self, at: UserId, items: &[Item]) {
        if let Some(cheat) = self.cheats.get_mut(CheatId::of(Device::Phone(at))) {
            cheat.links.extend(items.iter().map(|item| (item.token.event.device, item.token)));
        }
    }

    pub(crate) fn cheat_wakes(&mut self, at: CheatId) {
        if self.cheats[at].session.is_connected() {
            return;
        }
        let mut roll = self.roll(ClientRef::Cheat(at));
        let gateway = roll.below(self.gateway_count());
        self.connect(ClientRef::Cheat(at), gateway, self.cheat_waits_ms(at));
    }

    /// Returns how long a device waits for an answer.
    fn cheat_waits_ms(&self, at: CheatId) -> u64 {
        match self.cheats[at].device {
            Device::Phone(_) => self.plan.workload.patience_ms,
            Device::Camera(_) => self.plan.workload.camera_timeout_ms,
        }
    }

    pub(crate) fn cheat_by(&self, at: CheatId) -> Principal {
        match self.cheats[at].device {
            Device::Phone(user) => Principal::User(user),
            Device::Camera(camera) => Principal::Device(self.identity(camera)),
        }
    }

    pub(crate) fn cheat_answered(
        &mut self,
        at: CheatId,
        session: Session,
        request: RequestId,
        answer: Answer,
    ) {
        match (session.op, answer) {
            (Op::Connect, Ok(_)) => self.cheat_connected(at),
            (Op::Authenticate, Ok(_)) => self.cheat_asks(at, true),
            (op, Ok(Response::Media(_, bytes))) => {
                if let Device::Phone(user) = self.cheats[at].device {
                    let how = match op {
                        Op::Enlarge => Exposure::Tapped,
                        Op::Video => Exposure::Video,
                        _ => Exposure::Thumbnail,
                    };
                    let since_ms = u64::from(session.asked_ms);
                    self.deliver(request, user, self.cheats[at].asked, &bytes, how, since_ms);
                }
                self.cheat_ends(at);
            }
            (_, Ok(_) | Err(_)) => self.cheat_ends(at),
        }
    }

    fn cheat_connected(&mut self, at: CheatId) {
        let credential = match self.cheats[at].device {
            Device::Phone(user) => Credential::Account(user),
            Device::Camera(camera) => Credential::Camera(self.identity(camera), camera),
        };
        let is_phone = matches!(credential, Credential::Account(_));
        let mut roll = self.roll(ClientRef::Cheat(at));
        if is_phone && roll.chance(UNAUTHENTICATED) {
            return self.cheat_asks(at, false);
        }
        let wait_ms = self.cheat_waits_ms(at);
        self.ask(ClientRef::Cheat(at), Request::Authenticate(credential), wait_ms);
    }

    fn cheat_asks(&mut self, at: CheatId, authenticated: bool) {
        let Some(attempt) = self.attempt(at) else { return self.cheat_ends(at) };
        let Attempt { request, asked, trick, event } = attempt;
        self.cheats[at].asked = asked;
        self.ask(ClientRef::Cheat(at), request, self.cheat_waits_ms(at));
        let waiting = self.cheats[at].session.waiting;
        let what = Fact::Dishonest { trick, event, authenticated };
        let (_, node) = self.crowd(ClientRef::Cheat(at));
        self.journal.record_for(self.net.now_ms(), node, waiting, what);
    }

    /// Closes the connection.
    pub(crate) fn cheat_ends(&mut self, at: CheatId) {
        self.hang_up(ClientRef::Cheat(at));
    }
}
