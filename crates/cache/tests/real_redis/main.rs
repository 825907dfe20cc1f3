//! The simulated cache next to a real redis-server: both get the same commands, in the same pieces,
//! at the same millisecond, and must return the same bytes.
//!
//! `ci/parity` runs it. It needs redis-server 7.0, setpriv and a C compiler. The test does not wait
//! for time to pass: the real server's clock is a number that the test writes (`clock.c`).
//!
//! * `step`, `generate`: the steps of a sequence, and how one is drawn.
//! * `real`, `ours`: the two servers.
//! * `comparison`: a sequence on both.
//! * `intended`: intended differences, with docs/parity.md.
//! * `tracking`: which changes are announced.
//! * `eviction`: which keys are evicted when there is no room.

mod comparison;
mod eviction;
mod generate;
mod intended;
mod ours;
mod real;
mod step;
mod tracking;

use comparison::{Comparison, Tally};
use generate::{NAMES, sequence};
use intended::intended;
use ours::with_a_cache;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use real::Server;
use std::cell::RefCell;
use step::{Asked, Step};

/// Returns a number from the environment, or `otherwise` without it.
fn setting(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Err(_) => otherwise,
        Ok(text) => text.parse().unwrap_or_else(|_| {
            panic!("{name} must be a whole number, for example {otherwise}; it is '{text}'")
        }),
    }
}

/// Returns a generator seeded with `PARITY_SEED`.
fn drawn() -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&setting("PARITY_SEED", 1).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Runs drawn sequences until `replies` replies have been compared. Returns the tally and the
/// number of sequences, or the smallest sequence found on which the servers differ.
fn compare(real: Server, replies: u64) -> Result<(Tally, u32), String> {
    let config = Config { failure_persistence: None, max_shrink_iters: 3_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, drawn());
    let both = RefCell::new((real, Tally::default()));
    let mut sequences = 0;
    while both.borrow().1.replies < replies {
        let tree = sequence().new_tree(&mut runner).expect("a sequence");
        let outcome = runner.run_one(tree, |steps| {
            let (real, tally) = &mut *both.borrow_mut();
            let result = with_a_cache(0, async |world| {
                Comparison::new(real, world, tally).through(&steps).await
            });
            result.map_err(|difference| TestCaseError::fail(difference.0))
        });
        if let Err(TestError::Fail(story, _) | TestError::Abort(story)) = outcome {
            return Err(story.to_string());
        }
        sequences += 1;
    }
    Ok((both.into_inner().1, sequences))
}

#[test]
fn the_same_commands_get_the_same_replies() {
    let (seed, replies) = (setting("PARITY_SEED", 1), setting("PARITY_REPLIES", 4_000));
    let (tally, sequences) = compare(Server::start(&[]), replies).unwrap_or_else(|story| {
        panic!("seed {seed}: the simulated cache and redis-server differ at the end of\n{story}")
    });
    println!(
        "seed {seed}: {} commands sent in {sequences} sequences, {} replies the same byte for byte, 0 \
         unexplained differences; on purpose:",
        tally.sent, tally.replies
    );
    for (name, times) in &tally.intended {
        println!("  {name}: {times}");
    }
}

/// A new command of the cache must be added to `NAMES`.
#[test]
fn every_command_of_the_cache_is_known() {
    let count = NAMES.iter().filter(|name| !name.contains('|')).count();
    let answers = with_a_cache(0, async |world| {
        let mut line = world.dial().await;
        line.write(&step::array(&["COMMAND", "COUNT"])).await;
        world.settle().await;
        line.take().0
    });
    assert_eq!(String::from_utf8_lossy(&answers), format!(":{count}\r\n"));
}

/// Each command must be drawn so that it takes effect: of a command that is always refused, only
/// the errors are compared.
#[test]
fn every_known_command_takes_effect() {
    let mut runner = TestRunner::new_with_rng(Config::default(), drawn());
    let mut missing = NAMES.to_vec();
    for _ in 0..200 {
        let steps = sequence().new_tree(&mut runner).expect("a sequence").current();
        let commands = steps.iter().flat_map(|step| match step {
            Step::Ask { commands, .. } => commands.as_slice(),
            Step::Alone { command, .. } => std::slice::from_ref(command),
            _ => &[],
        });
        with_a_cache(0, async |world| {
            for command in commands {
                let mut line = world.dial().await;
                line.write(&command.encoded(world.now_ms())).await;
                world.settle().await;
                if !matches!(line.take().0[..], [] | [b'-', ..]) {
                    missing.retain(|name| !is_called(command, name));
                }
            }
        });
    }
    assert_eq!(missing, Vec::<&str>::new());
}

fn is_called(command: &Asked, name: &str) -> bool {
    let words = command.at(0);
    let same = |(at, part): (usize, &str)| {
        words.get(at).is_some_and(|word: &Vec<u8>| word.eq_ignore_ascii_case(part.as_bytes()))
    };
    name.split('|').enumerate().all(same)
}

#[test]
fn intended_differences_are_as_described() {
    let mut real = Server::start(&[]);
    for meant in intended() {
        let Some(example) = &meant.example else { continue };
        real.flush();
        let (ours, theirs) = with_a_cache(0, async |world| {
            let (mut ours, mut theirs) = (world.dial().await, real.dial());
            let mut answers = (Vec::new(), Vec::new());
            for line in example.lines {
                let words: Vec<_> = line.split(' ').collect();
                if let ["WAIT", ms] = words[..] {
                    world.pass(ms.parse().expect("milliseconds")).await;
                    continue;
                }
                real.settle(0);
                real.set_clock(world.now_ms() + ours::LATENCY_MS);
                ours.write(&step::array(&words)).await;
                theirs.write(&step::array(&words));
                world.settle().await;
                real.settle(0);
                answers = (ours.take().0, theirs.take().0);
            }
            answers
        });
        assert_eq!(ours.escape_ascii().to_string(), example.ours, "{}", meant.name);
        let theirs = theirs.escape_ascii().to_string();
        assert!(theirs.starts_with(example.real), "{}: {theirs}", meant.name);
    }
}

/// The page and the list in the code contain the same names.
#[test]
fn the_page_lists_the_intended_differences() {
    let page = include_str!("../../../../docs/parity.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    let mut names: Vec<_> = intended().iter().map(|meant| meant.name).collect();
    names.sort_unstable();
    assert_eq!(rows, names);
}

/// The comparison can fail: it detects a real server with fewer databases, and reports a minimal
/// sequence.
#[test]
fn a_planted_difference_is_found_and_minimized() {
    let Err(story) = compare(Server::start(&["--databases", "8"]), 100_000) else {
        panic!("the comparison missed 8 databases instead of 16")
    };
    insta::assert_snapshot!(story, @r"
       3 ms  line 0: SELECT 15
    ours to line 0: +OK\r\n
    real to line 0: -ERR DB index is out of range\r\n
    ");
}
