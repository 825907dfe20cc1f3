//! The pairs of clients that hold the judge to the contract of
//! [`CacheClient`](crosswire_cache::CacheClient), sentence by sentence: one that uses what the
//! sentence allows to the full, and one that oversteps it by a hair.

use crate::{Specimen, correct, faulty};

/// A clause of the contract and its pair.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The clause, as the docs of the trait number it.
    pub clause: &'static str,
    /// The correct client.
    pub right: &'static str,
    /// The faulty one.
    pub wrong: &'static str,
    /// What the two differ in.
    pub differ: &'static str,
    /// Invariants of which the faulty one violates at least one.
    pub violates: &'static [&'static str],
    /// The scenario that presses the clause: one that is shipped, or a file of the tests.
    pub scenario: &'static str,
    /// Seeds, from 0, within which the faulty one is found.
    pub runs: u64,
}

impl Pair {
    /// The correct client.
    ///
    /// # Panics
    /// If the zoo has no such client.
    pub fn right(&self) -> &'static Specimen {
        find(correct(), self.right)
    }

    /// The faulty client.
    ///
    /// # Panics
    /// If the zoo has no such client.
    pub fn wrong(&self) -> &'static Specimen {
        find(faulty(), self.wrong)
    }
}

fn find(specimens: &'static [Specimen], name: &str) -> &'static Specimen {
    let found = specimens.iter().find(|specimen| specimen.name == name);
    found.unwrap_or_else(|| panic!("the zoo has no client `{name}`"))
}

/// Names the clause, and the invariants that a breach violates.
const fn clause(clause: &'static str, violates: &'static [&'static str]) -> Pair {
    let (right, wrong, differ) = ("", "", "");
    Pair { clause, right, wrong, differ, violates, scenario: "swarm", runs: 1 }
}

impl Pair {
    /// Names the clients.
    const fn of(self, right: &'static str, wrong: &'static str) -> Self {
        Self { right, wrong, ..self }
    }

    /// Says what the two differ in.
    const fn differ(self, differ: &'static str) -> Self {
        Self { differ, ..self }
    }

    /// Names where the clause is pressed, and the runs within which the breach is found.
    const fn pressed(self, scenario: &'static str, runs: u64) -> Self {
        Self { scenario, runs, ..self }
    }
}

/// The clauses, in the order of the trait's docs.
pub const CONTRACT: &[Pair] = &[
    clause("M1", &["I3", "I4"])
        .of("pipelined", "waiter-removed")
        .differ("the place of a dropped caller in the queue: kept until its reply comes, or given up")
        .pressed("notification-mix-up", 2),
    clause("M2", &["I3"])
        .of("short-hashes", "hash-unchecked")
        .differ("the check of the key in the value: its bytes, or its length")
        .pressed("reconnect-storm", 4),
    clause("M3", &["I3"])
        .of("padded", "short-length")
        .differ("the length in front of a value: in two bytes, or in one")
        .pressed("swarm", 4),
    clause("M4", &["I4"])
        .of("parallel-gets", "errors-dropped")
        .differ("a key whose GET failed: a miss, or left out")
        .pressed("notification-mix-up", 2),
    clause("M5", &["I3"])
        .of("chunks-of-three", "mget-dedup")
        .differ("the place of a value: that of its key, or that in the command that was sent")
        .pressed("swarm", 8),
    clause("M6", &["I4"])
        .of("coalesced", "coalesced-late")
        .differ("when the list of those who get a reply is closed: before the GET is sent, or when its reply has come")
        .pressed("swarm", 4),
    clause("M7", &["I5"])
        .of("near-ttl", "delete-skips-absent")
        .differ("what a `del` forgets: the key, or the key if the server had it")
        .pressed("swarm", 30),
    clause("M8", &["I5"])
        .of("near-ttl", "set-skips-near")
        .differ("what an own `set` forgets: the key, or nothing")
        .pressed("swarm", 8),
    clause("M9", &["I5"])
        .of("delete-told", "delete-swallowed")
        .differ("the answer after a delete that failed: the error, or `Ok`")
        .pressed("swarm", 4),
    clause("M10", &["I5"])
        .of("write-in-task", "write-behind")
        .differ("the moment of `Ok`: when the task has sent the write and read its reply, or at once")
        .pressed("resale", 4),
    clause("M11", &["I1", "I5", "I6"])
        .of("other-commands", "ms-as-seconds")
        .differ("the command that the milliseconds are handed to: PSETEX, or SETEX")
        .pressed("bad-network-update", 2),
    clause("M12", &["I12"])
        .of("budget", "budget-each")
        .differ("the time-out: one for three attempts, or one for each")
        .pressed("bad-network-update", 2),
    clause("M13", &["I1", "I5", "I6"])
        .of("set-retry", "late-set-retry")
        .differ("the end of the attempts to send a write: that of the call's time-out, or the fifth")
        .pressed("late-writes.toml", 4),
    clause("M14", &["I3", "I4", "I7"])
        .of("greeted", "greeting-unread")
        .differ("the reply to the greeting: read on each connection, or on the first")
        .pressed("notification-mix-up", 2),
    clause("M15", &["I11", "I13"])
        .of("pipelined", "silent-kept")
        .differ("a connection that has owed a reply for longer than the time-out: dialled again, or kept")
        .pressed("silence.toml", 4),
    clause("M16", &["I3"])
        .of("near-ttl", "static-near")
        .differ("where values are kept: in the client, or in a `static`")
        .pressed("reconnect-storm", 2),
    clause("M17", &["I5"])
        .of("set-absent", "nil-is-yes")
        .differ("the answer to a nil reply: `false`, or `true`")
        .pressed("swarm", 8),
    clause("F1", &["I3", "I4", "I7"])
        .of("hedged", "hedge-undrained")
        .differ("a connection whose reply is still to come: drained by a task, or given back")
        .pressed("notification-mix-up", 2),
    clause("F2", &["I3", "I4", "I7"])
        .of("retrying", "retry-same-line")
        .differ("where a command is sent again: on another connection, or on the one that owes the reply")
        .pressed("swarm", 4),
    clause("F3", &["I3", "I4", "I7"])
        .of("background-drain", "drain-once")
        .differ("what a dropped caller left: read to its end in a task, or as far as it has arrived")
        .pressed("notification-mix-up", 2),
    clause("F4", &["I3", "I4"])
        .of("leader-batch", "leader-skips")
        .differ("the replies to callers who are gone: read, or not")
        .pressed("notification-mix-up", 2),
    clause("F5", &["I3"])
        .of("nagle", "nagle-sorted")
        .differ("the keys of the multi-get: in the callers' order, or sorted")
        .pressed("reconnect-storm", 2),
    clause("F6", &["I3", "I4"])
        .of("chunks-of-three", "shared-buffer")
        .differ("where the parts of a multi-get are gathered: in the call, or in the client")
        .pressed("notification-mix-up", 2),
    clause("F7", &["I3"])
        .of("short-ids", "truncated-ids")
        .differ("what is kept of a number in a key: all of it, or its lowest 16 bits")
        .pressed("swarm", 8),
    clause("F8", &["I3"])
        .of("chunked", "torn-chunks")
        .differ("halves of a value: put together if their hashes are equal, or whatever they are")
        .pressed("bad-network-update", 4),
    clause("F9", &["I1", "I5", "I6"])
        .of("etag", "etag-by-length")
        .differ("what tells a kept value from a later one: a hash of its bytes, or their number")
        .pressed("swarm", 4),
    clause("F10", &["I3"])
        .of("polite", "polite-shelf")
        .differ("where the reply is while its connection is closed: in the call, or in the client")
        .pressed("reconnect-storm", 2),
    clause("F11", &["I3", "I4"])
        .of("skip-count", "skip-flag")
        .differ("what is known of the replies that dropped callers left: how many, or that there are some")
        .pressed("notification-mix-up", 2),
    clause("F12", &["I5"])
        .of("refusing", "delete-refused")
        .differ("the answer to a delete that is not sent: an error, or `Ok`")
        .pressed("swarm", 8),
    clause("F13", &["I3"])
        .of("parallel-gets", "errors-filtered")
        .differ("a key whose GET failed: a miss in its place, or one at the end")
        .pressed("notification-mix-up", 2),
    clause("F14", &["I12"])
        .of("slow", "slow-each")
        .differ("what the time-out bounds: the call, or each of its commands")
        .pressed("notification-mix-up", 2),
    clause("D1", &["I4"])
        .of("near-ttl", "near-undeclared")
        .differ("the declaration")
        .pressed("reconnect-storm", 2),
    clause("D2", &["I1", "I5", "I6"])
        .of("near-ttl", "near-fixed-life")
        .differ("the life of a kept value: what it has left on the server, or thirty seconds")
        .pressed("bad-network-update", 2),
    clause("D3", &["I4"])
        .of("single-flight", "flight-undeclared")
        .differ("the declaration")
        .pressed("swarm", 4),
    clause("D4", &["I4"])
        .of("single-flight", "flight-lingers")
        .differ("when a flight leaves the board: as it lands, or 200 ms later")
        .pressed("reconnect-storm", 2),
    clause("D5", &["I4"])
        .of("flight-over-write", "flight-landed")
        .differ("when a flight that an own `del` has overtaken leaves the board: as it lands, or 200 ms later")
        .pressed("reconnect-storm", 2),
    clause("D6", &["I7"])
        .of("skip-count", "skip-count-exclusive")
        .differ("the declaration")
        .pressed("notification-mix-up", 2),
    clause("D7", &["I4"])
        .of("impatient", "impatient-miss")
        .differ("the answer when the reply is late: an error, or a miss")
        .pressed("notification-mix-up", 2),
];

#[cfg(test)]
mod tests {
    use super::CONTRACT;

    #[test]
    fn each_pair_is_in_the_zoo() {
        for pair in CONTRACT {
            assert!(pair.right().right && !pair.wrong().right, "{}", pair.clause);
        }
    }
}
