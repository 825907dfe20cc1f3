//! Prints how many seeds of `swarm` it takes to find each mistake, and runs 1,000 seeds of the
//! correct service: minutes. With `--slice`, from five starting points and with 120 seeds.

use crosswire::{Storm, Verdict};
use own_service::{
    Careful, EarlyCheck, SharedUser, UncheckedExpiries, UncheckedSignatures, UncheckedUploads,
    UncheckedVideos,
};

/// The starting points, and the distance between them.
const POINTS: u64 = 20;
const APART: u64 = 100;

/// Prints the median number of seeds to a find.
fn seeds_to_a_find(name: &str, points: u64, under: impl Fn(Storm) -> Storm) {
    let leaks = |seed: &u64| {
        let outcome = under(Storm::named("swarm")).from_seed(*seed).run();
        !outcome.seeds_with(Verdict::Violated).is_empty()
    };
    let mut found = Vec::new();
    for point in 0..points {
        let first = 1_000 + point * APART;
        let seed = (first..first + APART).find(leaks).expect("a leak within 100 seeds");
        found.push(seed - first + 1);
    }
    found.sort_unstable();
    let median = found[found.len() / 2];
    println!("{name}: median {median} of {found:?}");
}

fn main() {
    let slice = std::env::args().any(|arg| arg == "--slice");
    let (points, seeds) = if slice { (5, 120) } else { (POINTS, 1_000) };
    let median = |name, under: fn(Storm) -> Storm| seeds_to_a_find(name, points, under);
    median("unchecked-videos", |storm| storm.service("ours", UncheckedVideos::new));
    median("unchecked-signatures", |storm| storm.service("ours", UncheckedSignatures::new));
    median("unchecked-expiries", |storm| storm.service("ours", UncheckedExpiries::new));
    median("unchecked-uploads", |storm| storm.service("ours", UncheckedUploads::new));
    median("shared-user", |storm| storm.service("shared-user", SharedUser::new));
    median("early-check", |storm| storm.service("early-check", EarlyCheck::new));
    let storm = Storm::named("swarm").service("own-service", Careful::new);
    storm.seeds(seeds).run().assert_clean();
}
