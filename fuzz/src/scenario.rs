//! An arbitrary text as a scenario file.

use crosswire::catalog;
use crosswire_plan::{Plan, Seed, draw, load};

/// A scenario may demand many changes. Beyond this number, drawing takes too long to fuzz.
const MOST_CHANGES: u32 = 1_000;

/// Loads a text as a scenario, which must be the same after writing and loading again. The plans of
/// some seeds must be valid.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let vocabulary = catalog::vocabulary();
    let scenario = match load("fuzz.toml", text, &vocabulary) {
        Ok(scenario) => scenario,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let written = toml::to_string(&scenario).expect("a scenario is TOML");
    let again = load("again.toml", &written, &vocabulary);
    assert_eq!(again.as_ref().ok(), Some(&scenario), "{written}\n{again:?}");
    let changes = &scenario.workload.changes;
    let mixes = [&changes.before, &changes.during, &changes.after];
    let many = mixes.into_iter().any(|mix| {
        [mix.shares, mix.revocations, mix.transfers, mix.resets, mix.deletions, mix.regrets]
            .into_iter()
            .any(|count| count > MOST_CHANGES)
    });
    if many {
        return;
    }
    for seed in [0, 1, u64::MAX] {
        let plan = draw(&scenario, Seed(seed));
        assert_eq!(plan, draw(&scenario, Seed(seed)));
        assert_eq!(plan.check(&vocabulary), Ok(()), "seed {seed}");
        let written = toml::to_string(&plan).expect("a plan is TOML");
        assert_eq!(toml::from_str::<Plan>(&written).as_ref(), Ok(&plan), "seed {seed}\n{written}");
    }
}
