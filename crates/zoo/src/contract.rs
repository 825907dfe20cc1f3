//! The pairs of clients that hold the checkers to the contract of
//! [`CacheClient`](crosswire_cache::CacheClient), clause by clause: a correct client that uses the
//! clause to the full, and a faulty one that oversteps it by a hair.

use crate::{Specimen, correct, faulty};

/// A clause of the contract and its pair.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The number of the clause in the docs of the trait.
    pub clause: &'static str,
    /// The name of the correct client.
    pub right: &'static str,
    /// The name of the faulty client.
    pub wrong: &'static str,
    /// The difference between the two, as the end of "They differ in …".
    pub differ: &'static str,
    /// The ids of the invariants of which the faulty client violates at least one, as text: the zoo
    /// is under test and knows nothing of the checkers.
    pub violates: &'static [&'static str],
    /// The scenario that presses the clause: a built-in one, or a file in
    /// `crates/claims/contract/`.
    pub scenario: &'static str,
    /// The number of seeds, from 0, within which the faulty client is found.
    pub runs: u64,
}

impl Pair {
    /// Returns the correct client.
    ///
    /// # Panics
    /// If the zoo has no such client.
    pub fn right(&self) -> &'static Specimen {
        find(correct(), self.right)
    }

    /// Returns the faulty client.
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

/// Returns a pair for a clause, with the invariants that a breach violates.
const fn clause(clause: &'static str, violates: &'static [&'static str]) -> Pair {
    let (right, wrong, differ) = ("", "", "");
    Pair { clause, right, wrong, differ, violates, scenario: "swarm", runs: 1 }
}

impl Pair {
    /// Sets the names of the clients.
    const fn of(self, right: &'static str, wrong: &'static str) -> Self {
        Self { right, wrong, ..self }
    }

    /// Sets the difference between the two.
    const fn differ(self, differ: &'static str) -> Self {
        Self { differ, ..self }
    }

    /// Sets the scenario that presses the clause, and the runs within which it finds the breach.
    const fn pressed(self, scenario: &'static str, runs: u64) -> Self {
        Self { scenario, runs, ..self }
    }
}

/// The clauses, in the order of the trait's docs.
pub const CONTRACT: &[Pair] = &[
    clause("M1", &["I3", "I4"])
        .of("pipelined", "waiter-removed")
        .differ("a dropped caller's place in the queue: kept until its reply arrives, or freed")
        .pressed("notification-mix-up", 2),
    clause("M2", &["I3"])
        .of("short-hashes", "hash-unchecked")
        .differ("the check of the key stored in the value: by its bytes, or by its length")
        .pressed("reconnect-storm", 4),
    clause("M3", &["I3"])
        .of("padded", "short-length")
        .differ("the length field of a value: two bytes, or one")
        .pressed("swarm", 4),
    clause("M4", &["I4"])
        .of("parallel-gets", "errors-dropped")
        .differ("a key whose GET failed: a miss, or left out")
        .pressed("notification-mix-up", 2),
    clause("M5", &["I3"])
        .of("chunks-of-three", "mget-dedup")
        .differ("the position of a value: that of its key, or that in the command sent")
        .pressed("swarm", 8),
    clause("M6", &["I4"])
        .of("coalesced", "coalesced-late")
        .differ("the moment that closes the list of callers: before the GET, or at its reply")
        .pressed("swarm", 4),
    clause("M7", &["I5"])
        .of("near-ttl", "delete-skips-absent")
        .differ("the near copy after a `del`: dropped, or dropped only if the server had the key")
        .pressed("swarm", 30),
    clause("M8", &["I5"])
        .of("near-ttl", "set-skips-near")
        .differ("the near copy after a `set`: dropped, or left as it was")
        .pressed("swarm", 8),
    clause("M9", &["I5"])
        .of("delete-told", "delete-swallowed")
        .differ("the answer to a delete that failed: the error, or `Ok`")
        .pressed("swarm", 4),
    clause("M10", &["I5"])
        .of("write-in-task", "write-behind")
        .differ("the moment of `Ok`: when the task has read the reply to the write, or at once")
        .pressed("resale", 4),
    clause("M11", &["I1", "I5", "I6"])
        .of("other-commands", "ms-as-seconds")
        .differ("the command that gets the time to live in milliseconds: PSETEX, or SETEX")
        .pressed("bad-network-update", 2),
    clause("M12", &["I12"])
        .of("budget", "budget-each")
        .differ("the time-out of three attempts: one for all, or one for each")
        .pressed("bad-network-update", 2),
    clause("M13", &["I1", "I5", "I6"])
        .of("set-retry", "late-set-retry")
        .differ("the end of the attempts to send a write: the call's time-out, or the fifth")
        .pressed("late-writes.toml", 4),
    clause("M14", &["I3", "I4", "I7"])
        .of("greeted", "greeting-unread")
        .differ("the reply to the greeting: read on every connection, or on the first only")
        .pressed("notification-mix-up", 2),
    clause("M15", &["I11", "I13"])
        .of("pipelined", "silent-kept")
        .differ("a connection that has owed a reply beyond the time-out: replaced, or kept")
        .pressed("silence.toml", 4),
    clause("M16", &["I3"])
        .of("near-ttl", "static-near")
        .differ("the place of kept values: the client, or a `static`")
        .pressed("reconnect-storm", 2),
    clause("M17", &["I5"])
        .of("set-absent", "nil-is-yes")
        .differ("the answer to a nil reply: `false`, or `true`")
        .pressed("swarm", 8),
    clause("F1", &["I3", "I4", "I7"])
        .of("hedged", "hedge-undrained")
        .differ("a connection whose reply is outstanding: drained by a task, or given back")
        .pressed("notification-mix-up", 2),
    clause("F2", &["I3", "I4", "I7"])
        .of("retrying", "retry-same-line")
        .differ("the connection for the next attempt: another, or the one that owes the reply")
        .pressed("swarm", 4),
    clause("F3", &["I3", "I4", "I7"])
        .of("background-drain", "drain-once")
        .differ("a dropped caller's reply: read to its end in a task, or as far as it has arrived")
        .pressed("notification-mix-up", 2),
    clause("F4", &["I3", "I4"])
        .of("leader-batch", "leader-skips")
        .differ("the replies to callers who are gone: read, or not")
        .pressed("notification-mix-up", 2),
    clause("F5", &["I3"])
        .of("nagle", "nagle-sorted")
        .differ("the order of the keys in the multi-get: that of the callers, or sorted")
        .pressed("reconnect-storm", 2),
    clause("F6", &["I3", "I4"])
        .of("chunks-of-three", "shared-buffer")
        .differ("the buffer for the parts of a multi-get: one per call, or one per client")
        .pressed("notification-mix-up", 2),
    clause("F7", &["I3"])
        .of("short-ids", "truncated-ids")
        .differ("the part of a number in a key that is kept: all of it, or its lowest 16 bits")
        .pressed("swarm", 8),
    clause("F8", &["I3"])
        .of("chunked", "torn-chunks")
        .differ("halves of a value: joined only if their hashes are equal, or always")
        .pressed("bad-network-update", 4),
    clause("F9", &["I1", "I5", "I6"])
        .of("etag", "etag-by-length")
        .differ("the tag that distinguishes values: a hash of the bytes, or their number")
        .pressed("swarm", 4),
    clause("F10", &["I3"])
        .of("polite", "polite-shelf")
        .differ("the place of a reply while its connection closes: the call, or the client")
        .pressed("reconnect-storm", 2),
    clause("F11", &["I3", "I4"])
        .of("skip-count", "skip-flag")
        .differ("the record of replies that dropped callers left: their number, or a flag")
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
        .differ("the scope of the time-out: the call, or each of its commands")
        .pressed("notification-mix-up", 2),
    clause("D1", &["I4"])
        .of("near-ttl", "near-undeclared")
        .differ("the declaration")
        .pressed("reconnect-storm", 2),
    clause("D2", &["I1", "I5", "I6"])
        .of("near-ttl", "near-fixed-life")
        .differ("the life of a kept value: what was left on the server, or thirty seconds")
        .pressed("bad-network-update", 2),
    clause("D3", &["I4"])
        .of("single-flight", "flight-undeclared")
        .differ("the declaration")
        .pressed("swarm", 4),
    clause("D4", &["I4"])
        .of("single-flight", "flight-lingers")
        .differ("the end of joining a read: its answer, or 200 ms later")
        .pressed("reconnect-storm", 2),
    clause("D5", &["I4"])
        .of("flight-over-write", "flight-landed")
        .differ("the end of joining a read from before a `del`: its answer, or 200 ms later")
        .pressed("reconnect-storm", 2),
    clause("D6", &["I7"])
        .of("skip-count", "skip-count-exclusive")
        .differ("the declaration")
        .pressed("notification-mix-up", 2),
    clause("D7", &["I4"])
        .of("impatient", "impatient-miss")
        .differ("the answer when the reply is late: an error, or a miss")
        .pressed("notification-mix-up", 2),
    clause("O1", &["I3"])
        .of("batched", "values-unsorted")
        .differ("the order of the values of a batch: that of its keys, or that of the caller")
        .pressed("swarm", 4),
    clause("O2", &["I4"])
        .of("batched", "failed-share-left-out")
        .differ("the parts of a batch on a node that failed: an error each, or left out")
        .pressed("swarm", 2),
    clause("O3", &["I5"])
        .of("batched", "results-by-node")
        .differ("the order of the results of a batch: that of its parts, or that of the nodes")
        .pressed("swarm", 12),
    clause("O4", &["I3", "I4"])
        .of("touching", "touch-counted-once")
        .differ("the number of replies that a touch of two commands counts for: two, or one")
        .pressed("notification-mix-up", 2),
    clause("O5", &["I1", "I5", "I6"])
        .of("everything", "touch-in-seconds")
        .differ("the option that gets the life in milliseconds: PX, or EX")
        .pressed("bad-network-update", 16),
    clause("O6", &["I3", "I4"])
        .of("counting", "increments-summed")
        .differ("the increments of a counter that wait together: a command each, or their sum")
        .pressed("swarm", 2),
    clause("O7", &["I3"])
        .of("side-markers", "nil-is-absent")
        .differ("the answer if there is neither a value nor a note: unknown, or absent")
        .pressed("swarm", 2),
    clause("O8", &["I5"])
        .of("side-markers", "marker-survives")
        .differ("the note that a key is absent when the key is deleted: removed, or kept")
        .pressed("swarm", 8),
    clause("O9", &["I1", "I5", "I6"])
        .of("shortening", "expire-in-seconds")
        .differ("the command that gets the shorter life in milliseconds: PEXPIRE, or EXPIRE")
        .pressed("swarm", 4),
    clause("O10", &["I1", "I5", "I6"])
        .of("tracking", "tracking-resumes")
        .differ("the first answer after a lost feed: that any key may have changed, or nothing")
        .pressed("swarm", 2),
    clause("O11", &["I1", "I5", "I6"])
        .of("tracking", "tracking-dropped")
        .differ("when what was heard is taken: with the answer, or before the last question")
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
