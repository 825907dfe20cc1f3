//! The catalogue of mechanisms: twenty known ways to deliver one user's data to another, or to a
//! user whose permission has ended. Each names the client or the service with the bug and its
//! correct twin.

use crosswire_checker::InvariantId::{self, I1, I2, I3, I4, I5, I6, I7, I8, I9, I10};
use schemars::JsonSchema;
use serde::Serialize;

/// The side of the cache on which a mechanism's bug is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// In the caching client.
    Client,
    /// In the service that uses the client.
    Service,
}

/// A known bug that delivers data to the wrong user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mechanism {
    /// The number in the catalogue.
    pub number: u8,
    /// The common name of the bug.
    pub name: &'static str,
    /// The side on which the bug is.
    pub side: Side,
    /// The client or the service with the bug.
    pub faulty: &'static str,
    /// The correct twin, which shares all code but the bug.
    pub correct: &'static str,
    /// The scenario that exposes the bug.
    pub scenario: &'static str,
    /// The invariants nearest to the cause: one of them is violated in every run that shows the
    /// bug.
    pub nearest: &'static [InvariantId],
    /// The links of the causal chain that the story contains in this scenario, independent of which
    /// invariant is violated first.
    pub causes: &'static [&'static str],
    /// The bug, in a sentence.
    pub how: &'static str,
    /// The conditions that trigger the bug.
    pub trigger: &'static str,
    /// The public report that resembles it.
    pub report: &'static str,
}

impl Mechanism {
    /// Returns the client that a run of the mechanism uses (or, if `correct`, a run of its twin).
    pub fn client(&self, correct: bool) -> &'static str {
        match self.side {
            Side::Client if correct => self.correct,
            Side::Client => self.faulty,
            Side::Service => "pooled",
        }
    }

    /// Returns the service that a run of the mechanism uses (or, if `correct`, a run of its twin).
    pub fn service(&self, correct: bool) -> &'static str {
        match self.side {
            Side::Service if correct => self.correct,
            Side::Service => self.faulty,
            Side::Client => "standard",
        }
    }

    /// Returns the mechanisms that `text` names: all forms by the number, one by its common name or
    /// by the name of the faulty client or service.
    pub fn named(text: &str) -> impl Iterator<Item = &'static Self> {
        forms().filter(move |mechanism| {
            text == mechanism.name
                || text == mechanism.faulty
                || text.parse() == Ok(mechanism.number)
        })
    }
}

const REDIS_PY: &str = "redis-py's asyncio client: OpenAI's incident of 20 March 2023";

/// Returns all mechanisms, each followed by its second form if it has one.
pub fn forms() -> impl Iterator<Item = &'static Mechanism> {
    MECHANISMS.iter().flat_map(|mechanism| {
        let second = SECOND_FORMS.iter().filter(|form| form.number == mechanism.number);
        std::iter::once(mechanism).chain(second)
    })
}

/// The same bugs in another place of the service.
const SECOND_FORMS: &[Mechanism] = &[Mechanism {
    number: 20,
    name: "zombie write at the delivery",
    side: Side::Service,
    faulty: "push-per-upload",
    correct: "standard",
    scenario: "resale",
    nearest: &[I10],
    causes: &["twice"],
    how: "each upload is announced, so an event that is uploaded again is pushed again",
    trigger: "an upload that timed out, or whose answer was lost, and is retried",
    report: "none by name; it is at-least-once delivery to a receiver that does not deduplicate",
}];

/// The mechanisms in the order of their numbers.
pub const MECHANISMS: &[Mechanism] = &[
    Mechanism {
        number: 1,
        name: "cancel desync",
        side: Side::Client,
        faulty: "pooled-cancel-desync",
        correct: "pooled",
        scenario: "notification-mix-up",
        nearest: &[I7, I4],
        causes: &["call dropped", "connection reused"],
        how: "a cancelled call returns its connection with the reply still in flight, and every \
              later call on it reads the reply to the call before",
        trigger: "a cancellation while a reply is in flight",
        report: REDIS_PY,
    },
    Mechanism {
        number: 2,
        name: "checkout race",
        side: Side::Client,
        faulty: "pooled-checkout-race",
        correct: "pooled",
        scenario: "reconnect-storm",
        nearest: &[I7, I4],
        causes: &["call dropped", "connection reused"],
        how: "a connection is checked for late bytes when it is checked out, and bytes that arrive \
              a moment later are taken for the next call's reply",
        trigger: "a slow cache, and a reply that arrives after the next checkout",
        report: "redis-py's fix for the above took two steps, 4.5.3 and 4.5.5",
    },
    Mechanism {
        number: 3,
        name: "partial-batch desync",
        side: Side::Client,
        faulty: "pipelined-stop-at-error",
        correct: "pipelined",
        scenario: "notification-mix-up",
        nearest: &[I7, I4],
        causes: &["command rejected"],
        how: "a pipeline is abandoned at its first error reply, and the replies after it stay on \
              the connection",
        trigger: "a cache node that answers -LOADING in the middle of a batch",
        report: "none by name; as in redis-py's case a connection is back in its pool with replies \
                 in flight",
    },
    Mechanism {
        number: 4,
        name: "reconnect replay skew",
        side: Side::Client,
        faulty: "multiplexed-replay-skew",
        correct: "multiplexed",
        scenario: "notification-mix-up",
        nearest: &[I4, I3],
        causes: &["connection lost", "command not sent again"],
        how: "the queue of waiters outlives its connection: some commands are sent again on the \
              next one, some are not, and replies go to the wrong waiters",
        trigger: "a connection lost in the middle of a pipeline",
        report: "node-redis issue 601 of 2014: commands in the socket's buffer were sent again \
                 on the next connection, and their waiters were gone",
    },
    Mechanism {
        number: 5,
        name: "aliased lease",
        side: Side::Client,
        faulty: "slotted-double-free",
        correct: "slotted",
        scenario: "notification-mix-up",
        nearest: &[I7, I4],
        causes: &["connection reused", "two on one connection"],
        how: "an error path returns a connection that is returned again when the call ends, so it \
              has two borrowers",
        trigger: "a timeout while the pool is exhausted",
        report: "none by name; it is a double free, of a connection",
    },
    Mechanism {
        number: 6,
        name: "stale clean-up",
        side: Side::Client,
        faulty: "slotted-stale-cleanup",
        correct: "slotted",
        scenario: "notification-mix-up",
        nearest: &[I7, I4],
        causes: &["connection reused"],
        how: "the clean-up after a cancelled call names only its connection's slot, and hits the \
              next borrower of the slot",
        trigger: "a delayed clean-up, and a slot that is borrowed again before it",
        report: "none by name; redis-py's fixes of 2023 were also about cleaning up after a \
                 cancellation",
    },
    Mechanism {
        number: 7,
        name: "multiget misalignment",
        side: Side::Client,
        faulty: "sharded-mget-zip",
        correct: "sharded-mget",
        scenario: "reconnect-storm",
        nearest: &[I3],
        causes: &["values mixed up"],
        how: "the answers of several nodes are concatenated and zipped with the keys; where a node \
              failed, every later value is assigned to another key",
        trigger: "a node that fails while others answer",
        report: "none by name",
    },
    Mechanism {
        number: 8,
        name: "buffer recycled early",
        side: Side::Service,
        faulty: "media-buffer-recycled",
        correct: "media-buffer-pooled",
        scenario: "shared-context",
        nearest: &[I2],
        causes: &["bytes of a request under way"],
        how: "an error path returns a media buffer twice, so two requests fill the same buffer, \
              and the bytes change under the reader",
        trigger: "an error path under pool pressure",
        report: "Apache Tomcat, CVE-2022-25762: error handling put a pooled object into its pool \
                 twice",
    },
    Mechanism {
        number: 9,
        name: "key lacks the principal",
        side: Side::Service,
        faulty: "edge-cache-by-path",
        correct: "edge-cache-by-principal",
        scenario: "emergency-cache",
        nearest: &[I8],
        causes: &["answer kept for another"],
        how: "a shared response cache is keyed by the path alone, so the next user who asks gets \
              the previous user's page",
        trigger: "an emergency configuration that is switched on under load",
        report: "Steam, 25 December 2015; Klarna, 27 May 2021",
    },
    Mechanism {
        number: 10,
        name: "key collision",
        side: Side::Client,
        faulty: "short-keys-collision",
        correct: "short-keys",
        scenario: "reconnect-storm",
        nearest: &[I3],
        causes: &["one name for two keys"],
        how: "keys are shortened with a hash that is too short, and two keys become one",
        trigger: "many keys",
        report: "Django, CVE-2020-13254: keys that collide on memcached",
    },
    Mechanism {
        number: 11,
        name: "over-coalescing",
        side: Side::Service,
        faulty: "single-flight-late-joiner",
        correct: "single-flight",
        scenario: "brownout",
        nearest: &[I6],
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
        faulty: "long-lived-stale-set",
        correct: "long-lived",
        scenario: "brownout",
        nearest: &[I5],
        causes: &["filled late"],
        how: "a slow reader fills the cache with the old value after the change has deleted it",
        trigger: "a slow database and a cold cache",
        report: "Facebook's memcache (NSDI 2013), which answers with leases",
    },
    Mechanism {
        number: 13,
        name: "lost invalidation",
        side: Side::Client,
        faulty: "near-cache-lost-invalidation",
        correct: "near-cache",
        scenario: "bad-network-update",
        nearest: &[I5, I6],
        causes: &["change published"],
        how: "a near-cache trusts its feed to report every change: it keeps its entries after the \
              feed was lost and restored, and keeps entries that are read beyond their time to \
              live",
        trigger: "a partition, or a reset of the feed's connection",
        report: "Nest with Xiaomi, January 2020: a cache update that went wrong on poor networks",
    },
    Mechanism {
        number: 14,
        name: "stale replica",
        side: Side::Service,
        faulty: "replica-reads",
        correct: "standard",
        scenario: "brownout",
        nearest: &[I5, I6],
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
        faulty: "logical-dbs-no-reselect",
        correct: "logical-dbs",
        scenario: "bad-network-update",
        nearest: &[I7],
        causes: &["another database"],
        how: "a connection that is re-established does not select its database again, and the same \
              short key means something else there",
        trigger: "a reconnect",
        report: "tornado-redis until March 2013 (pull request 26)",
    },
    Mechanism {
        number: 16,
        name: "ambient-context bleed",
        side: Side::Service,
        faulty: "ambient-user",
        correct: "passed-user",
        scenario: "shared-context",
        nearest: &[I8],
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
        faulty: "trusting-identity",
        correct: "standard",
        scenario: "cloned-identity",
        nearest: &[I9],
        causes: &["two let in"],
        how: "a camera is admitted by its name alone, so two cameras made with one name are the \
              same",
        trigger: "a second camera with the same identity",
        report: "Swann, June 2018: two cameras made with the same key",
    },
    Mechanism {
        number: 18,
        name: "transfer and revocation lag",
        side: Side::Service,
        faulty: "stepwise-transfer",
        correct: "standard",
        scenario: "resale",
        nearest: &[I6, I1],
        causes: &["grant carried along"],
        how: "a camera is transferred first and its grants are revoked one by one afterwards, so a \
              transfer that stops in between leaves some of them in force",
        trigger: "a cancellation or a crash in the middle of a transfer",
        report: "Nest Cam, June 2019: after a resale the old owner's secondary access still worked",
    },
    Mechanism {
        number: 19,
        name: "fail-open",
        side: Side::Service,
        faulty: "serve-expired",
        correct: "standard",
        scenario: "brownout",
        nearest: &[I6],
        causes: &["directory failed"],
        how: "when the database does not answer, the last known answer is served however old it is",
        trigger: "a brown-out",
        report: "none by name; RFC 8767, serve-stale, does this for DNS names and recommends a \
                 limit",
    },
    Mechanism {
        number: 20,
        name: "zombie write",
        side: Side::Service,
        faulty: "zombie-retry",
        correct: "keyed-retry",
        scenario: "resale",
        nearest: &[I6],
        causes: &["let in unasked"],
        how: "a change that timed out is retried in the background, and is applied after a newer \
              change has undone it",
        trigger: "an ambiguous timeout and a retry",
        report: "none by name; it is what retries do to a write that is not idempotent",
    },
];
