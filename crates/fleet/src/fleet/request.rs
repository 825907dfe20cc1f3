//! Requests to gateways, from sending to the end.

use super::{Burst, Due, Gateway, Inner};
use crate::line::{Line, Who};
use crosswire_cloud::gateway_process::{Answer, outcome_of};
use crosswire_cloud::{Request, Response, SessionId};
use crosswire_history::{Op, Outcome, Point, Principal, RequestId, Subject, What};
use crosswire_net::{Arrival, DelaySource};
use crosswire_plan::rng::{Draw, Roll};
use std::sync::{Mutex, PoisonError, Weak};

/// Longest time after sending a request at which the fault point `request-dropped` breaks its
/// connection.
const BREAKS_MS: u64 = 200;

impl Inner {
    /// Begins a connection to a gateway: a new session and its first request.
    pub(crate) fn connect(&mut self, who: Who, gateway: u64, timeout_ms: u64) {
        self.sessions += 1;
        let session = self.sessions;
        let line = self.line(who);
        line.session = session;
        line.gateway = gateway as u16;
        line.half_open = false;
        self.ask(who, Request::Connect, timeout_ms);
    }

    /// Sends a request and begins to wait for the answer.
    pub(crate) fn ask(&mut self, who: Who, request: Request, timeout_ms: u64) {
        let id = self.journal.next_request();
        let now_ms = self.net.now_ms();
        let op = request.op();
        let by = self.principal(who);
        let subject = subject(by, &request);
        let mut roll = self.roll(who);
        let line = self.line(who);
        (line.waiting, line.op, line.asked_ms) = (id, op, now_ms as u32);
        line.turn += 1;
        let line = *line;
        let (gateway, deadline_ms) = (line.gateway, now_ms + timeout_ms);
        self.record(who, id, What::Issued { by, op, gateway, deadline_ms, subject });
        self.wheel.push(deadline_ms, Due::Timeout(who, id));
        self.lose_patience(who, id, &mut roll);
        let (_, node) = self.crowd(who);
        if let Some(within_ms) = self.net.held_back(node, Point::RequestDropped, BREAKS_MS) {
            let whose = if let Who::Refresh(at) = who { Who::Phone(at) } else { who };
            self.after(within_ms, Due::Loss(whose, line.session));
        }
        if !line.half_open {
            self.send(who, id, by, request, line, &mut roll);
        }
    }

    /// In a burst, decides whether and when the user gives up this request.
    fn lose_patience(&mut self, who: Who, id: RequestId, roll: &mut Roll) {
        if matches!(who, Who::Camera(_)) {
            return;
        }
        let gateway = self.line(who).gateway;
        let here = |burst: &&Burst| burst.gateway.is_none_or(|only| only == gateway);
        let share = self.bursts.iter().filter(here).map(|burst| burst.share).fold(0.0, f64::max);
        if share > 0.0 && roll.chance(share) {
            let after_ms = roll.between(1, 90);
            self.after(after_ms, Due::GiveUp(who, id));
        }
    }

    fn send(
        &mut self,
        who: Who,
        id: RequestId,
        by: Principal,
        request: Request,
        line: Line,
        roll: &mut Roll,
    ) {
        let (crowd, _) = self.crowd(who);
        let Gateway { site, process } = self.gateways[line.gateway as usize].clone();
        let there = DelaySource::Sender(roll.unit(), roll.unit());
        let back = DelaySource::Sender(roll.unit(), roll.unit());
        let bytes = request.wire_bytes();
        let first = line.op == Op::Connect;
        let (me, net) = (self.me.clone(), self.net.clone());
        let arrived = move |arrival| {
            if arrival == Arrival::Delivered && (first || net.life_of(site) == line.life) {
                let answer = move |answer: Answer| {
                    let bytes = answer.as_ref().map_or(80, Response::wire_bytes);
                    net.post((site, crowd), bytes, back, move |_| {
                        with(&me, |inner| inner.answered(who, id, answer));
                    });
                };
                process.arrive(id, (SessionId(line.session), by), request, answer);
            } else {
                // The process that knew this connection is gone: its host answers with a reset.
                net.post((site, crowd), 40, back, move |_| with(&me, |inner| inner.reset(who, id)));
            }
        };
        self.net.post((crowd, site), bytes, there, arrived);
    }

    /// Ends the request that a device waits for. Returns `None` if the device does not wait for
    /// `request`.
    fn settle(&mut self, who: Who, request: RequestId, outcome: Outcome) -> Option<Line> {
        let line = self.line(who);
        if line.waiting != request {
            return None;
        }
        line.waiting = RequestId(0);
        let line = *line;
        self.record(who, request, What::Settled { op: line.op, outcome });
        Some(line)
    }

    fn answered(&mut self, who: Who, request: RequestId, answer: Answer) {
        let (_, node) = self.crowd(who);
        if self.net.fires(node, Point::AnswerLost).is_some() {
            return self.reset(who, request);
        }
        let Some(line) = self.settle(who, request, outcome_of(&answer)) else { return };
        if line.op == Op::Connect && answer.is_ok() {
            let site = self.gateways[line.gateway as usize].site;
            self.line(who).life = self.net.life_of(site);
        }
        match who {
            Who::Camera(at) => self.camera_answered(at, line, request, answer),
            Who::Phone(at) => self.phone_answered(at, line, request, answer),
            Who::Errand(at) => self.errand_answered(at, line, request, answer),
            Who::Refresh(at) => self.phone_refreshed(at, line, request, &answer),
        }
    }

    fn reset(&mut self, who: Who, request: RequestId) {
        if self.settle(who, request, Outcome::Reset).is_some() {
            self.lost(who);
        }
    }

    /// Gives up a request: the gateway drops its work on it.
    pub(super) fn give_up(&mut self, who: Who, request: RequestId, outcome: Outcome) {
        let Some(line) = self.settle(who, request, outcome) else { return };
        if !line.half_open {
            let process = self.gateways[line.gateway as usize].process.clone();
            self.tell_gateway(who, line, move |_| process.cancel(request));
        }
        self.turn_away(who, outcome);
    }

    /// Gives up a request on behalf of the device that waits for it; the gateway has dropped it
    /// already.
    pub(super) fn abandon(&mut self, request: RequestId) {
        let refreshes = (0..self.refreshes.len() as u32).map(Who::Refresh);
        let mut everyone = self.everyone().chain(refreshes);
        let waits = |who: &Who| request.0 != 0 && self.line(*who).waiting == request;
        let Some(who) = everyone.find(waits) else { return };
        self.settle(who, request, Outcome::GaveUp);
        self.turn_away(who, Outcome::GaveUp);
    }

    /// Lets a device react to having given up its request.
    fn turn_away(&mut self, who: Who, outcome: Outcome) {
        match who {
            Who::Phone(phone) if outcome == Outcome::GaveUp => self.changed_mind(phone),
            // The phone still waits for its own request.
            Who::Refresh(_) => {}
            _ => self.lost(who),
        }
    }

    /// Handles a broken connection that a device has just noticed.
    pub(super) fn loss(&mut self, who: Who) {
        let waiting = self.line(who).waiting;
        if waiting.0 != 0 {
            self.settle(who, waiting, Outcome::Reset);
        }
        self.lost(who);
    }

    /// Sends a message that needs no answer to the gateway of a connection.
    fn tell_gateway(&mut self, who: Who, line: Line, run: impl FnOnce(Arrival) + Send + 'static) {
        let mut roll = self.roll(who);
        let delay = DelaySource::Sender(roll.unit(), roll.unit());
        let (crowd, _) = self.crowd(who);
        let site = self.gateways[line.gateway as usize].site;
        self.net.post((crowd, site), 40, delay, run);
    }

    /// Closes a device's connection, giving up the request in flight, and notifies the gateway.
    pub(crate) fn hang_up(&mut self, who: Who) {
        let line = *self.line(who);
        if line.is_busy() {
            self.settle(who, line.waiting, Outcome::GaveUp);
        }
        let beside = self.give_up_refresh(who);
        self.line(who).close();
        if line.is_connected() && !line.half_open {
            let process = self.gateways[line.gateway as usize].process.clone();
            self.tell_gateway(who, line, move |_| {
                process.cancel(line.waiting);
                if let Some(beside) = beside {
                    process.cancel(beside);
                }
                process.disconnected(line.session());
            });
        }
    }

    /// Gives up the second request of a phone, if it waits for one.
    fn give_up_refresh(&mut self, who: Who) -> Option<RequestId> {
        let Who::Phone(at) = who else { return None };
        let request = self.refreshes.get(at as usize).filter(|line| line.is_busy())?.waiting;
        self.settle(Who::Refresh(at), request, Outcome::GaveUp);
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
    if let Some(inner) = me.upgrade() {
        work(&mut inner.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
