//! What a run must have reached before "clean" means anything.
//!
//! A storm in which no reply was ever in flight when a request was cancelled has shown nothing
//! about cancellation. Each scenario names the situations that it must reach.

mod crowd;

use crate::invariants::World;
use crate::terms::Terms;
use crate::window::Window;
use crosswire_history::{
    CacheOp, CallOutcome, Change, Entry, EventId, Exposure as How, FaultPhase, KeyId, NodeKind, Op,
    Outcome, Principal, RequestId, UserId, What,
};
use crowd::Crowd;
use std::collections::{BTreeMap, VecDeque};

macro_rules! situations {
    ($($kind:ident $name:literal $summary:literal,)+) => {
        #[derive(Clone, Copy)]
        enum Situation {
            $($kind),+
        }

        const ALL: &[(&str, &str)] = &[$(($name, $summary)),+];
    };
}

situations! {
    FaultsDelivered "faults-delivered" "a planned fault began",
    CancelInFlight "cancel-in-flight" "a call was dropped after its command was sent and before its reply was read",
    ReusedUnread "reused-unread" "a connection was used again with a reply still to come",
    ColdMiss "cold-miss" "from the first fault to the end of the last, a key was read that the cache did not have",
    ReconnectStorm "reconnect-storm" "a tenth of the cameras reconnected within 5 s, after the first fault",
    TwoUsersOneConnection "two-users-one-connection" "commands for two different people were carried out one after the other on one connection",
    ChangeDuringFault "change-during-fault" "a claim, grant, revocation or deletion was committed from the first fault to the end of the last",
    BacklogDrained "backlog-drained" "an event that was captured before the last fault ended was acknowledged 2 s or more later",
    FillAcrossInvalidation "fill-across-invalidation" "a key was filled by a request that began before another one invalidated it",
    GatewayLost "gateway-lost" "a gateway went down",
    CacheLost "cache-lost" "a cache node went down",
    LateDelivery "late-delivery" "an event was pushed 5 s or more after it was captured",
    PushDelivered "push-delivered" "an event was pushed to a phone",
    ListDelivered "list-delivered" "an event was listed",
    ThumbnailDelivered "thumbnail-delivered" "a thumbnail was shown",
    TapDelivered "tap-delivered" "a thumbnail was tapped and enlarged",
    VideoDelivered "video-delivered" "a video was played",
    Denied "denied" "a request was answered that it is not allowed",
    CrowdedGateway "crowded-gateway" "a gateway was working on ten people's requests at a time",
    DroppedInCompany "dropped-in-company" "a person's request was dropped where a gateway was working on another person's",
    ListRush "list-rush" "from the first fault to the end of the last, ten people asked one gateway for the Events tab within 1 s",
}

/// Every situation that is counted, with what it means.
pub fn situations() -> &'static [(&'static str, &'static str)] {
    ALL
}

const STORM_MS: u64 = 5_000;
const BACKLOG_MS: u64 = 2_000;
const LATE_MS: u64 = 5_000;

/// How many events of a device are watched on their way to being acknowledged. Beyond that the
/// oldest are not counted as drained.
const WATCHED: usize = 256;

/// Counts as the run goes on.
pub(crate) struct Situations {
    counts: [u64; ALL.len()],
    /// A fault has begun.
    stormy: bool,
    /// When cameras connected, the latest so many.
    connects: VecDeque<u64>,
    /// How many connects make a storm.
    storm: usize,
    /// For whom the last command on a connection was.
    last_user: Window<UserId>,
    captured: Vec<VecDeque<(EventId, u64)>>,
    invalidated: Vec<Option<(RequestId, u64)>>,
    crowd: Crowd,
}

impl Situations {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            counts: [0; ALL.len()],
            stormy: false,
            connects: VecDeque::new(),
            storm: terms.cameras.div_ceil(10).max(1) as usize,
            last_user: Window::default(),
            captured: Vec::new(),
            invalidated: Vec::new(),
            crowd: Crowd::default(),
        }
    }

    /// How often each was reached, by name.
    pub(crate) fn reached(&self) -> BTreeMap<String, u64> {
        let names = ALL.iter().map(|(name, _)| (*name).to_owned());
        names.zip(self.counts).collect()
    }

    #[inline]
    fn count(&mut self, situation: Situation) {
        self.counts[situation as usize] += 1;
    }

    fn count_if(&mut self, reached: bool, situation: Situation) {
        self.counts[situation as usize] += u64::from(reached);
    }

    #[inline]
    pub(crate) fn observe(&mut self, entry: &Entry, world: &World<'_>) {
        match entry.what {
            What::Executed { conn, op, key, hit, .. } => {
                if let Some(user) = world.recent.user(entry.request) {
                    self.borrowed(conn.0, user);
                }
                let read = matches!(op, CacheOp::Get | CacheOp::Mget);
                self.count_if(
                    read && !hit && self.during_faults(entry, world),
                    Situation::ColdMiss,
                );
                if op == CacheOp::Set {
                    self.filled(entry, key, world);
                }
            }
            What::Delivered { origin, how, .. } => {
                self.delivered(entry.at_ms, origin.map(|origin| origin.captured_ms), how);
            }
            What::Settled { op, outcome, .. } => self.settled(entry, op, outcome),
            What::CallEnded { outcome: CallOutcome::Cancelled { unread, .. }, .. } => {
                self.count_if(unread > 0, Situation::CancelInFlight);
            }
            What::Captured { event, .. } => self.captured(entry.at_ms, event),
            What::Acked { event } => self.acked(entry.at_ms, event, world),
            What::Arrived { by: Principal::User(_), op, .. } => self.arrived(entry, op, world),
            What::Replied { .. } => drop(self.crowd.left(entry, world.recent)),
            _ => self.observe_rare(entry, world),
        }
    }

    fn observe_rare(&mut self, entry: &Entry, world: &World<'_>) {
        match entry.what {
            What::Reused { .. } => self.count(Situation::ReusedUnread),
            What::Disconnected { conn, .. } => drop(self.last_user.remove(conn.0)),
            What::Invalidated { key, .. } => {
                *crate::slot(&mut self.invalidated, key.0) = Some((entry.request, entry.at_ms));
            }
            What::Committed { change } => {
                let moved = !matches!(change, Change::Stored { .. });
                self.count_if(
                    moved && self.during_faults(entry, world),
                    Situation::ChangeDuringFault,
                );
            }
            What::Fault { phase: FaultPhase::Began, .. } => {
                self.stormy = true;
                self.count(Situation::FaultsDelivered);
            }
            What::Dropped { .. } => {
                let others = self.crowd.left(entry, world.recent);
                self.count_if(others.is_some_and(|others| others > 0), Situation::DroppedInCompany);
            }
            What::Down => match entry.node.kind {
                NodeKind::Gateway => self.count(Situation::GatewayLost),
                NodeKind::Cache => self.count(Situation::CacheLost),
                _ => {}
            },
            _ => {}
        }
    }

    fn during_faults(&self, entry: &Entry, world: &World<'_>) -> bool {
        self.stormy && entry.at_ms <= world.terms.faults_end_ms
    }

    fn borrowed(&mut self, conn: u32, user: UserId) {
        let before = self.last_user.get(conn).copied();
        if before != Some(user) {
            self.count_if(before.is_some(), Situation::TwoUsersOneConnection);
            self.last_user.insert(conn, user);
        }
    }

    fn arrived(&mut self, entry: &Entry, op: Op, world: &World<'_>) {
        let full = self.crowd.arrived(entry);
        self.count_if(full, Situation::CrowdedGateway);
        if op == Op::List && self.during_faults(entry, world) {
            let rush = self.crowd.asked_for_the_list(entry);
            self.count_if(rush, Situation::ListRush);
        }
    }

    fn filled(&mut self, entry: &Entry, key: KeyId, world: &World<'_>) {
        let Some(&Some((by, at_ms))) = self.invalidated.get(key.0 as usize) else { return };
        let Some(request) = world.recent.get(entry.request) else { return };
        let across = by != entry.request && request.began_ms <= at_ms;
        self.count_if(across, Situation::FillAcrossInvalidation);
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

    fn settled(&mut self, entry: &Entry, op: Op, outcome: Outcome) {
        self.count_if(outcome == Outcome::Denied, Situation::Denied);
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

    fn captured(&mut self, at_ms: u64, event: EventId) {
        let waiting = crate::slot(&mut self.captured, event.device.0);
        if waiting.len() == WATCHED {
            waiting.pop_front();
        }
        waiting.push_back((event, at_ms));
    }

    fn acked(&mut self, at_ms: u64, event: EventId, world: &World<'_>) {
        let Some(waiting) = self.captured.get_mut(event.device.0 as usize) else { return };
        let Some(at) = waiting.iter().position(|&(waits, _)| waits == event) else { return };
        let Some((_, captured_ms)) = waiting.remove(at) else { return };
        let drained = at_ms >= captured_ms + BACKLOG_MS && captured_ms < world.terms.faults_end_ms;
        self.count_if(drained, Situation::BacklogDrained);
    }
}

#[cfg(test)]
mod tests {
    use crate::Terms;
    use crate::fixture::{CACHE, GATEWAY, HARNESS, Tape, event};
    use crosswire_history::{CacheOp, Exposure, FaultPhase, Op, Outcome, What};

    fn tape() -> Tape {
        Tape::new(Terms {
            cameras: 20,
            first_fault_ms: 1000,
            faults_end_ms: 9000,
            ..Terms::default()
        })
    }

    fn storms(tape: &mut Tape) -> &mut Tape {
        tape.at(1000).on(HARNESS, What::Fault { index: 0, phase: FaultPhase::Began })
    }

    fn reached(tape: &mut Tape, name: &str) -> u64 {
        tape.finish(60_000).reached[name]
    }

    #[test]
    fn two_people_on_one_connection() {
        let mut tape = tape();
        tape.at(10).issues(1, 3, Op::List, 5000).issues(2, 4, Op::List, 5000);
        tape.executes(1, 7, 1, "a")
            .executes(1, 7, 1, "b")
            .executes(2, 7, 2, "c")
            .executes(1, 8, 1, "a");
        assert_eq!(reached(&mut tape, "two-users-one-connection"), 1);
    }

    #[test]
    fn a_fill_that_crosses_an_invalidation() {
        let mut tape = tape();
        tape.at(10).issues(1, 3, Op::List, 5000);
        tape.at(20).issues(2, 4, Op::Revoke, 5000).invalidates(2, "k").sets(2, 7, "k");
        tape.at(30).sets(1, 7, "k").sets(1, 7, "other");
        tape.issues(3, 5, Op::List, 5000).sets(3, 7, "k");
        assert_eq!(reached(&mut tape, "fill-across-invalidation"), 1);
    }

    #[test]
    fn a_storm_is_a_tenth_of_the_cameras_within_five_seconds() {
        let mut tape = tape();
        tape.at(100).connects(1).connects(2);
        storms(&mut tape);
        tape.at(2000).connects(3);
        tape.at(7001).connects(4);
        tape.at(12_001).connects(5);
        assert_eq!(reached(&mut tape, "reconnect-storm"), 1);
    }

    #[test]
    fn a_backlog_drains_if_it_dates_from_before_the_end_of_the_faults() {
        let mut tape = tape();
        storms(&mut tape);
        tape.at(2000).captures(event(1, 1)).captures(event(1, 2));
        tape.at(9100).captures(event(1, 3));
        tape.at(3999).stores(event(1, 1)).acks(event(1, 1));
        tape.at(9200).stores(event(1, 2)).acks(event(1, 2)).acks(event(1, 2));
        tape.at(20_000).stores(event(1, 3)).acks(event(1, 3));
        assert_eq!(reached(&mut tape, "backlog-drained"), 1);
    }

    #[test]
    fn some_count_only_while_faults_last() {
        let mut tape = tape();
        tape.at(10).claims(1, 1).executes_op(1, 7, 1, "a", CacheOp::Get, false);
        storms(&mut tape);
        tape.at(2000).claims(2, 1).executes_op(1, 7, 1, "a", CacheOp::Get, false);
        tape.at(9001).claims(3, 1).executes_op(1, 7, 1, "a", CacheOp::Mget, false);
        assert_eq!(reached(&mut tape, "change-during-fault"), 1);
        assert_eq!(reached(&mut tape, "cold-miss"), 1);
    }

    #[test]
    fn losses_deliveries_and_denials_are_counted_by_kind() {
        let mut tape = tape();
        tape.at(10).on(GATEWAY, What::Down).on(CACHE, What::Down).on(HARNESS, What::Down);
        tape.at(6000).delivers(1, event(1, 1), Exposure::Video).settles(
            1,
            Op::Video,
            Outcome::Denied,
        );
        let reached = tape.finish(60_000).reached;
        for name in ["gateway-lost", "cache-lost", "video-delivered", "denied"] {
            assert_eq!(reached[name], 1, "{name}");
        }
        assert_eq!(reached["late-delivery"], 0);
        assert_eq!(reached.len(), super::situations().len());
    }

    #[test]
    fn a_cancellation_counts_only_with_a_reply_in_flight() {
        let mut tape = tape();
        tape.at(10).gets(1, 5, "a").cancels(1, 5, 7, 0).gets(2, 6, "a").cancels(2, 6, 7, 1);
        tape.at(11).reuses(3, 8, 7, 6);
        let reached = tape.finish(60_000).reached;
        assert_eq!((reached["cancel-in-flight"], reached["reused-unread"]), (1, 1));
    }

    #[test]
    fn a_push_is_late_five_seconds_after_its_capture() {
        let mut tape = tape();
        // The fixture's bytes were captured at 900.
        tape.at(5899).delivers(1, event(1, 1), Exposure::Pushed);
        tape.at(5900).delivers(1, event(1, 1), Exposure::Pushed);
        tape.delivers(1, event(1, 1), Exposure::Listed);
        let reached = tape.finish(60_000).reached;
        assert_eq!((reached["push-delivered"], reached["late-delivery"]), (2, 1));
    }
}
