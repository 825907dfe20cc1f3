//! Situations of many users at one gateway at the same time.

use crate::recent::Recent;
use crosswire_history::Entry;
use std::collections::VecDeque;

/// The number of users at a time that make a crowd.
const CROWD: u32 = 10;

/// The number of requests for the list that make a rush, and the time in which they must arrive.
const RUSH: usize = 10;
const RUSH_MS: u64 = 1_000;

#[derive(Default)]
pub(super) struct Crowd {
    gateways: Vec<Gateway>,
}

#[derive(Default)]
struct Gateway {
    people: u32,
    /// The times at which the latest lists were requested.
    lists: VecDeque<u64>,
}

impl Crowd {
    fn gateway(&mut self, entry: &Entry) -> &mut Gateway {
        crate::list::slot(&mut self.gateways, u32::from(entry.node.index))
    }

    /// Counts a user's request at a gateway; returns whether that makes a crowd.
    pub(super) fn arrived(&mut self, entry: &Entry) -> bool {
        let gateway = self.gateway(entry);
        gateway.people += 1;
        gateway.people == CROWD
    }

    /// Ends a gateway's work on a request; returns the number of other users' requests it is
    /// working on, if this one was a user's.
    pub(super) fn left(&mut self, entry: &Entry, recent: &Recent) -> Option<u32> {
        recent.user(entry.request)?;
        let gateway = self.gateway(entry);
        // A history that is read from a file may begin in the middle of the work.
        gateway.people = gateway.people.saturating_sub(1);
        Some(gateway.people)
    }

    /// Counts a request for the Events tab; returns whether that makes a rush.
    pub(super) fn asked_for_the_list(&mut self, entry: &Entry) -> bool {
        let lists = &mut self.gateway(entry).lists;
        lists.push_back(entry.at_ms);
        if lists.len() < RUSH {
            return false;
        }
        let rush = entry.at_ms <= lists[0] + RUSH_MS;
        if rush {
            lists.clear();
        } else {
            lists.pop_front();
        }
        rush
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::fixture::{HARNESS, Tape};
    use crosswire_history::{Decline, Fact, FaultPhase, Op, Outcome, Principal, UserId};

    fn reached(tape: &mut Tape, name: &str) -> u64 {
        tape.finish(60_000).reached[name]
    }

    fn tape() -> Tape {
        Tape::new(Bounds { faults_end_ms: 9_000, ..Bounds::default() })
    }

    /// Lets a user's request, which has the user's number, reach the gateway.
    fn arrives(tape: &mut Tape, user: u32, op: Op) {
        let by = Principal::User(UserId(user));
        tape.write(user, Fact::Arrived { by, op, deadline_ms: 60_000 });
    }

    fn replies(tape: &mut Tape, user: u32) {
        tape.write(user, Fact::Replied { outcome: Outcome::Ok });
    }

    fn drops(tape: &mut Tape, user: u32) {
        tape.write(user, Fact::Dropped { why: Decline::Cancelled });
    }

    #[test]
    fn ten_people_at_a_time_are_a_crowd_and_nine_are_not() {
        let mut tape = tape();
        (1..=9).for_each(|user| arrives(&mut tape, user, Op::Thumbnail));
        replies(&mut tape, 1);
        arrives(&mut tape, 10, Op::Thumbnail);
        assert_eq!(reached(&mut tape, "crowded-gateway"), 0);
        (11..=15).for_each(|user| arrives(&mut tape, user, Op::Thumbnail));
        assert_eq!(reached(&mut tape, "crowded-gateway"), 1, "once, while it lasts");
    }

    #[test]
    fn a_drop_counts_only_while_another_users_request_is_worked_on() {
        let mut tape = tape();
        arrives(&mut tape, 1, Op::Video);
        drops(&mut tape, 1);
        assert_eq!(reached(&mut tape, "dropped-in-company"), 0);
        arrives(&mut tape, 2, Op::Video);
        arrives(&mut tape, 3, Op::List);
        drops(&mut tape, 2);
        assert_eq!(reached(&mut tape, "dropped-in-company"), 1);
    }

    #[test]
    fn ten_lists_within_a_second_are_a_rush_while_faults_last() {
        let ten = |tape: &mut Tape, from_ms: u64, every_ms: u64| {
            for user in 1..=10 {
                tape.at(from_ms + u64::from(user) * every_ms);
                arrives(tape, user, Op::List);
            }
        };
        let mut tape = tape();
        ten(&mut tape, 0, 1);
        tape.at(1_000).on(HARNESS, Fact::Fault { index: 0, phase: FaultPhase::Began });
        ten(&mut tape, 2_000, 112);
        ten(&mut tape, 9_001, 1);
        assert_eq!(reached(&mut tape, "list-rush"), 0);
        let mut tape = self::tape();
        tape.at(1_000).on(HARNESS, Fact::Fault { index: 0, phase: FaultPhase::Began });
        ten(&mut tape, 2_000, 111);
        assert_eq!(reached(&mut tape, "list-rush"), 1);
    }
}
