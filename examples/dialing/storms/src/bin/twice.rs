//! `twice CLIENT SCENARIO SEEDS`: plays each seed twice, on two threads, and prints what differs and what
//! is not clean. The last line has a hash of all digests, to compare with that of another process.

use crosswire::Storm;
use std::hash::{DefaultHasher, Hash, Hasher};
use storms::calls::Client;
use storms::{bb8_redis, connection_manager, deadpool_redis, fred, rustis};

fn storm(client: &str, scenario: &str) -> Storm {
    let storm = Storm::named(scenario);
    match client {
        "connection-manager" => {
            storm.cache_client(client, Client::<connection_manager::Managers>::connect)
        }
        "bb8-redis" => storm.cache_client(client, Client::<bb8_redis::Bb8>::connect),
        "deadpool-redis" => storm.cache_client(client, Client::<deadpool_redis::Deadpool>::connect),
        "fred" => storm.cache_client(client, Client::<fred::Fred>::connect),
        "rustis" => storm.cache_client(client, Client::<rustis::Rustis>::connect),
        built_in => storm.client(built_in),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [client, scenario, seeds] = &args[..] else { panic!("twice CLIENT SCENARIO SEEDS") };
    let seeds: u64 = seeds.parse().expect("a number of seeds");
    let storm = storm(client, scenario);
    let (mut same, mut clean) = (0, 0);
    let mut all = DefaultHasher::new();
    for seed in 0..seeds {
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(|| storm.play(seed));
            (storm.play(seed), other.join().expect("a storm catches panics"))
        });
        let (first, second) = match (first, second) {
            (Ok(first), Ok(second)) => (first, second),
            (first, second) => {
                println!("seed {seed}: {:?} / {:?}", first.err(), second.err());
                continue;
            }
        };
        first.digest.to_string().hash(&mut all);
        same += u64::from(first.digest == second.digest);
        if first.digest != second.digest {
            println!("seed {seed}: the digests differ");
        }
        let findings = &first.findings;
        if findings.verdict == crosswire::checker::Verdict::Clean {
            clean += 1;
            if seed == 0 {
                println!("seed 0: {} with {} entries", first.digest, first.entries);
            }
            continue;
        }
        println!("seed {seed}: {}", findings.verdict);
        for violation in findings.violations.iter().take(1) {
            println!("  {} {}", violation.invariant, violation.name);
            violation.story.iter().for_each(|line| println!("    {line}"));
        }
    }
    println!(
        "{client} on {scenario}: {same} of {seeds} the same twice, {clean} clean; {:016x}",
        all.finish()
    );
}
