//! Each protocol next to the real server: both get the same bytes and must reply the same, apart
//! from what [`canonical`](Subject::canonical) forms hide, such as versions and process ids.
//!
//! `ci/real-servers` runs it. A server that is not installed is reported as skipped.
//!
//! * `subject`: what is compared for a protocol: its server, its commands, its replies.
//! * `server`: a server process on a socket in a temporary folder.
//! * `redis` and the others: the subjects.

mod http1;
mod memcached;
#[path = "../shared/model.rs"]
mod model;
mod mysql;
#[path = "../shared/mysql_client.rs"]
mod mysql_client;
mod postgres;
#[path = "../shared/postgres_client.rs"]
mod postgres_client;
mod redis;
mod server;
mod subject;
#[path = "../shared/talk.rs"]
mod talk;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use server::{Line, Server};
use std::cell::RefCell;
use subject::{Subject, Tally};

/// Returns a number from the environment, or `otherwise` without it.
fn setting(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Err(_) => otherwise,
        Ok(text) => text.parse().unwrap_or_else(|_| {
            panic!("{name} must be a whole number, for example {otherwise}; it is '{text}'")
        }),
    }
}

fn drawn() -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&setting("REAL_SERVERS_SEED", 1).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Runs drawn sequences on both until `replies` replies have been compared. Returns the tally, or
/// the smallest sequence found on which they differ.
fn compare(subject: &dyn Subject, server: Server, replies: u64) -> Result<Tally, String> {
    let config = Config { failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, drawn());
    let state = RefCell::new((server, Tally::default()));
    while state.borrow().1.replies < replies {
        let tree = subject.sequence().new_tree(&mut runner).expect("a sequence");
        let outcome = runner.run_one(tree, |commands| {
            let (server, tally) = &mut *state.borrow_mut();
            let result = subject::run(subject, server, &commands, tally);
            result.map_err(TestCaseError::fail)
        });
        if let Err(TestError::Fail(story, _) | TestError::Abort(story)) = outcome {
            return Err(story.to_string());
        }
    }
    Ok(state.into_inner().1)
}

/// Compares a protocol with its real server, unless that is not installed.
fn check(subject: &dyn Subject) {
    let name = subject.name();
    let Some(server) = subject.start() else {
        return println!("{name}: skipped, because its server is not installed");
    };
    let (seed, replies) = (setting("REAL_SERVERS_SEED", 1), setting("REAL_SERVERS_REPLIES", 2_000));
    let tally = compare(subject, server, replies).unwrap_or_else(|story| {
        panic!("seed {seed}: {name} and the real server differ at the end of\n{story}")
    });
    println!(
        "{name}: seed {seed}, {} replies the same in {} sequences ({})",
        tally.replies,
        tally.sequences,
        tally.commands()
    );
    let missing = subject.words().iter().filter(|word| !tally.by_command.contains_key(**word));
    assert_eq!(missing.copied().collect::<Vec<_>>(), [""; 0], "{name}: every command is drawn");
}

#[test]
fn resp2() {
    check(&redis::Redis { version: 2 });
}

#[test]
fn resp3() {
    check(&redis::Redis { version: 3 });
}

#[test]
fn memcached() {
    check(&memcached::Memcached);
}

#[test]
fn http1() {
    check(&http1::Http1);
}

#[test]
fn postgres() {
    check(&postgres::Postgres);
}

#[test]
fn mysql() {
    check(&mysql::MySql { without_ends: true });
    check(&mysql::MySql { without_ends: false });
}

/// The comparison can fail: a real server with fewer databases than ours is noticed.
#[test]
fn a_planted_difference_is_found_and_minimized() {
    let subject = redis::Redis { version: 2 };
    let Some(server) = redis::start(&["--databases", "2"]) else {
        return println!("skipped, because redis-server is not installed");
    };
    let Err(story) = compare(&subject, server, 100_000) else {
        panic!("the comparison missed 2 databases instead of 16")
    };
    insta::assert_snapshot!(story, @r"
    SELECT 3\r\nSELECT 0\r\n
    ours: +OK\r\n+OK\r\n
    real: -ERR DB index is out of range\r\n+OK\r\n
    ");
}

/// A connection that is closed when it goes out of scope.
type Connection = Line;
