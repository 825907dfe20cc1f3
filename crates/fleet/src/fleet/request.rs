//! Requests to gateways, from sending to the end.

use super::{Burst, Due, Gateway, Inner};
use crate::session::{ClientRef, Session};
use crosswire_cloud::gateway_process::{Answer, outcome_of};
use crosswire_cloud::{Request, Response, SessionId};
use crosswire_history::sync::Mutex;
use crosswire_history::{Fact, Op, Outcome, Point, Principal, RequestId, Subject};
use crosswire_net::{Arrival, DelaySource};
use crosswire_plan::rng::{Draw, Roll};
use std::sync::Weak;

/// Longest time after sending a request at which the fault point `request-dropped` breaks its
/// connection.
const BREAKS_MS: u64 = 200;

impl Inner {
    /// Begins a connection to a gateway: a new session and its first request.
    pub(crate) fn connect(&mut self, client: ClientRef, gateway: u64, timeout_ms: u64) {
        self.sessions += 1;
        let id = self.sessions;
        assert!(gateway < self.gateway_count(), "there is no gateway {gateway}");
        let session = self.session(client);
        session.id = id;
        session.gateway = gateway as u16;
        session.half_open = false;
        self.ask(client, Request::Connect, timeout_ms);
    }

    /// Sends a request and begins to wait for the answer.
    pub(crate) fn ask(&mut self, client: ClientRef, request: Request, timeout_ms: u64) {
        let id = self.journal.next_request();
        let now_ms = self.net.now_ms();
        let op = request.op();
        let by = self.principal(client);
        let subject = subject(by, &request);
        let mut roll = self.roll(client);
        let session = self.session(client);
        assert!(session.is_connected(), "{client:?} asks over a connection");
        assert!(!session.is_busy(), "{client:?} has one request in flight at a time");
        (session.waiting, session.op, session.asked_ms) = (id, op, now_ms as u32);
        session.turn += 1;
        let session = *session;
        let (gateway, deadline_ms) = (session.gateway, now_ms + timeout_ms);
        self.record(client, id, Fact::Issued { by, op, gateway, deadline_ms, subject });
        self.wheel.push(deadline_ms, Due::Timeout(client, id));
        self.lose_patience(client, id, &mut roll);
        let (_, node) = self.crowd(client);
        if let Some(within_ms) = self.net.held_back(node, Point::RequestDropped, BREAKS_MS) {
            let owner =
                if let ClientRef::Refresh(at) = client { ClientRef::Phone(at) } else { client };
            self.after(within_ms, Due::Loss(owner, session.id));
        }
        if !session.half_open {
            self.send(client, id, by, request, session, &mut roll);
        }
    }

    /// In a burst, decides whether and when the user gives up this request.
    fn lose_patience(&mut self, client: ClientRef, id: RequestId, roll: &mut Roll) {
        if matches!(client, ClientRef::Camera(_)) {
            return;
        }
        let gateway = self.session(client).gateway;
        let here = |burst: &&Burst| burst.gateway.is_none_or(|only| only == gateway);
        let share = self.bursts.iter().filter(here).map(|burst| burst.share).fold(0.0, f64::max);
        if share > 0.0 && roll.chance(share) {
            let after_ms = roll.between(1, 90);
            self.after(after_ms, Due::GiveUp(client, id));
        }
    }

    fn send(
        &mut self,
        client: ClientRef,
        id: RequestId,
        by: Principal,
        request: Request,
        session: Session,
        roll: &mut Roll,
    ) {
        let (crowd, _) = self.crowd(client);
        let Gateway { site, process } = self.gateway_of(&session).clone();
        let there = DelaySource::Sender(roll.unit(), roll.unit());
        let back = DelaySource::Sender(roll.unit(), roll.unit());
        let bytes = request.wire_bytes();
        let first = session.op == Op::Connect;
        let (me, net) = (self.me.clone(), self.net.clone());
        let arrived = move |arrival| {
            if arrival == Arrival::Delivered && (first || net.life_of(site) == session.life) {
                let answer = move |answer: Answer| {
                    let bytes = answer.as_ref().map_or(80, Response::wire_bytes);
                    net.post((site, crowd), bytes, back, move |_| {
                        with(&me, |inner| inner.answered(client, id, answer));
                    });
                };
                process.arrive(id, (SessionId(session.id), by), request, answer);
            } else {
                // The process that knew this connection is gone: its host answers with a reset.
                net.post((site, crowd), 40, back, move |_| {
                    with(&me, |inner| inner.reset(client, id));
                });
            }
        };
        self.net.post((crowd, site), bytes, there, arrived);
    }

    /// Ends the request that a device waits for. Returns `None` if the device does not wait for
    /// `request`.
    fn settle(
        &mut self,
        client: ClientRef,
        request: RequestId,
        outcome: Outcome,
    ) -> Option<Session> {
        let session = self.session(client);
        if session.waiting != request {
            return None;
        }
        session.waiting = RequestId(0);
        let session = *session;
        self.record(client, request, Fact::Settled { op: session.op, outcome });
        Some(session)
    }

    fn answered(&mut self, client: ClientRef, request: RequestId, answer: Answer) {
        let (_, node) = self.crowd(client);
        if self.net.fires(node, Point::AnswerLost).is_some() {
            return self.reset(client, request);
        }
        // An answer may come after the device has given up.
        let Some(session) = self.settle(client, request, outcome_of(&answer)) else { return };
        if session.op == Op::Connect && answer.is_ok() {
            let site = self.gateway_of(&session).site;
            self.session(client).life = self.net.life_of(site);
        }
        match client {
            ClientRef::Camera(at) => self.camera_answered(at, session, request, answer),
            ClientRef::Phone(at) => self.phone_answered(at, session, request, answer),
            ClientRef::OwnershipChange(at) => {
                self.ownership_change_answered(at, session, request, answer);
            }
            ClientRef::Refresh(at) => self.phone_refreshed(at, session, request, &answer),
            ClientRef::Cheat(at) => self.cheat_answered(at, session, request, answer),
        }
    }

    fn reset(&mut self, client: ClientRef, request: RequestId) {
        if self.settle(client, request, Outcome::Reset).is_some() {
            self.lost(client);
        }
    }

    /// Gives up a request: the gateway drops its work on it.
    pub(super) fn give_up(&mut self, client: ClientRef, request: RequestId, outcome: Outcome) {
        // The time-out of a request that has ended stays on the wheel.
        let Some(session) = self.settle(client, request, outcome) else { return };
        if !session.half_open {
            let process = self.gateway_of(&session).process.clone();
            self.tell_gateway(client, session, move |_| process.cancel(request));
        }
        self.turn_away(client, outcome);
    }

    /// Gives up a request on behalf of the device that waits for it; the gateway has dropped it
    /// already.
    pub(super) fn abandon(&mut self, request: RequestId) {
        let refreshes = self.refreshes.ids().map(ClientRef::Refresh);
        let mut everyone = self.everyone().chain(refreshes);
        let waits = |client: &ClientRef| request.0 != 0 && self.session(*client).waiting == request;
        let Some(client) = everyone.find(waits) else { return };
        self.settle(client, request, Outcome::GaveUp);
        self.turn_away(client, Outcome::GaveUp);
    }

    /// Lets a device react to having given up its request.
    fn turn_away(&mut self, client: ClientRef, outcome: Outcome) {
        match client {
            ClientRef::Phone(phone) if outcome == Outcome::GaveUp => self.changed_mind(phone),
            // The phone still waits for the first request.
            ClientRef::Refresh(_) => {}
            _ => self.lost(client),
        }
    }

    /// Handles a broken connection that a device has just noticed.
    pub(super) fn loss(&mut self, client: ClientRef) {
        let waiting = self.session(client).waiting;
        if waiting.0 != 0 {
            self.settle(client, waiting, Outcome::Reset);
        }
        self.lost(client);
    }

    /// Sends a message that needs no answer to the gateway of a connection.
    fn tell_gateway(
        &mut self,
        client: ClientRef,
        session: Session,
        run: impl FnOnce(Arrival) + Send + 'static,
    ) {
        let mut roll = self.roll(client);
        let delay = DelaySource::Sender(roll.unit(), roll.unit());
        let (crowd, _) = self.crowd(client);
        let site = self.gateway_of(&session).site;
        self.net.post((crowd, site), 40, delay, run);
    }

    /// Closes a device's connection, giving up the request in flight, and notifies the gateway.
    pub(crate) fn hang_up(&mut self, client: ClientRef) {
        let session = *self.session(client);
        if session.is_busy() {
            self.settle(client, session.waiting, Outcome::GaveUp);
        }
        let beside = self.give_up_refresh(client);
        self.session(client).close();
        if session.is_connected() && !session.half_open {
            let process = self.gateway_of(&session).process.clone();
            self.tell_gateway(client, session, move |_| {
                process.cancel(session.waiting);
                if let Some(beside) = beside {
                    process.cancel(beside);
                }
                process.disconnected(session.session_id());
            });
        }
    }

    /// Gives up the second request of a phone, if it waits for one.
    fn give_up_refresh(&mut self, client: ClientRef) -> Option<RequestId> {
        let ClientRef::Phone(at) = client else { return None };
        let beside = self.refreshes.get(at)?;
        if !beside.is_busy() {
            return None;
        }
        let request = beside.waiting;
        self.settle(ClientRef::Refresh(at), request, Outcome::GaveUp);
        Some(request)
    }
}

/// Returns the subject of a request.
fn subject(by: Principal, request: &Request) -> Subject {
    match *request {
        Request::Connect | Request::Authenticate(_) | Request::KeepAlive | Request::List { .. } => {
            Subject::Oneself
        }
        Request::Upload { event, .. } | Request::Video(event) => Subject::Event { event },
        Request::Thumbnail(token) | Request::Enlarge(token) => {
            Subject::Link { event: token.event, until_ms: token.expires_ms }
        }
        Request::Share(device, user, _)
        | Request::Revoke(device, user, _)
        | Request::Transfer(device, user, _) => Subject::Camera { device, user },
        Request::Reclaim(device, _) | Request::Delete(device, _) => match by {
            Principal::User(user) => Subject::Camera { device, user },
            Principal::Device(_) | Principal::Gateway => Subject::Oneself,
        },
    }
}

fn with(me: &Weak<Mutex<Inner>>, work: impl FnOnce(&mut Inner)) {
    // The run may have ended, and the fleet with it.
    if let Some(inner) = me.upgrade() {
        work(&mut inner.lock());
    }
}
