//! The twenty mechanisms: how the data of one are taken for another's or outlive a right to them,
//! each by the client or the service that does it, beside the one that does the same right.

use schemars::JsonSchema;
use serde::Serialize;

/// On which side of the service's cache a mechanism lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// In the caching client.
    Client,
    /// In the service that uses it.
    Service,
}

/// One way in which data go to the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mechanism {
    /// Its number in the catalogue.
    pub number: u8,
    /// What the field calls it.
    pub name: &'static str,
    /// Where it lives.
    pub side: Side,
    /// The client or the service that has it.
    pub wrong: &'static str,
    /// The one that does the same right.
    pub right: &'static str,
    /// The scenario that it is at home in.
    pub scenario: &'static str,
    /// The invariants that are nearest to its cause: one of them is broken whenever it is found.
    pub nearest: &'static [&'static str],
    /// The links of the causal chain that a story of it names in its own scenario, whichever invariant
    /// is broken first.
    pub causes: &'static [&'static str],
    /// What is wrong.
    pub how: &'static str,
    /// What wakes it.
    pub trigger: &'static str,
    /// The public report that is like it.
    pub report: &'static str,
}

impl Mechanism {
    /// The client that is to be played for the mechanism (or, if `right`, for its twin).
    pub fn client(&self, right: bool) -> &'static str {
        match self.side {
            Side::Client if right => self.right,
            Side::Client => self.wrong,
            Side::Service => "pooled",
        }
    }

    /// The service that is to be played for the mechanism (or, if `right`, for its twin).
    pub fn service(&self, right: bool) -> &'static str {
        match self.side {
            Side::Service if right => self.right,
            Side::Service => self.wrong,
            Side::Client => "standard",
        }
    }

    /// The mechanisms that are meant: by a number, in all its forms; by a name; or by the name of
    /// what has it. None if there is no such.
    pub fn named(text: &str) -> impl Iterator<Item = &'static Self> {
        forms().filter(move |mechanism| {
            text == mechanism.name
                || text == mechanism.wrong
                || text.parse() == Ok(mechanism.number)
        })
    }
}

const REDIS_PY: &str = "redis-py's asyncio client, as OpenAI told of 20 March 2023";

/// All of them, and behind each its second form, if it has one.
pub fn forms() -> impl Iterator<Item = &'static Mechanism> {
    MECHANISMS.iter().flat_map(|mechanism| {
        let second = SECOND_FORMS.iter().filter(|form| form.number == mechanism.number);
        std::iter::once(mechanism).chain(second)
    })
}

/// The same mistake in another place of the service.
const SECOND_FORMS: &[Mechanism] = &[Mechanism {
    number: 20,
    name: "zombie write at the delivery",
    side: Side::Service,
    wrong: "push-per-upload",
    right: "standard",
    scenario: "resale",
    nearest: &["I10"],
    causes: &["twice"],
    how: "each upload is announced, so an event that is uploaded again is pushed again",
    trigger: "an upload that timed out, or whose answer was lost, and is tried again",
    report: "none by name; it is at-least-once delivery to somebody who does not count",
}];

/// All of them.
pub const MECHANISMS: &[Mechanism] = &[
    Mechanism {
        number: 1,
        name: "cancel desync",
        side: Side::Client,
        wrong: "pooled-cancel-desync",
        right: "pooled",
        scenario: "notification-mix-up",
        nearest: &["I7", "I4"],
        causes: &["call dropped", "connection reused"],
        how: "a cancelled call gives its connection back with the reply still to come, and every \
              later call on it reads the reply of the one before",
        trigger: "a cancellation while a reply is in flight",
        report: REDIS_PY,
    },
    Mechanism {
        number: 2,
        name: "checkout race",
        side: Side::Client,
        wrong: "pooled-checkout-race",
        right: "pooled",
        scenario: "reconnect-storm",
        nearest: &["I7", "I4"],
        causes: &["call dropped", "connection reused"],
        how: "a connection is looked over for late bytes when it is lent, and bytes that come a \
              moment later are taken for the next call's reply",
        trigger: "a slow cache, and a reply that is later than the next checkout",
        report: "redis-py's repair of the above came in two steps, 4.5.3 and 4.5.5",
    },
    Mechanism {
        number: 3,
        name: "partial-batch desync",
        side: Side::Client,
        wrong: "pipelined-stop-at-error",
        right: "pipelined",
        scenario: "notification-mix-up",
        nearest: &["I7", "I4"],
        causes: &["command rejected"],
        how: "a pipeline is given up at its first error reply, and the replies behind it stay on \
              the connection",
        trigger: "a cache node that answers -LOADING in the middle of a batch",
        report: "none of its own; as in redis-py's case a connection is back in its pool with \
                 replies to come",
    },
    Mechanism {
        number: 4,
        name: "reconnect replay skew",
        side: Side::Client,
        wrong: "multiplexed-replay-skew",
        right: "multiplexed",
        scenario: "notification-mix-up",
        nearest: &["I4", "I3"],
        causes: &["connection lost", "command not sent again"],
        how: "the queue of waiters outlives its connection: some commands are sent again on the \
              next one, some are not, and replies go to the wrong waiters",
        trigger: "a connection lost in the middle of a pipeline",
        report: "redis-rs' aio::Connection up to 0.29, off by one for ever after a future dropped \
                 in flight",
    },
    Mechanism {
        number: 5,
        name: "aliased lease",
        side: Side::Client,
        wrong: "slotted-double-free",
        right: "slotted",
        scenario: "notification-mix-up",
        nearest: &["I7", "I4"],
        causes: &["connection reused", "two on one connection"],
        how: "an error path gives a connection back that is given back again when the call ends, \
              so it has two borrowers",
        trigger: "a time-out while the pool is exhausted",
        report: "none of its own; it is the double free, of a connection",
    },
    Mechanism {
        number: 6,
        name: "stale clean-up",
        side: Side::Client,
        wrong: "slotted-stale-cleanup",
        right: "slotted",
        scenario: "notification-mix-up",
        nearest: &["I7", "I4"],
        causes: &["connection reused"],
        how: "the clean-up after a cancelled call names only the slot of its connection, and hits \
              whoever borrowed the slot next",
        trigger: "a delayed clean-up, and a slot that is lent again before it",
        report: "none of its own; redis-py's repairs of 2023 were about cleaning up after a \
                 cancellation too",
    },
    Mechanism {
        number: 7,
        name: "multiget misalignment",
        side: Side::Client,
        wrong: "sharded-mget-zip",
        right: "sharded-mget",
        scenario: "reconnect-storm",
        nearest: &["I3"],
        causes: &["values mixed up"],
        how: "the answers of several nodes are laid one behind the other and zipped with the keys; \
              where a node failed, every value behind it belongs to another key",
        trigger: "a node that fails while others answer",
        report: "none by name",
    },
    Mechanism {
        number: 8,
        name: "buffer recycled early",
        side: Side::Service,
        wrong: "media-buffer-recycled",
        right: "media-buffer-pooled",
        scenario: "shared-context",
        nearest: &["I2"],
        causes: &["bytes of a request under way"],
        how: "an error path gives a media buffer back twice, so two requests fill the same one, \
              and the bytes change under the reader",
        trigger: "an error path under pool pressure",
        report: "Apache Tomcat, CVE-2022-25762: error handling put a pooled object into its pool \
                 twice",
    },
    Mechanism {
        number: 9,
        name: "key lacks the principal",
        side: Side::Service,
        wrong: "edge-cache-by-path",
        right: "edge-cache-by-principal",
        scenario: "emergency-cache",
        nearest: &["I8"],
        causes: &["answer kept for another"],
        how: "a shared response cache is keyed by the path alone, so whoever asks next gets the \
              page of whoever asked before",
        trigger: "an emergency configuration that is switched on under load",
        report: "Steam, 25 December 2015; Klarna, 27 May 2021",
    },
    Mechanism {
        number: 10,
        name: "key collision",
        side: Side::Client,
        wrong: "short-keys-collision",
        right: "short-keys",
        scenario: "reconnect-storm",
        nearest: &["I3"],
        causes: &["one name for two keys"],
        how: "keys are shortened with a hash that is too short, and two of them become one",
        trigger: "many keys",
        report: "Django, CVE-2020-13254: keys that collide on memcached",
    },
    Mechanism {
        number: 11,
        name: "over-coalescing",
        side: Side::Service,
        wrong: "single-flight-late-joiner",
        right: "single-flight",
        scenario: "brownout",
        nearest: &["I6"],
        causes: &["directory not asked"],
        how: "a caller joins a look-up that began before a change, and takes its answer for one \
              from after it",
        trigger: "a stampede on a cold cache that a change crosses",
        report: "none by name; Go's singleflight has Forget for it",
    },
    Mechanism {
        number: 12,
        name: "stale set",
        side: Side::Service,
        wrong: "long-lived-stale-set",
        right: "long-lived",
        scenario: "brownout",
        nearest: &["I5"],
        causes: &["filled late"],
        how: "a slow reader fills the cache with the old value after the change has deleted it",
        trigger: "a slow database and a cold cache",
        report: "Facebook's memcache (NSDI 2013), which answers with leases",
    },
    Mechanism {
        number: 13,
        name: "lost invalidation",
        side: Side::Client,
        wrong: "near-cache-lost-invalidation",
        right: "near-cache",
        scenario: "bad-network-update",
        nearest: &["I5", "I6"],
        causes: &["change published"],
        how: "a near-cache trusts its feed to tell of every change: it goes on with what it has \
              after the feed was lost and came back, and keeps what is asked for beyond its time",
        trigger: "a partition or a reset of the feed's connection",
        report: "Nest with Xiaomi, January 2020: a cache update that went wrong on poor networks",
    },
    Mechanism {
        number: 14,
        name: "stale replica",
        side: Side::Service,
        wrong: "replica-reads",
        right: "standard",
        scenario: "brownout",
        nearest: &["I5", "I6"],
        causes: &["replica behind"],
        how: "after a change the cache is filled from a replica that lags, which puts the old \
              state back",
        trigger: "replica lag",
        report: "Facebook's memcache (NSDI 2013), which answers with remote markers",
    },
    Mechanism {
        number: 15,
        name: "session-state loss",
        side: Side::Client,
        wrong: "logical-dbs-no-reselect",
        right: "logical-dbs",
        scenario: "bad-network-update",
        nearest: &["I7"],
        causes: &["another database"],
        how: "a connection that is made again forgets to select its database, and the same short \
              key means something else there",
        trigger: "a reconnect",
        report: "tornado-redis until March 2013 (pull request 26)",
    },
    Mechanism {
        number: 16,
        name: "ambient-context bleed",
        side: Side::Service,
        wrong: "ambient-user",
        right: "passed-user",
        scenario: "shared-context",
        nearest: &["I8"],
        causes: &["cache asked for another"],
        how: "a worker's current user lives across an await, and another request on the same \
              worker overwrites it",
        trigger: "more requests at a time than workers",
        report: "GitHub, March 2021: one request's context shared with another",
    },
    Mechanism {
        number: 17,
        name: "identity reuse",
        side: Side::Service,
        wrong: "trusting-identity",
        right: "standard",
        scenario: "cloned-identity",
        nearest: &["I9"],
        causes: &["two let in"],
        how: "a camera is let in by its name alone, so two that were made with one name are one",
        trigger: "a second camera with the same identity",
        report: "Swann, June 2018: two cameras made with the same key",
    },
    Mechanism {
        number: 18,
        name: "transfer and revocation lag",
        side: Side::Service,
        wrong: "stepwise-transfer",
        right: "standard",
        scenario: "resale",
        nearest: &["I6", "I1"],
        causes: &["grant carried along"],
        how: "a camera is handed over first and its guests are shown out one by one after, so a \
              transfer that stops in between leaves them in",
        trigger: "a cancellation or a crash in the middle of a transfer",
        report: "Nest Cam, June 2019: after a resale the old owner's secondary grant lived on",
    },
    Mechanism {
        number: 19,
        name: "fail-open",
        side: Side::Service,
        wrong: "serve-expired",
        right: "standard",
        scenario: "brownout",
        nearest: &["I6"],
        causes: &["directory failed"],
        how: "when the database does not answer, the last answer is served however old it is",
        trigger: "a brown-out",
        report: "none by name; RFC 8767, serve-stale, does it for names and advises a limit",
    },
    Mechanism {
        number: 20,
        name: "zombie write",
        side: Side::Service,
        wrong: "zombie-retry",
        right: "keyed-retry",
        scenario: "resale",
        nearest: &["I6"],
        causes: &["let in unasked"],
        how: "a change that timed out is tried again in the background, and is made after a newer \
              one took it back",
        trigger: "an ambiguous time-out and a retry",
        report: "none by name; it is what retries do to a write that is not idempotent",
    },
];
