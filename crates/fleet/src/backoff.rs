//! Back-off: the time a device waits before it tries to connect again.

use crosswire_plan::rng::Draw;
use crosswire_plan::scenario::{Backoff, BackoffFamily};

/// Returns the wait before the next attempt, in ms and at least 1. `failures` counts the attempts
/// that failed in a row, from 0; `previous_ms` is the wait before this one.
///
/// The formulas are those of [`BackoffFamily`]. Full, equal and decorrelated jitter are from the
/// AWS architecture blog, "Exponential Backoff And Jitter", 2015.
pub fn wait_ms(spec: &Backoff, failures: u32, previous_ms: u64, draw: &mut impl Draw) -> u64 {
    let doubled = |unit: u64| unit.saturating_mul(1_u64 << failures.min(32)).min(spec.cap_ms);
    let step = doubled(spec.base_ms);
    let wait = match spec.family {
        BackoffFamily::FullJitter | BackoffFamily::ResetOnConnect => draw.between(0, step),
        BackoffFamily::EqualJitter => step / 2 + draw.between(0, step / 2),
        BackoffFamily::Decorrelated => {
            let most = previous_ms.max(spec.base_ms).saturating_mul(3);
            draw.between(spec.base_ms, most).min(spec.cap_ms)
        }
        BackoffFamily::ExponentialPlusSecond => {
            (doubled(1_000) + draw.between(0, 1_000)).min(spec.cap_ms)
        }
        BackoffFamily::DoublingNoJitter => step,
        BackoffFamily::FixedInterval => spec.base_ms,
        BackoffFamily::Immediate => 1,
    };
    wait.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::Streams;
    use proptest::prelude::*;

    fn spec(family: BackoffFamily) -> Backoff {
        Backoff { family, base_ms: 1_000, cap_ms: 32_000, weight: 1.0, reset_after_ms: 20_000 }
    }

    const ALL: [BackoffFamily; 8] = [
        BackoffFamily::FullJitter,
        BackoffFamily::EqualJitter,
        BackoffFamily::Decorrelated,
        BackoffFamily::ExponentialPlusSecond,
        BackoffFamily::DoublingNoJitter,
        BackoffFamily::FixedInterval,
        BackoffFamily::Immediate,
        BackoffFamily::ResetOnConnect,
    ];

    proptest! {
        #[test]
        fn a_wait_is_never_zero_and_never_beyond_the_cap(
            seed in any::<u64>(), failures in 0..200_u32, previous_ms in 0..100_000_u64,
        ) {
            for family in ALL {
                let mut rng = Streams::new(seed).stream("test", &[]);
                let wait = wait_ms(&spec(family), failures, previous_ms, &mut rng);
                prop_assert!((1..=32_000).contains(&wait), "{family:?} {wait}");
            }
        }
    }

    #[test]
    fn without_jitter_the_wait_doubles_up_to_the_cap() {
        let mut rng = Streams::new(1).stream("test", &[]);
        let spec = spec(BackoffFamily::DoublingNoJitter);
        let waits: Vec<_> = (0..7).map(|n| wait_ms(&spec, n, 0, &mut rng)).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000]);
    }

    #[test]
    fn full_jitter_has_half_the_step_as_its_mean() {
        let mut rng = Streams::new(1).stream("test", &[]);
        let spec = spec(BackoffFamily::FullJitter);
        let total: u64 = (0..10_000).map(|_| wait_ms(&spec, 3, 0, &mut rng)).sum();
        assert!((3_900..4_100).contains(&(total / 10_000)), "{}", total / 10_000);
    }
}
