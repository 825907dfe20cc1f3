//! Ownership changes: a user changes who may see a camera. The user retries until it is done or
//! until they want the contrary, and may then look at the Events tab.

use crate::fleet::{Due, Inner};
use crate::session::{ChangeId, ClientRef, Session};
use crosswire_cloud::gateway_process::Answer;
use crosswire_cloud::{Credential, Refusal, Request, Response};
use crosswire_history::{DeviceId, Fact, Intent, NodeId, NodeKind, Op, RequestId, Serial, UserId};
use crosswire_plan::rng::Draw;
use crosswire_plan::{Change, ChangeKind};

#[derive(Clone, Debug)]
pub(crate) struct OwnershipChange {
    pub(crate) session: Session,
    pub(crate) change: Change,
    /// The user who makes the change; known once it begins.
    pub(crate) by: UserId,
    begun: bool,
    done: bool,
}

impl OwnershipChange {
    pub(crate) fn new(change: Change) -> Self {
        Self { session: Session::default(), change, by: UserId(0), begun: false, done: false }
    }
}

impl Inner {
    pub(crate) fn start_ownership_changes(&mut self) {
        for at in self.ownership_changes.ids() {
            let at_ms = self.ownership_changes[at].change.at_ms;
            self.after(at_ms, Due::Wake(ClientRef::OwnershipChange(at), 0));
        }
    }

    pub(crate) fn ownership_change_wakes(&mut self, at: ChangeId) {
        let ownership_change = &mut self.ownership_changes[at];
        if ownership_change.done {
            return;
        }
        let change = ownership_change.change;
        if !ownership_change.begun {
            ownership_change.begun = true;
            ownership_change.by = match change.kind {
                ChangeKind::Reset => UserId(change.user),
                _ => self.owners[DeviceId(change.device)],
            };
            if change.kind == ChangeKind::Reset {
                self.factory_reset(Serial(change.device));
            }
            self.give_up_contrary(at);
        }
        let mut roll = self.roll(ClientRef::OwnershipChange(at));
        let gateway = roll.below(self.gateway_count());
        self.connect(ClientRef::OwnershipChange(at), gateway, self.plan.workload.patience_ms);
    }

    pub(crate) fn ownership_change_answered(
        &mut self,
        at: ChangeId,
        session: Session,
        request: RequestId,
        answer: Answer,
    ) {
        let ownership_change = &self.ownership_changes[at];
        let (change, by) = (ownership_change.change, ownership_change.by);
        let (device, user) = (DeviceId(change.device), UserId(change.user));
        match (session.op, answer) {
            (Op::Connect, Ok(_)) => {
                let request = Request::Authenticate(Credential::Account(by));
                self.ask(ClientRef::OwnershipChange(at), request, self.plan.workload.patience_ms);
            }
            (Op::Authenticate, Ok(_)) => {
                // Changes are numbered in the order in which they are first requested.
                let intent = Intent(at.0 + 1);
                let request = match change.kind {
                    ChangeKind::Share => Request::Share(device, user, intent),
                    ChangeKind::Revoke => Request::Revoke(device, user, intent),
                    ChangeKind::Transfer => Request::Transfer(device, user, intent),
                    ChangeKind::Reset => Request::Reclaim(device, intent),
                    ChangeKind::Delete => Request::Delete(device, intent),
                };
                let op = request.op();
                self.ask(ClientRef::OwnershipChange(at), request, self.plan.workload.patience_ms);
                let waiting = self.ownership_changes[at].session.waiting;
                let what = Fact::Asked { op, device, user, intent };
                let node = NodeId::new(NodeKind::Phones, 0);
                self.journal.record_for(self.net.now_ms(), node, waiting, what);
            }
            (Op::List, answer) => {
                if let Ok(Response::Listing { items, .. }) = answer {
                    self.sees_list(by, session, request, &items);
                }
                self.hang_up(ClientRef::OwnershipChange(at));
            }
            (_, Ok(_)) if self.looks_after(at) => {
                self.ownership_change_made(at);
                let patience_ms = self.plan.workload.patience_ms;
                self.ask(ClientRef::OwnershipChange(at), Request::List { cursor: 0 }, patience_ms);
            }
            // Denied: an earlier attempt whose answer was lost has succeeded, or a later change
            // wanted the contrary.
            (_, Ok(_) | Err(Refusal::Denied)) => self.ownership_change_done(at),
            (_, Err(_)) => self.ownership_change_lost(at),
        }
    }

    /// Gives up earlier attempts to share with or revoke from the same user, which this change
    /// supersedes.
    fn give_up_contrary(&mut self, at: ChangeId) {
        let Change { kind, device, user, .. } = self.ownership_changes[at].change;
        if !matches!(kind, ChangeKind::Share | ChangeKind::Revoke) {
            return;
        }
        for earlier in (0..at.0).map(ChangeId) {
            let ownership_change = &self.ownership_changes[earlier];
            let contrary =
                matches!(ownership_change.change.kind, ChangeKind::Share | ChangeKind::Revoke);
            if ownership_change.done
                || !contrary
                || (ownership_change.change.device, ownership_change.change.user) != (device, user)
            {
                continue;
            }
            self.hang_up(ClientRef::OwnershipChange(earlier));
            self.ownership_changes[earlier].done = true;
        }
    }

    /// Reports whether the user looks at the Events tab as soon as the change is made.
    fn looks_after(&mut self, at: ChangeId) -> bool {
        let share = self.plan.workload.look_after_change_share;
        share > 0.0 && self.roll(ClientRef::OwnershipChange(at)).chance(share)
    }

    fn ownership_change_done(&mut self, at: ChangeId) {
        self.hang_up(ClientRef::OwnershipChange(at));
        self.ownership_change_made(at);
    }

    /// Notes that the change is made, as far as the user knows.
    fn ownership_change_made(&mut self, at: ChangeId) {
        let ownership_change = &mut self.ownership_changes[at];
        ownership_change.done = true;
        let change = ownership_change.change;
        match change.kind {
            ChangeKind::Transfer => self.owners[DeviceId(change.device)] = UserId(change.user),
            ChangeKind::Reset => {
                self.owners[DeviceId(change.device)] = UserId(change.user);
                self.claimed(Serial(change.device));
            }
            ChangeKind::Share | ChangeKind::Revoke | ChangeKind::Delete => {}
        }
    }

    pub(crate) fn ownership_change_lost(&mut self, at: ChangeId) {
        self.hang_up(ClientRef::OwnershipChange(at));
        if self.ownership_changes[at].done {
            return;
        }
        let mut roll = self.roll(ClientRef::OwnershipChange(at));
        let pause_ms = roll.between(500, 2_000);
        self.wake_after(ClientRef::OwnershipChange(at), pause_ms);
    }
}
