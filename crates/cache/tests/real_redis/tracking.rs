//! CLIENT TRACKING: which changes each server announces, byte for byte.

use crate::drawn;
use crate::ours::{self, World, with_a_cache};
use crate::real::{self, Server};
use crate::step::array;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};

/// Ways to read, write, delete and keep alive a few keys, and some that change nothing.
const USES: [&[&str]; 26] = [
    &["GET", "a"],
    &["SET", "a", "1"],
    &["SET", "a", "1", "NX"],
    &["SET", "b", "1", "XX"],
    &["SET", "b", "1", "PX", "50000"],
    &["SET", "b", "1", "KEEPTTL"],
    &["SETNX", "c", "1"],
    &["SETEX", "c", "50", "1"],
    &["MSET", "c", "1", "a", "2", "b", "3"],
    &["MSET", "a", "1", "a", "2"],
    &["MGET", "a", "b"],
    &["DEL", "a"],
    &["DEL", "c", "a", "none"],
    &["UNLINK", "b", "a"],
    &["GETDEL", "a"],
    &["GETEX", "b"],
    &["GETEX", "b", "PX", "60000"],
    &["GETEX", "b", "PERSIST"],
    &["INCR", "n"],
    &["DECRBY", "n", "3"],
    &["APPEND", "c", "x"],
    &["APPEND", "c", ""],
    &["EXPIRE", "a", "100"],
    &["PEXPIRE", "a", "90000", "LT"],
    &["PERSIST", "b"],
    &["FLUSHALL"],
];

/// The options of a connection that tracks.
const OPTIONS: [&[&str]; 4] = [
    &["BCAST"],
    &["BCAST", "PREFIX", "a"],
    &["BCAST", "PREFIX", "b", "PREFIX", "c"],
    &["BCAST", "NOLOOP"],
];

/// A connection to each server.
struct Both {
    ours: ours::Line,
    real: real::Line,
}

impl Both {
    async fn dial(world: &World, server: &Server) -> Self {
        Self { ours: world.dial().await, real: server.dial() }
    }

    /// Sends a command to each server, and waits until both have processed it.
    async fn send(&mut self, world: &World, server: &mut Server, ours: &[&str], real: &[&str]) {
        let sent = array(real);
        self.ours.write(&array(ours)).await;
        self.real.write(&sent);
        world.settle().await;
        server.settle(sent.len());
    }

    fn take(&mut self) -> (String, String) {
        let text = |(bytes, _): (Vec<u8>, bool)| bytes.escape_ascii().to_string();
        (text(self.ours.take()), text(self.real.take()))
    }
}

/// Has a connection to each server track changes with the same options.
async fn track(world: &World, server: &mut Server, options: &[&str]) -> Both {
    let mut both = Both::dial(world, server).await;
    both.send(world, server, &["CLIENT", "ID"], &["CLIENT", "ID"]).await;
    let (ours, real) = both.take();
    let number = |reply: String| reply.trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let (ours, real) = (number(ours), number(real));
    fn tracking<'a>(id: &'a str, options: &[&'a str]) -> Vec<&'a str> {
        [&["CLIENT", "TRACKING", "ON", "REDIRECT", id], options].concat()
    }
    both.send(world, server, &tracking(&ours, options), &tracking(&real, options)).await;
    let subscribe = ["SUBSCRIBE", "__redis__:invalidate"];
    both.send(world, server, &subscribe, &subscribe).await;
    let (ours, real) = both.take();
    assert_eq!(ours, real);
    both
}

#[test]
fn both_servers_announce_the_same_changes() {
    let mut server = Server::start(&[]);
    let mut runner = TestRunner::new_with_rng(Config::default(), drawn());
    let drawn = (select(&OPTIONS[..]), vec(select(&USES[..]), 1..40));
    for _ in 0..40 {
        let (options, uses) = drawn.new_tree(&mut runner).expect("a sequence").current();
        server.flush();
        with_a_cache(0, async |world| {
            server.set_clock(world.now_ms());
            let mut tracker = track(&world, &mut server, options).await;
            let mut other = Both::dial(&world, &server).await;
            for (at, used) in uses.iter().enumerate() {
                other.send(&world, &mut server, used, used).await;
                let (ours, real) = other.take();
                assert_eq!(ours, real, "the reply to {used:?}, {at} of {uses:?}");
                let (ours, real) = tracker.take();
                assert_eq!(ours, real, "{options:?}: announced after {used:?}, {at} of {uses:?}");
            }
        });
    }
}
