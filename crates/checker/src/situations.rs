//! Situations: what must occur in a run before a clean verdict means anything.
//!
//! A storm in which no reply was in flight when a request was cancelled shows nothing about
//! cancellation. Each scenario names the situations that it requires.

mod calls;
mod crowd;
mod named;
mod table;

use crate::bounds::Bounds;
use crate::context::Context;
use crate::window::Window;
use calls::Calls;
use crosswire_history::fact::NO_REQUEST;
use crosswire_history::journal::RecentView;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, Change, DeviceId, Entry, EventId, Exposure as How, Fact,
    FaultPhase, KeyId, NodeId, NodeKind, Offer, Op, Outcome, Point, Principal, RequestId, UserId,
};
use crowd::Crowd;
use named::{offered, tried};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use table::{ALL, Situation};

/// Returns every situation that is counted, with its meaning.
pub fn situations() -> &'static [(&'static str, &'static str)] {
    ALL
}

/// Returns the situations that trigger bugs in a caching client, or in a service that uses one.
pub fn triggers() -> impl Iterator<Item = &'static str> {
    use Situation::{
        CacheLost, CacheReconnected, CancelInFlight, ChangeDuringFault, ColdMiss, CommandRejected,
        FillAcrossInvalidation, TwoUsersOneConnection,
    };
    let all = [
        CancelInFlight,
        TwoUsersOneConnection,
        ColdMiss,
        CacheReconnected,
        CacheLost,
        CommandRejected,
        ChangeDuringFault,
        FillAcrossInvalidation,
    ];
    all.into_iter().map(|situation| ALL[situation as usize].0)
}

const STORM_MS: u64 = 5_000;
const BACKLOG_MS: u64 = 2_000;
const LATE_MS: u64 = 5_000;
const SOON_MS: u64 = 5_000;

/// The number of events of a device that are watched until they are acknowledged. Beyond it the
/// oldest are not counted as drained.
const MAX_WATCHED: usize = 256;

/// The user for whom a command was sent or, where the wire does not show that, the key it is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Borrower {
    Person(UserId),
    Key(KeyId),
}

/// Returns for whom a command was sent; `None` for a job and for a camera.
fn borrower(entry: &Entry, call: CallId, key: KeyId, context: &Context<'_>) -> Option<Borrower> {
    match context.recent.user(entry.request) {
        Some(user) => Some(Borrower::Person(user)),
        None if call == CallId(0) && entry.request == NO_REQUEST => Some(Borrower::Key(key)),
        None => None,
    }
}

/// Returns whether a command was sent for a multi-get: it is one, its call is one or, where the
/// wire does not show the call, a multi-get is open that was made for its request.
fn is_for_a_multi_get(entry: &Entry, call: CallId, op: CacheOp, context: &Context<'_>) -> bool {
    match context.recent.call(call) {
        _ if op == CacheOp::Mget => true,
        Some(open) => open.op == CacheOp::Mget,
        None if entry.request == NO_REQUEST => false,
        None => context.recent.calls_of(entry.request).any(|open| open.op == CacheOp::Mget),
    }
}

/// The number of times each situation occurred.
struct Counts([u64; ALL.len()]);

impl Counts {
    #[inline]
    fn one(&mut self, situation: Situation) {
        self.0[situation as usize] += 1;
    }

    #[inline]
    fn one_if(&mut self, reached: bool, situation: Situation) {
        self.0[situation as usize] += u64::from(reached);
    }
}

/// Counts situations as the run goes on.
pub(crate) struct Situations {
    counts: Counts,
    /// A fault has begun.
    stormy: bool,
    /// The plan has dishonest devices.
    dishonest: bool,
    /// The times at which cameras connected, the latest `storm` of them.
    connects: VecDeque<u64>,
    /// The number of connects that make a storm.
    storm: usize,
    /// The borrower for whom the last command on each connection was sent.
    last_borrower: Window<Borrower>,
    captured: Vec<VecDeque<(EventId, u64)>>,
    invalidated: Vec<Option<(RequestId, u64)>>,
    crowd: Crowd,
    calls: Calls,
    /// The time at which each guest received the grant.
    granted: BTreeMap<(DeviceId, UserId), u64>,
    /// The device of the last grant that was revoked, and the time.
    ended: Option<(DeviceId, u64)>,
    /// The gateways whose clients have not yet been asked which keys have changed.
    first_answers: BTreeSet<NodeId>,
}

impl Situations {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            counts: Counts([0; ALL.len()]),
            stormy: false,
            dishonest: bounds.dishonest > 0.0,
            connects: VecDeque::new(),
            storm: bounds.cameras.div_ceil(10).max(1) as usize,
            last_borrower: Window::default(),
            captured: Vec::new(),
            invalidated: Vec::new(),
            crowd: Crowd::default(),
            calls: Calls::default(),
            granted: BTreeMap::new(),
            ended: None,
            first_answers: BTreeSet::new(),
        }
    }

    /// Returns how often each situation occurred, by name.
    pub(crate) fn reached(&self, past: RecentView<'_>) -> BTreeMap<String, u64> {
        let mut counts = self.counts.0;
        counts[Situation::NumbersCollide as usize] = self.calls.collisions(past);
        counts[Situation::DishonestDevices as usize] = u64::from(self.dishonest);
        let names = ALL.iter().map(|(name, _)| (*name).to_owned());
        names.zip(counts).collect()
    }

    #[inline]
    fn count(&mut self, situation: Situation) {
        self.counts.one(situation);
    }

    #[inline]
    fn count_if(&mut self, reached: bool, situation: Situation) {
        self.counts.one_if(reached, situation);
    }

    /// Counts what an entry shows. Every entry passes here and few count anything, so the counting
    /// is in separate functions and this one is small enough to be inlined.
    #[inline]
    pub(crate) fn observe(&mut self, entry: &Entry, context: &Context<'_>) {
        match entry.what {
            Fact::Executed { .. } => self.executed(entry, context),
            Fact::Delivered { origin, how, .. } => {
                self.delivered(entry.at_ms, origin.map(|origin| origin.captured_ms), how);
            }
            Fact::Value { call, asked, returned } if returned.written_for == Some(asked) => {
                self.hit(call, context);
            }
            Fact::Settled { op, outcome, .. } => self.settled(entry, op, outcome),
            Fact::CallBegan { op, key, .. } => self.call_began(entry, (op, key)),
            Fact::CallEnded { call, outcome } => self.call_ended(entry, call, outcome, context),
            Fact::Captured { event, .. } => self.captured(entry.at_ms, event),
            Fact::Acked { event } => self.acked(entry.at_ms, event, context),
            Fact::Arrived { by: Principal::User(_), op, .. } => self.arrived(entry, op, context),
            Fact::Replied { .. } => drop(self.crowd.left(entry, context.recent)),
            _ => self.observe_rare(entry, context),
        }
    }

    /// Counts a call that returned a value written for its key.
    #[inline(never)]
    fn hit(&mut self, call: CallId, context: &Context<'_>) {
        self.count(Situation::CacheHit);
        match context.recent.call(call).map(|open| open.op) {
            Some(CacheOp::Get) => self.count(Situation::GetHit),
            Some(CacheOp::GetEx) => {
                self.count(Situation::GetHit);
                self.count(Situation::Touched);
            }
            Some(CacheOp::Mget) => self.count(Situation::MgetHit),
            _ => {}
        }
    }

    #[inline(never)]
    fn executed(&mut self, entry: &Entry, context: &Context<'_>) {
        let Fact::Executed { conn, call, op, key, hit, .. } = entry.what else {
            unreachable!("called only for commands that were carried out");
        };
        if let Some(borrower) = borrower(entry, call, key, context) {
            self.borrowed(conn.0, borrower);
        }
        let read = op.reads();
        self.count_if(read && !hit && self.during_faults(entry, context), Situation::ColdMiss);
        if op == CacheOp::Set {
            self.count(Situation::CacheWrite);
            // A client may store a key under another name on the wire.
            let key = context.recent.call(call).map_or(key, |open| open.key);
            self.filled(entry, key, context);
        }
    }

    #[inline(never)]
    fn call_began(&mut self, entry: &Entry, (op, key): (CacheOp, KeyId)) {
        self.calls.begins(entry, (op, key), &mut self.counts);
    }

    #[inline(never)]
    fn call_ended(
        &mut self,
        entry: &Entry,
        call: CallId,
        outcome: CallOutcome,
        context: &Context<'_>,
    ) {
        // A history that is read from a file may begin in the middle of a call.
        if let Some(open) = context.recent.call(call) {
            self.calls.ends(entry, open, outcome, &mut self.counts);
        }
        if let CallOutcome::Cancelled { unread, .. } = outcome {
            self.count_if(unread > 0, Situation::CancelInFlight);
        }
    }

    #[inline(never)]
    fn observe_rare(&mut self, entry: &Entry, context: &Context<'_>) {
        match entry.what {
            Fact::Reused { .. } => self.count(Situation::ReusedUnread),
            Fact::Rejected { call, op, .. } => {
                self.count(Situation::CommandRejected);
                let of_a_multi_get = is_for_a_multi_get(entry, call, op, context);
                self.count_if(of_a_multi_get, Situation::MgetRejected);
            }
            Fact::LongValue { .. } => self.count(Situation::LongValue),
            Fact::Fired { point: Point::CacheSplitReply } => self.count(Situation::ReplySplit),
            Fact::Fired { point: Point::CacheReplyHeld } => self.count(Situation::ReplyHeld),
            Fact::CommandSplit { .. } => self.count(Situation::CommandSplit),
            Fact::Offered { offer } => {
                self.count(offered(offer));
                if offer == Offer::Invalidations {
                    self.first_answers.insert(entry.node);
                }
            }
            Fact::Dishonest { trick, authenticated, .. } => {
                self.count(tried(trick));
                self.count_if(!authenticated, Situation::AskedUnauthenticated);
            }
            Fact::KnownAbsent { .. } => self.count(Situation::KnownAbsentHit),
            Fact::AnyChanged { .. } => {
                let is_first = self.first_answers.remove(&entry.node);
                self.count_if(!is_first, Situation::ChangesMissed);
            }
            Fact::BatchEnded { call, parts, failed } => {
                self.batch_ended(call, (parts, failed), context);
            }
            Fact::Connected { .. } => {
                self.count_if(self.during_faults(entry, context), Situation::CacheReconnected);
            }
            Fact::Cloned { .. } => self.count(Situation::IdentityShownTwice),
            Fact::Disconnected { conn, unread } => {
                self.last_borrower.remove(conn.0);
                self.count_if(unread > 1, Situation::LostUnderWay);
            }
            Fact::Invalidated { key, .. } => {
                *crate::list::slot(&mut self.invalidated, key.0) =
                    Some((entry.request, entry.at_ms));
            }
            Fact::Committed { change, .. } => {
                let moved = !matches!(change, Change::Stored { .. });
                self.count_if(
                    moved && self.during_faults(entry, context),
                    Situation::ChangeDuringFault,
                );
                self.changed(entry, change, context);
            }
            Fact::Fault { phase: FaultPhase::Began, .. } => {
                self.stormy = true;
                self.count(Situation::FaultsDelivered);
            }
            Fact::Dropped { .. } => {
                let others = self.crowd.left(entry, context.recent);
                self.count_if(others.is_some_and(|others| others > 0), Situation::DroppedInCompany);
            }
            Fact::Down => match entry.node.kind {
                NodeKind::Gateway => self.count(Situation::GatewayLost),
                NodeKind::Cache => self.count(Situation::CacheLost),
                _ => {}
            },
            _ => {}
        }
    }

    fn batch_ended(&mut self, call: CallId, (parts, failed): (u16, u16), context: &Context<'_>) {
        let well = parts > 1 && failed < parts;
        let op = context.recent.call(call).map(|open| open.op);
        self.count_if(well && op == Some(CacheOp::Mset), Situation::BatchWritten);
        self.count_if(well && op == Some(CacheOp::Mdel), Situation::BatchDeleted);
        self.count_if(well && failed > 0, Situation::BatchFailedInPart);
    }

    fn during_faults(&self, entry: &Entry, context: &Context<'_>) -> bool {
        self.stormy && entry.at_ms <= context.bounds.faults_end_ms
    }

    fn changed(&mut self, entry: &Entry, change: Change, context: &Context<'_>) {
        match change {
            Change::Granted { device, user, .. } => {
                self.granted.insert((device, user), entry.at_ms);
            }
            Change::Revoked { device, user, .. } => {
                self.ended = Some((device, entry.at_ms));
                let granted_ms = self.granted.remove(&(device, user));
                let soon = granted_ms.is_some_and(|ms| entry.at_ms <= ms + SOON_MS);
                self.count_if(soon && self.during_faults(entry, context), Situation::SoonRevoked);
            }
            // A transfer revokes the grants in the commit that moves the camera.
            Change::Claimed { device, .. } => {
                let shared = self.ended == Some((device, entry.at_ms));
                self.count_if(shared, Situation::GuestAtTransfer);
            }
            _ => {}
        }
    }

    fn borrowed(&mut self, conn: u32, borrower: Borrower) {
        let before = self.last_borrower.get(conn).copied();
        if before != Some(borrower) {
            self.count_if(before.is_some(), Situation::TwoUsersOneConnection);
            self.last_borrower.insert(conn, borrower);
        }
    }

    #[inline(never)]
    fn arrived(&mut self, entry: &Entry, op: Op, context: &Context<'_>) {
        let full = self.crowd.arrived(entry);
        self.count_if(full, Situation::CrowdedGateway);
        if op == Op::List && self.during_faults(entry, context) {
            let rush = self.crowd.asked_for_the_list(entry);
            self.count_if(rush, Situation::ListRush);
        }
    }

    fn filled(&mut self, entry: &Entry, key: KeyId, context: &Context<'_>) {
        if let Some(&Some((by, at_ms))) = self.invalidated.get(key.0 as usize)
            && let Some(request) = context.recent.get(entry.request)
        {
            let across = by != entry.request && request.began_ms <= at_ms;
            self.count_if(across, Situation::FillAcrossInvalidation);
        }
    }

    #[inline]
    fn delivered(&mut self, at_ms: u64, captured_ms: Option<u32>, how: How) {
        self.count(match how {
            How::Listed => Situation::ListDelivered,
            How::Pushed => Situation::PushDelivered,
            How::Thumbnail => Situation::ThumbnailDelivered,
            How::Tapped => Situation::TapDelivered,
            How::Video => Situation::VideoDelivered,
        });
        let late = captured_ms.is_some_and(|captured| at_ms >= u64::from(captured) + LATE_MS);
        self.count_if(how == How::Pushed && late, Situation::LateDelivery);
    }

    #[inline(never)]
    fn settled(&mut self, entry: &Entry, op: Op, outcome: Outcome) {
        self.count_if(outcome == Outcome::Denied, Situation::Denied);
        if matches!(outcome, Outcome::TimedOut | Outcome::GaveUp | Outcome::Reset) {
            use Op::{Delete, Reclaim, Revoke, Share, Transfer};
            let change = matches!(op, Share | Revoke | Transfer | Reclaim | Delete);
            self.count_if(change, Situation::ChangeUnanswered);
            self.count_if(op == Op::Upload, Situation::UploadUnanswered);
        }
        let connected = op == Op::Connect && outcome == Outcome::Ok;
        if !(connected && self.stormy && entry.node.kind == NodeKind::Cameras) {
            return;
        }
        self.connects.push_back(entry.at_ms);
        if self.connects.len() > self.storm {
            self.connects.pop_front();
        }
        if self.connects.len() == self.storm && entry.at_ms <= self.connects[0] + STORM_MS {
            self.count(Situation::ReconnectStorm);
            self.connects.clear();
        }
    }

    #[inline(never)]
    fn captured(&mut self, at_ms: u64, event: EventId) {
        let waiting = crate::list::slot(&mut self.captured, event.device.0);
        if waiting.len() == MAX_WATCHED {
            waiting.pop_front();
        }
        waiting.push_back((event, at_ms));
    }

    #[inline(never)]
    fn acked(&mut self, at_ms: u64, event: EventId, context: &Context<'_>) {
        // Of many events that wait, the oldest are not watched; a second answer finds none.
        let Some(waiting) = self.captured.get_mut(event.device.0 as usize) else { return };
        let Some(at) = waiting.iter().position(|&(waits, _)| waits == event) else { return };
        let (_, captured_ms) = waiting.remove(at).expect("the event was found in this place");
        let drained =
            at_ms >= captured_ms + BACKLOG_MS && captured_ms < context.bounds.faults_end_ms;
        self.count_if(drained, Situation::BacklogDrained);
    }
}

#[cfg(test)]
mod tests;
