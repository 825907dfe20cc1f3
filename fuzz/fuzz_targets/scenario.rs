//! A scenario file from anywhere: it is loaded and drawn, or refused; never a panic.
#![no_main]

use crosswire_plan::{Seed, Vocabulary, draw, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u64, &str)| {
    let (seed, text) = data;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let vocabulary = Vocabulary {
        clients: names(&["pooled"]),
        defences: names(&["verify-at-delivery"]),
        situations: names(&["push-delivered", "list-delivered"]),
    };
    if let Ok(scenario) = load("fuzz.toml", text, &vocabulary) {
        let plan = draw(&scenario, Seed(seed));
        assert!(plan.faults.iter().all(|fault| fault.end_ms() <= plan.duration_ms));
    }
});
