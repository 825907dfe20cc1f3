//! An errand: somebody changes who may see a camera. They try until it is done.

use crate::fleet::{Due, Inner};
use crate::line::{Line, Who};
use crosswire_cloud::door::Answer;
use crosswire_cloud::{Refusal, Request};
use crosswire_history::{DeviceId, Op, Principal, UserId};
use crosswire_plan::stream::Draw;
use crosswire_plan::{Change, ChangeKind};

#[derive(Clone, Debug)]
pub(crate) struct Errand {
    pub(crate) line: Line,
    change: Change,
    /// The user whose errand it is; known once it begins.
    pub(crate) by: u32,
    begun: bool,
    done: bool,
}

impl Errand {
    pub(crate) fn new(change: Change) -> Self {
        Self { line: Line::default(), change, by: 0, begun: false, done: false }
    }
}

impl Inner {
    pub(crate) fn start_errands(&mut self) {
        for at in 0..self.errands.len() as u32 {
            let at_ms = self.errands[at as usize].change.at_ms;
            self.after(at_ms, Due::Wake(Who::Errand(at), 0));
        }
    }

    pub(crate) fn errand_wakes(&mut self, at: u32) {
        let errand = &mut self.errands[at as usize];
        if errand.done {
            return;
        }
        let change = errand.change;
        if !errand.begun {
            errand.begun = true;
            errand.by = match change.kind {
                ChangeKind::Reset => change.user,
                _ => self.owners[change.device as usize],
            };
            if change.kind == ChangeKind::Reset {
                self.factory_reset(change.device);
            }
        }
        let mut roll = self.roll(Who::Errand(at));
        let gateway = roll.below(self.gateway_count());
        self.connect(Who::Errand(at), gateway, self.plan.workload.patience_ms);
    }

    pub(crate) fn errand_answered(&mut self, at: u32, line: Line, answer: Answer) {
        let errand = &self.errands[at as usize];
        let (change, by) = (errand.change, UserId(errand.by));
        let (device, user) = (DeviceId(change.device), UserId(change.user));
        match (line.op, answer) {
            (Op::Connect, Ok(_)) => {
                let request = Request::Authenticate(Principal::User(by));
                self.ask(Who::Errand(at), request, self.plan.workload.patience_ms);
            }
            (Op::Authenticate, Ok(_)) => {
                let request = match change.kind {
                    ChangeKind::Share => Request::Share(device, user),
                    ChangeKind::Revoke => Request::Revoke(device, user),
                    ChangeKind::Transfer => Request::Transfer(device, user),
                    ChangeKind::Reset => Request::Reclaim(device),
                    ChangeKind::Delete => Request::Delete(device),
                };
                self.ask(Who::Errand(at), request, self.plan.workload.patience_ms);
            }
            // Denied: an earlier attempt, whose answer was lost, has done it.
            (_, Ok(_) | Err(Refusal::Denied)) => self.errand_done(at),
            (_, Err(_)) => self.errand_lost(at),
        }
    }

    fn errand_done(&mut self, at: u32) {
        self.hang_up(Who::Errand(at));
        let errand = &mut self.errands[at as usize];
        errand.done = true;
        let change = errand.change;
        match change.kind {
            ChangeKind::Transfer => self.owners[change.device as usize] = change.user,
            ChangeKind::Reset => {
                self.owners[change.device as usize] = change.user;
                self.claimed(change.device);
            }
            ChangeKind::Share | ChangeKind::Revoke | ChangeKind::Delete => {}
        }
    }

    pub(crate) fn errand_lost(&mut self, at: u32) {
        self.hang_up(Who::Errand(at));
        let mut roll = self.roll(Who::Errand(at));
        let pause_ms = roll.between(500, 2_000);
        self.wake_after(Who::Errand(at), pause_ms);
    }
}
