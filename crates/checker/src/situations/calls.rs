//! Situations of the caching client's calls: which overlap, and which keys they ask for.

use super::{Counts, Situation};
use crate::recent::Call;
use crosswire_history::journal::RecentView;
use crosswire_history::{CacheOp, CallOutcome, Digest, Entry, KeyId};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

/// The time after a delete of a key within which a read of it counts.
const SOON_MS: u64 = 500;

/// The time after a failed write of a key within which a delete of it counts.
const STILL_MS: u64 = 1_000;

#[derive(Default)]
pub(super) struct Calls {
    gateways: Vec<Gateway>,
    /// Keys that have been requested, by id.
    known: Vec<bool>,
}

#[derive(Default)]
struct Gateway {
    mgets: u32,
    /// The number of reads in flight, by key.
    gets: Vec<u32>,
    /// The acknowledgement times of the deletes that the gateway sent.
    deleted: BTreeMap<KeyId, u64>,
    /// The times at which writes failed.
    failed: BTreeMap<KeyId, u64>,
}

impl Calls {
    /// Counts a call that begins.
    pub(super) fn begins(
        &mut self,
        entry: &Entry,
        (op, key): (CacheOp, KeyId),
        counts: &mut Counts,
    ) {
        *crate::list::slot(&mut self.known, key.0) = true;
        let gateway = crate::list::slot(&mut self.gateways, u32::from(entry.node.index));
        let (under_way, overlap) = match op {
            CacheOp::Mget => (&mut gateway.mgets, Situation::MgetsOverlap),
            CacheOp::Get | CacheOp::GetEx => {
                (crate::list::slot(&mut gateway.gets, key.0), Situation::ReadsOverlap)
            }
            _ => return,
        };
        counts.one_if(*under_way > 0, overlap);
        *under_way += 1;
        if let Some(deleted_ms) = gateway.deleted.remove(&key) {
            let soon = entry.at_ms <= deleted_ms + SOON_MS;
            counts.one_if(soon, Situation::ReadAfterDelete);
        }
    }

    /// Returns how many of the requested keys have the name of an earlier one once the numbers in
    /// both are cut to their lowest 16 bits.
    pub(super) fn collisions(&self, past: RecentView<'_>) -> u64 {
        let known = self.known.iter().zip(0..).filter(|(known, _)| **known);
        let names: Vec<_> = known.map(|(_, key)| past.key_bytes(KeyId(key))).collect();
        // Cutting a number with fewer digits does not change it.
        if !names.iter().any(|name| has_digits(name, 5)) {
            return 0;
        }
        let mut all = BTreeSet::new();
        names.iter().map(|name| u64::from(!all.insert(cut(name)))).sum()
    }

    /// Counts a call that ends.
    pub(super) fn ends(
        &mut self,
        entry: &Entry,
        open: &Call,
        outcome: CallOutcome,
        counts: &mut Counts,
    ) {
        let gateway = crate::list::slot(&mut self.gateways, u32::from(open.node.index));
        let dropped = matches!(outcome, CallOutcome::Cancelled { .. });
        match (open.op, outcome) {
            (CacheOp::Get | CacheOp::GetEx, _) => {
                let reads = crate::list::slot(&mut gateway.gets, open.key.0);
                assert!(*reads > 0, "a read of {} ends that has not begun", open.key);
                *reads -= 1;
            }
            (CacheOp::Mget, _) => {
                assert!(gateway.mgets > 0, "a multi-get ends that has not begun");
                gateway.mgets -= 1;
                counts.one_if(dropped, Situation::MgetDropped);
            }
            (CacheOp::Incr, CallOutcome::Hit) => counts.one(Situation::CounterRead),
            (CacheOp::Expire, CallOutcome::Hit) => counts.one(Situation::LifeShortened),
            (CacheOp::Changes, CallOutcome::Hit) => counts.one(Situation::ChangesNamed),
            (CacheOp::Set, CallOutcome::Miss) => counts.one(Situation::WriteRefused),
            (CacheOp::Set, CallOutcome::Error) => {
                gateway.failed.insert(open.key, entry.at_ms);
            }
            (CacheOp::Del, CallOutcome::Hit) => {
                let reads = gateway.gets.get(open.key.0 as usize);
                counts.one_if(reads.is_some_and(|reads| *reads > 0), Situation::DeleteDuringRead);
                gateway.deleted.insert(open.key, entry.at_ms);
                if let Some(failed_ms) = gateway.failed.remove(&open.key) {
                    let still = entry.at_ms <= failed_ms + STILL_MS;
                    counts.one_if(still, Situation::DeleteAfterFailedWrite);
                }
            }
            _ => {}
        }
    }
}

/// Returns whether a name has `count` digits in a row.
fn has_digits(name: &[u8], count: usize) -> bool {
    let mut row = 0;
    name.iter().any(|byte| {
        row = if byte.is_ascii_digit() { row + 1 } else { 0 };
        row == count
    })
}

/// Returns a digest of a name in which each number is cut to its lowest 16 bits.
fn cut(name: &[u8]) -> u64 {
    let mut digest = Digest::default();
    let mut number = None;
    for &byte in name {
        if byte.is_ascii_digit() {
            let so_far: u16 = number.unwrap_or(0);
            number = Some(so_far.wrapping_mul(10).wrapping_add(u16::from(byte - b'0')));
            continue;
        }
        if let Some(number) = number.take() {
            digest.write_u16(number);
        }
        digest.write_u8(byte);
    }
    digest.write_u16(number.unwrap_or(0));
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bounds;
    use crate::fixture::Tape;
    use crosswire_history::{CacheOp, Fact};

    fn tape() -> Tape {
        Tape::new(Bounds { faults_end_ms: 9_000, ..Bounds::default() })
    }

    fn reached(tape: &mut Tape, name: &str) -> u64 {
        tape.finish(60_000).reached[name]
    }

    #[test]
    fn two_multi_gets_overlap_if_the_first_has_not_ended() {
        let mut tape = tape();
        let mget = |tape: &mut Tape, call| {
            tape.calls(1, call, CacheOp::Mget, "a", 2);
        };
        mget(&mut tape, 1);
        tape.ends(1, 1);
        mget(&mut tape, 2);
        tape.gets(1, 3, "a");
        assert_eq!(reached(&mut tape, "mgets-overlap"), 0);
        mget(&mut tape, 4);
        assert_eq!(reached(&mut tape, "mgets-overlap"), 1);
    }

    #[test]
    fn two_reads_overlap_if_they_are_of_one_key() {
        let mut tape = tape();
        tape.gets(1, 1, "a").gets(2, 2, "b").ends(1, 1).gets(3, 3, "a");
        assert_eq!(reached(&mut tape, "reads-overlap"), 0);
        tape.gets(2, 4, "b");
        assert_eq!(reached(&mut tape, "reads-overlap"), 1);
    }

    #[test]
    fn only_a_multi_get_that_is_dropped_before_its_end_counts() {
        let mut tape = tape();
        tape.gets(1, 1, "a").cancels(1, 1, 7, 1).calls(1, 2, CacheOp::Mget, "a", 2).ends(1, 2);
        assert_eq!(reached(&mut tape, "mget-dropped"), 0);
        tape.calls(1, 3, CacheOp::Mget, "a", 2).cancels(1, 3, 7, 0);
        assert_eq!(reached(&mut tape, "mget-dropped"), 1);
    }

    #[test]
    fn a_key_is_read_after_a_delete_that_was_acknowledged() {
        let mut tape = tape();
        let deletes = |tape: &mut Tape, call, key| {
            tape.calls(1, call, CacheOp::Del, key, 1);
        };
        tape.at(10);
        deletes(&mut tape, 1, "a");
        tape.gets(1, 2, "a").ends(1, 1);
        tape.at(511).gets(1, 3, "a");
        deletes(&mut tape, 4, "b");
        tape.ends_with(1, 4, CallOutcome::Error).gets(1, 5, "b");
        assert_eq!(reached(&mut tape, "read-after-delete"), 0);
        deletes(&mut tape, 6, "c");
        tape.ends(1, 6).at(1_011).gets(1, 7, "c").gets(1, 8, "c");
        assert_eq!(reached(&mut tape, "read-after-delete"), 1);
    }

    #[test]
    fn a_delete_falls_into_a_read_of_its_key_on_its_gateway() {
        let mut tape = tape();
        let deletes = |tape: &mut Tape, call| {
            tape.calls(1, call, CacheOp::Del, "a", 1).ends(1, call);
        };
        tape.gets(1, 1, "b");
        deletes(&mut tape, 2);
        tape.gets(1, 3, "a").ends(1, 3);
        deletes(&mut tape, 4);
        assert_eq!(reached(&mut tape, "delete-during-read"), 0);
        tape.gets(1, 5, "a");
        deletes(&mut tape, 6);
        assert_eq!(reached(&mut tape, "delete-during-read"), 1);
    }

    #[test]
    fn a_delete_comes_soon_after_a_write_that_failed() {
        let mut tape = tape();
        let writes = |tape: &mut Tape, call, outcome| {
            tape.calls(1, call, CacheOp::Set, "a", 1).ends_with(1, call, outcome);
        };
        let deletes = |tape: &mut Tape, call| {
            tape.calls(1, call, CacheOp::Del, "a", 1).ends(1, call);
        };
        writes(&mut tape, 1, CallOutcome::Hit);
        deletes(&mut tape, 2);
        writes(&mut tape, 3, CallOutcome::Error);
        tape.at(1_001);
        deletes(&mut tape, 4);
        assert_eq!(reached(&mut tape, "delete-after-failed-write"), 0);
        writes(&mut tape, 5, CallOutcome::Error);
        tape.at(2_001);
        deletes(&mut tape, 6);
        deletes(&mut tape, 7);
        assert_eq!(reached(&mut tape, "delete-after-failed-write"), 1);
    }

    #[test]
    fn a_write_is_refused_if_its_condition_does_not_hold() {
        let mut tape = tape();
        tape.misses(1, 1, "a").calls(1, 2, CacheOp::Set, "a", 1).ends(1, 2);
        tape.calls(1, 3, CacheOp::Set, "a", 1).ends_with(1, 3, CallOutcome::Error);
        assert_eq!(reached(&mut tape, "write-refused"), 0);
        tape.calls(1, 4, CacheOp::Set, "a", 1).ends_with(1, 4, CallOutcome::Miss);
        assert_eq!(reached(&mut tape, "write-refused"), 1);
    }

    #[test]
    fn numbers_collide_in_sixteen_bits_and_only_under_one_kind_of_name() {
        let mut tape = tape();
        tape.gets(1, 1, "usr:5:cams").gets(1, 2, "usr:5:cams").gets(1, 3, "cam:65541:1:acl");
        tape.gets(1, 4, "usr:65540:cams");
        assert_eq!(reached(&mut tape, "numbers-collide"), 0);
        tape.gets(1, 5, "usr:65541:cams").gets(1, 6, "cam:5:1:acl");
        assert_eq!(reached(&mut tape, "numbers-collide"), 2);
    }

    #[test]
    fn a_rejection_counts_for_a_multi_get_that_is_under_way() {
        let mut tape = tape();
        tape.gets(1, 1, "a").rejects(1, 7, 1, "a");
        tape.calls(1, 2, CacheOp::Mget, "a", 2).ends(1, 2).rejects(1, 7, 2, "a");
        assert_eq!(reached(&mut tape, "mget-rejected"), 0);
        tape.calls(1, 3, CacheOp::Mget, "a", 2).rejects(1, 7, 3, "a");
        assert_eq!(reached(&mut tape, "mget-rejected"), 1);
    }

    #[test]
    fn long_values_split_replies_and_losses_of_several_replies() {
        use crosswire_history::{ConnId, Point};
        let mut tape = tape();
        let lost = |unread| Fact::Disconnected { conn: ConnId(7), unread };
        tape.write(0, lost(1)).write(0, lost(2));
        tape.write(0, Fact::Fired { point: Point::CacheLateReply });
        tape.write(0, Fact::Fired { point: Point::CacheSplitReply });
        tape.write(1, Fact::LongValue { conn: ConnId(7), bytes: 2_000 });
        tape.write(0, Fact::Fired { point: Point::CacheReplyHeld });
        tape.write(0, Fact::CommandSplit { conn: ConnId(7) });
        let reached = tape.finish(60_000).reached;
        let all = ["lost-under-way", "reply-split", "reply-held", "command-split", "long-value"];
        for name in all {
            assert_eq!(reached[name], 1, "{name}");
        }
    }
}
