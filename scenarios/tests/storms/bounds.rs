//! No command is in flight to the cache for longer than the bound of the checker.

use crosswire_claims::bounds::{longest, plan, swarm};
use proptest::prelude::*;
use std::sync::LazyLock;

static SWARM: LazyLock<crosswire_plan::Scenario> = LazyLock::new(swarm);

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    /// `ci/bounds` runs a hundred thousand plans.
    #[test]
    fn the_bound_of_a_plan_covers_its_longest_delay(seed in any::<u64>()) {
        if let Some(found) = longest(plan(&SWARM, seed)) {
            prop_assert!(found.writes > 0, "seed {seed}: nothing was written");
            prop_assert!(found.took_ms <= found.bound_ms, "{found:?}");
        }
    }
}
