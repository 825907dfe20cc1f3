//! Observes what a client's design rules out, and lists the useful work required of every client.
//!
//! A client may open a connection for each call, so that no connection ever serves two users; it
//! may be slow, within its timeout, or refuse calls. What a run then cannot show is *not
//! applicable*: it is listed with the reason, and neither required nor counted. What a client of
//! its kind should do and does not is still required.

mod dishonest;
mod offers;
mod speed;

pub use dishonest::is_of_dishonest_devices;
pub(crate) use dishonest::{DISHONEST, TRIED};
pub use offers::is_of_an_offer;
pub(crate) use offers::{USES, Use};
pub(crate) use speed::PART;

use crate::about::InvariantId;
use crate::bounds::Bounds;
use crate::context::Context;
use crate::window::Window;
use crosswire_history::{CacheOp, CallId, ConnId, Entry, Fact};
use dishonest::Occasions;
use offers::Offers;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use speed::Speed;

/// The useful work that is required in every run: without it nothing was tested.
pub const USEFUL: [&str; 4] = ["cache-hit", "cache-write", GET_HIT, MGET_HIT];

/// The useful work of single-key reads and of multi-gets, required if there were [`SEVERAL`].
const GET_HIT: &str = "get-hit";
const MGET_HIT: &str = "mget-hit";

/// The number of reads from which on one must find something. In the shipped scenarios and the
/// swarm at least a third do.
const SEVERAL: u64 = 50;

/// The invariants that presuppose a client of some speed: timely delivery and recovery depend on
/// how much it gets done.
pub const NEED_SPEED: [InvariantId; 2] = [InvariantId::I11, InvariantId::I13];

/// The situation that a client with a connection for each call cannot reach.
const TWO_USERS: &str = "two-users-one-connection";

/// The situation that a client without conditional writes cannot reach.
const WRITE_REFUSED: &str = "write-refused";

/// The situation that a client with one command at a time on a connection cannot reach.
const LOST_UNDER_WAY: &str = "lost-under-way";

/// The situations that only a service with multi-gets reaches.
const OF_MULTI_GETS: [&str; 3] = ["mget-dropped", "mget-rejected", "mgets-overlap"];

/// The situations that need calls in the scope of a request, such as a call that is dropped with
/// its request.
const OF_REQUESTS: [&str; 4] =
    ["cancel-in-flight", "fill-across-invalidation", "mget-dropped", TWO_USERS];

/// The situations that follow from the keys, values, reads and writes of the built-in services.
const OF_BUILT_IN_SERVICES: [&str; 4] =
    ["long-value", "numbers-collide", "reads-overlap", WRITE_REFUSED];

/// Returns whether one run is enough to say that something does not apply to the code under test:
/// it declared it. On what it was only seen to do or not to do, most runs must agree.
pub(crate) fn one_run_is_enough(name: &str) -> bool {
    OF_BUILT_IN_SERVICES.contains(&name)
}

/// The number of calls or connections that show what a client is like; fewer show nothing.
pub(crate) const ENOUGH: u64 = 20;

/// A situation or an invariant that does not apply to the client under test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotApplicable {
    /// The name of the situation, or the id of the invariant.
    pub name: String,
    /// The reason, in a sentence.
    pub why: String,
}

/// Observations of what the client does.
#[derive(Default)]
pub(crate) struct Conduct {
    calls: u64,
    /// Calls in the scope of a request or a job.
    in_requests: u64,
    /// Single-key reads, and multi-gets.
    gets: u64,
    mgets: u64,
    offers: Offers,
    speed: Speed,
    connections: Connections,
    occasions: Occasions,
    /// The position in the history at which a fault point last fired, from 1.
    fired: u64,
    /// The client declared that it has no conditional writes.
    unconditional: bool,
}

/// The connections to the cache.
#[derive(Default)]
struct Connections {
    /// The call whose command was last carried out on each connection.
    last: Window<CallId>,
    /// The number of connections that carried a command of a call.
    used: u64,
    /// One connection carried commands of two calls.
    reused: bool,
    /// One connection carried a command while the reply to the one before was outstanding.
    pipelined: bool,
}

impl Conduct {
    #[inline]
    pub(crate) fn observe(&mut self, entry: &Entry, context: &Context<'_>) {
        match entry.what {
            Fact::CallBegan { op, keys, .. } => {
                self.calls += 1;
                self.in_requests += u64::from(entry.request.0 != 0);
                self.gets += u64::from(op.reads_one());
                self.mgets += u64::from(op == CacheOp::Mget);
                self.offers.called(op, keys);
            }
            Fact::CallEnded { call, outcome } => {
                // A history that is read from a file may begin in the middle of a call.
                if let Some(open) = context.recent.call(call) {
                    let calm = self.fired < open.order && is_calm(entry.at_ms, context);
                    let after_faults = is_after_faults(open.began_ms, context);
                    self.speed.ended(open, entry.at_ms, outcome, (calm, after_faults));
                }
            }
            Fact::Executed { conn, call, .. } if !self.connections.reused => {
                self.connections.carried(conn, call);
            }
            Fact::Unsupported { .. } => self.unconditional = true,
            Fact::Offered { offer } => self.offers.declared(offer),
            Fact::Pipelined { .. } => self.connections.pipelined = true,
            Fact::Fired { .. } => self.fired = context.recent.order(),
            Fact::Captured { .. } | Fact::Settled { .. } => self.occasions.observe(entry),
            Fact::Disconnected { conn, .. } => drop(self.connections.last.remove(conn.0)),
            _ => {}
        }
    }

    /// Returns whether [`NEED_SPEED`] does not apply to the client.
    pub(crate) fn is_slow(&self) -> bool {
        self.speed.slowness().is_some()
    }

    /// Returns what does not apply to a user's service.
    fn of_own_service(&self) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        found.extend(
            OF_BUILT_IN_SERVICES.map(|name| (name, "it depends on what the built-in services do")),
        );
        if self.in_requests == 0 {
            let why = "no request of the service makes a call to the client: its tasks do";
            found.extend(OF_REQUESTS.map(|name| (name, why)));
        }
        if self.mgets == 0 {
            found.extend(OF_MULTI_GETS.map(|name| (name, "the service made no multi-gets")));
        }
        found
    }

    /// Returns what does not apply to the client, or to the user's service; of what a client may
    /// offer, only what the bounds require or the client declares.
    pub(crate) fn not_applicable(&self, bounds: &Bounds) -> Vec<NotApplicable> {
        let mut found = Vec::new();
        let mut add = |name: &str, why: &str| {
            found.push(NotApplicable { name: name.to_owned(), why: why.to_owned() });
        };
        if bounds.own_service {
            self.of_own_service().into_iter().for_each(|(name, why)| add(name, why));
        }
        self.occasions.not_applicable(bounds).into_iter().for_each(|(name, why)| add(name, why));
        if self.calls == 0 {
            for name in USEFUL {
                add(name, "the service made no calls to the client");
            }
        } else {
            if self.gets < SEVERAL {
                add(GET_HIT, "few keys were read one at a time");
            }
            if self.mgets < SEVERAL {
                add(MGET_HIT, "there were few multi-gets");
            }
        }
        for (used, why) in self.offers.not_applicable(&bounds.reach) {
            add(used, &why);
        }
        if self.unconditional && !bounds.own_service {
            add(WRITE_REFUSED, "the client has no conditional writes");
        }
        if !self.connections.reused && self.connections.used >= ENOUGH {
            add(TWO_USERS, "each connection carried the commands of one call");
        }
        if !self.connections.pipelined && self.calls >= ENOUGH {
            add(LOST_UNDER_WAY, "no command was sent while another was unanswered");
        }
        if let Some(why) = self.speed.slowness() {
            for id in NEED_SPEED {
                add(id.as_str(), &why);
            }
        }
        found
    }
}

/// Returns whether no fault has begun yet.
fn is_calm(at_ms: u64, context: &Context<'_>) -> bool {
    !context.bounds.faults() || at_ms < context.bounds.first_fault_ms
}

/// Returns whether there were faults, and the last one is over.
fn is_after_faults(at_ms: u64, context: &Context<'_>) -> bool {
    context.bounds.faults() && at_ms > context.bounds.faults_end_ms
}

impl Connections {
    fn carried(&mut self, conn: ConnId, call: CallId) {
        match self.last.get(conn.0) {
            None => {
                self.used += 1;
                self.last.insert(conn.0, call);
            }
            // Where the wire does not show the call of a command, two commands may be of two calls.
            Some(&last) => self.reused = last != call || call == CallId(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::fixture::{GATEWAY, Tape};
    use crosswire_history::{CacheOp, CallId, CallOutcome, ConnId, Fact, Point};

    /// Makes calls that take `took_ms` of at most 1,000 ms, on connections chosen by their numbers.
    fn calls(took_ms: u64, conn: impl Fn(u32) -> u32, outcome: CallOutcome) -> Tape {
        let mut tape = Tape::new(Bounds::default());
        for call in 1..=30 {
            let at_ms = u64::from(call) * 2_000;
            tape.at(at_ms).gets(call, call, "k").executes(call, conn(call), call, "k");
            tape.at(at_ms + took_ms).ends_with(call, call, outcome);
        }
        tape
    }

    fn all_exempt(tape: &mut Tape) -> Vec<String> {
        let found = tape.finish(90_000).not_applicable;
        found.into_iter().map(|found| found.name).collect()
    }

    fn pipelines(tape: &mut Tape) -> &mut Tape {
        tape.on(GATEWAY, Fact::Pipelined { conn: ConnId(4) })
    }

    /// Returns what a client is exempt from, besides what it is exempt from for making few reads.
    fn exempt(tape: &mut Tape) -> Vec<String> {
        let mut exempt = all_exempt(tape);
        exempt.retain(|name| !["get-hit", "mget-hit"].contains(&name.as_str()));
        exempt
    }

    #[test]
    fn a_client_that_pipelines_over_one_connection_in_good_time_is_exempt_from_nothing() {
        let mut tape = calls(200, |_| 4, CallOutcome::Hit);
        assert!(exempt(pipelines(&mut tape)).is_empty());
    }

    #[test]
    fn one_command_at_a_time_loses_no_two_replies() {
        assert_eq!(exempt(&mut calls(200, |_| 4, CallOutcome::Hit)), ["lost-under-way"]);
    }

    #[test]
    fn a_users_service_is_exempt_from_what_its_tasks_cannot_reach() {
        let exempt_of = |request: u32| {
            let mut tape = Tape::new(Bounds { own_service: true, ..Bounds::default() });
            for call in 1..=30 {
                tape.at(u64::from(call) * 2_000).gets(request, call, "k").executes(4, 4, call, "k");
            }
            exempt(pipelines(&mut tape))
        };
        assert!(!exempt_of(7).contains(&"cancel-in-flight".to_owned()), "called in a request");
        let of_tasks = exempt_of(0);
        for name in ["cancel-in-flight", "two-users-one-connection", "long-value"] {
            assert!(of_tasks.contains(&name.to_owned()), "{name}: {of_tasks:?}");
        }
    }

    #[test]
    fn a_connection_for_each_call_serves_no_two_people() {
        let mut tape = calls(10, |call| call, CallOutcome::Hit);
        assert_eq!(exempt(pipelines(&mut tape)), ["two-users-one-connection"]);
        // A connection that is closed still counts with what it carried.
        let mut tape = calls(10, |call| call % 7, CallOutcome::Hit);
        tape.on(GATEWAY, Fact::Disconnected { conn: ConnId(3), unread: 0 });
        assert!(exempt(pipelines(&mut tape)).is_empty());
    }

    #[test]
    fn a_slow_or_refusing_client_is_exempt_from_what_depends_on_speed() {
        let slow = |took_ms, outcome| exempt(pipelines(&mut calls(took_ms, |_| 4, outcome)));
        assert_eq!(slow(201, CallOutcome::Hit), ["I11", "I13"]);
        assert_eq!(slow(1, CallOutcome::Error), ["I11", "I13"]);
    }

    /// Makes calls after the faults, which end at 1 s; `failing` of 30 use up their time.
    fn after_faults(took_ms: u64, failing: u32) -> Vec<String> {
        let faults = Bounds { first_fault_ms: 500, faults_end_ms: 1_000, ..Bounds::default() };
        let mut tape = Tape::new(faults);
        for call in 1..=30 {
            let at_ms = u64::from(call) * 2_000;
            tape.at(at_ms).gets(call, call, "k").executes(call, 4, call, "k");
            if call <= failing {
                tape.at(at_ms + 1_000).ends_with(call, call, CallOutcome::Error);
            } else {
                tape.at(at_ms + took_ms).ends_with(call, call, CallOutcome::Hit);
            }
        }
        exempt(pipelines(&mut tape))
    }

    #[test]
    fn a_client_that_is_slow_once_the_faults_are_over_is_exempt_and_one_that_fails_is_not() {
        assert!(after_faults(50, 0).is_empty());
        assert_eq!(after_faults(51, 0), ["I11", "I13"]);
        assert_eq!(after_faults(1, 10), ["I11", "I13"], "a third uses up its time");
        assert!(after_faults(1, 11).is_empty(), "it has not recovered");
    }

    /// The cache may answer with an error, and the client can do nothing about that.
    #[test]
    fn a_call_during_which_a_fault_point_fires_is_no_refusal() {
        let mut tape = Tape::new(Bounds::default());
        for call in 1..=30 {
            tape.at(u64::from(call) * 2_000).gets(call, call, "k").executes(call, 4, call, "k");
            tape.write(0, Fact::Fired { point: Point::CacheRefusal });
            tape.ends_with(call, call, CallOutcome::Error);
        }
        assert!(exempt(pipelines(&mut tape)).is_empty());
    }

    #[test]
    fn no_conditional_write_is_refused_to_a_client_that_has_none() {
        let mut tape = calls(10, |_| 4, CallOutcome::Hit);
        tape.on(GATEWAY, Fact::Unsupported { call: CallId(7) });
        assert_eq!(exempt(pipelines(&mut tape)), ["write-refused"]);
    }

    #[test]
    fn no_useful_work_is_required_of_a_client_that_is_never_called() {
        assert_eq!(exempt(&mut Tape::new(Bounds::default())), ["cache-hit", "cache-write"]);
    }

    #[test]
    fn hits_are_required_of_a_client_that_made_several_reads() {
        let reads = |op, count: u32| {
            let mut tape = Tape::new(Bounds::default());
            for call in 1..=count {
                tape.calls(1, call, op, "k", 2).ends_with(1, call, CallOutcome::Error);
            }
            let mut exempt = all_exempt(pipelines(&mut tape));
            exempt.retain(|name| name.ends_with("get-hit"));
            exempt
        };
        assert_eq!(reads(CacheOp::Mget, 49), ["get-hit", "mget-hit"]);
        assert_eq!(reads(CacheOp::Mget, 50), ["get-hit"]);
        assert_eq!(reads(CacheOp::Get, 50), ["mget-hit"]);
    }
}
