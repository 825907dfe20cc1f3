//! Eviction: which commands count as a use of a key, and that the least recently used keys go
//! first.
//!
//! The real server counts bytes and guesses: it takes samples, keeps the best of them in a pool,
//! and records a use by its second. So the test asks only for what the server answers exactly. All
//! keys are sampled, each use falls in a separate second, and there is one eviction for each set of
//! keys.

use crate::ours::{self, LATENCY_MS, World, with_a_cache};
use crate::real::Server;
use crate::step::{array, shown};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::RefCell;

/// The number of keys that fit.
const KEYS: usize = 8;

/// So large that the server's other allocations do not matter.
const VALUE: usize = 64 * 1024;

/// Commands on a key. None makes the key's value larger.
const USES: [&[&str]; 20] = [
    &["GET", "key"],
    &["MGET", "key"],
    &["STRLEN", "key"],
    &["EXISTS", "key"],
    &["TTL", "key"],
    &["PTTL", "key"],
    &["EXPIRE", "key", "100000"],
    &["PEXPIRE", "key", "100000000", "XX"],
    &["EXPIREAT", "key", "x"],
    &["PERSIST", "key"],
    &["SETNX", "key", "v"],
    &["SET", "key", "v", "NX"],
    &["SET", "key", "v", "NX", "GET"],
    &["SET", "key", "v", "EX", "x"],
    &["INCR", "key"],
    &["INCRBY", "key", "x"],
    &["APPEND", "key", ""],
    &["UNLINK", "another"],
    &["SET", "key", "value"],
    &["MSET", "key", "value"],
];

/// Commands with the keys they use, in order, and the number of keys beyond the limit afterwards.
type Round = (Vec<(&'static [&'static str], usize)>, usize);

fn round() -> impl Strategy<Value = Round> {
    (vec((select(&USES[..]), 0..KEYS), 0..16), 1..KEYS)
}

/// A connection to each server.
struct Both<'a> {
    world: World,
    line: ours::Line,
    real: &'a mut Server,
    /// The real server's clock continues from round to round, since its pool has a memory.
    began_ms: u64,
}

impl Both<'_> {
    /// Asks both servers, in a separate second.
    async fn ask(&mut self, words: &[&str]) -> (String, String) {
        self.world.pass(1_100).await;
        let now_ms = self.began_ms + self.world.now_ms() + LATENCY_MS;
        self.real.set_clock(now_ms);
        self.await_its_clock(now_ms / 1_000);
        self.line.write(&array(words)).await;
        self.world.settle().await;
        (String::from_utf8_lossy(&self.line.take().0).into_owned(), self.real.ask(words))
    }

    /// Waits for the server's LRU clock, which the server updates only from time to time, here
    /// every 2 ms.
    fn await_its_clock(&mut self, second: u64) {
        let expected = format!("lru_clock:{}\r\n", second % (1 << 24));
        while !self.real.ask(&["INFO", "server"]).contains(&expected) {}
    }

    /// Returns which of some keys each server still has.
    async fn left(&mut self, keys: &[String]) -> (Vec<String>, Vec<String>) {
        let mut left = (Vec::new(), Vec::new());
        for key in keys {
            let (ours, real) = self.ask(&["EXISTS", key]).await;
            for (said, left) in [(ours, &mut left.0), (real, &mut left.1)] {
                if said == ":1\r\n" {
                    left.push(key.clone());
                }
            }
        }
        left
    }
}

/// Returns a number that the real server reports about itself.
fn reported(real: &mut Server, section: &str, field: &str) -> usize {
    let info = real.ask(&["INFO", section]);
    let value = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    value.and_then(|value| value.parse().ok()).expect("INFO reports the number")
}

/// Makes the real server drop a key: limits it to a little less memory than it uses, until a key is
/// gone. Buffers that it frees count as memory as well, hence the loop.
fn drop_one(real: &mut Server) {
    let dropped = reported(real, "stats", "evicted_keys");
    while reported(real, "stats", "evicted_keys") == dropped {
        let limit = reported(real, "memory", "used_memory") - VALUE / 3;
        real.ask(&["CONFIG", "SET", "maxmemory", &limit.to_string()]);
        // It frees memory before a command.
        real.ask(&["PING"]);
        real.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    }
}

async fn run_round(both: &mut Both<'_>, number: usize, (uses, more): &Round) -> Result<(), String> {
    let value = "v".repeat(VALUE);
    let name = |at: usize| format!("round-{number}-{at}");
    let mut story = String::new();
    for at in 0..KEYS {
        both.ask(&["SET", &name(at), &value]).await;
    }
    for (words, at) in uses {
        let key = name(*at);
        let words: Vec<_> = words
            .iter()
            .map(|word| match *word {
                "key" => &*key,
                "value" => &value,
                word => word,
            })
            .collect();
        let (ours, real) = both.ask(&words).await;
        story += &format!("{}\n", shown(words.join(" ").as_bytes()));
        if ours != real {
            let (ours, real) = (shown(ours.as_bytes()), shown(real.as_bytes()));
            return Err(format!("{story}  ours: {ours}\n  real: {real}"));
        }
    }
    for at in KEYS..KEYS + more {
        both.ask(&["SET", &name(at), &value]).await;
    }
    for _ in 0..*more {
        drop_one(both.real);
    }
    let keys: Vec<_> = (0..KEYS + more).map(name).collect();
    let (ours, real) = both.left(&keys).await;
    if ours == real {
        return Ok(());
    }
    Err(format!("{story}{more} more keys\n  ours keeps: {ours:?}\n  real keeps: {real:?}"))
}

#[test]
fn both_servers_evict_the_same_keys() {
    let rounds = crate::setting("PARITY_EVICTIONS", 25);
    let settings =
        ["--maxmemory-policy", "allkeys-lru", "--maxmemory-samples", "64", "--hz", "500"];
    let real = RefCell::new((Server::start(&settings), 0, 0));
    let config = Config { failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, crate::drawn());
    for _ in 0..rounds {
        let tree = round().new_tree(&mut runner).expect("a round");
        let outcome = runner.run_one(tree, |round| {
            let (real, number, began_ms) = &mut *real.borrow_mut();
            real.flush();
            *number += 1;
            let result = with_a_cache(KEYS, async |world| {
                let line = world.dial().await;
                let mut both = Both { world, line, real, began_ms: *began_ms };
                let result = run_round(&mut both, *number, &round).await;
                *began_ms += both.world.now_ms();
                result
            });
            result.map_err(TestCaseError::fail)
        });
        if let Err(TestError::Fail(story, _) | TestError::Abort(story)) = outcome {
            panic!("the servers evict different keys:\n{story}");
        }
    }
}
