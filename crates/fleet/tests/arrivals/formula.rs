//! The back-off formulas, computed from their definitions: for one wait, and for a whole fleet that
//! comes back.
//!
//! No number is drawn here. Probability is propagated: of all devices that try in one millisecond,
//! a share tries again in each later one.

use crosswire_plan::scenario::BackoffFamily;

/// The parameters of a formula, in ms.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    pub base_ms: u64,
    pub cap_ms: u64,
}

/// Equally likely waits: from, to, and their total probability.
type Even = (u64, u64, f64);

/// Returns the waits after `failures` failures, for all families but decorrelated jitter, which
/// depends on the previous wait.
pub fn waits(family: BackoffFamily, failures: u32, numbers: Numbers) -> Vec<Even> {
    let Numbers { base_ms, cap_ms } = numbers;
    let power = 1_u64 << failures.min(20);
    let step = (base_ms * power).min(cap_ms);
    match family {
        BackoffFamily::FullJitter => vec![(0, step, 1.0)],
        BackoffFamily::EqualJitter => vec![(step / 2, step / 2 + step / 2, 1.0)],
        BackoffFamily::ExponentialPlusSecond => {
            let (from, to) = (1_000 * power, 1_000 * power + 1_000);
            let below = cap_ms.clamp(from, to + 1) - from;
            let below_the_cap = below as f64 / 1_001.0;
            let even = (from, from + below.max(1) - 1, below_the_cap);
            vec![even, (cap_ms, cap_ms, 1.0 - below_the_cap)]
        }
        BackoffFamily::DoublingNoJitter => vec![(step, step, 1.0)],
        BackoffFamily::FixedInterval => vec![(base_ms, base_ms, 1.0)],
        BackoffFamily::Immediate => vec![(1, 1, 1.0)],
        // The connection is made each time; only the authentication on it fails.
        BackoffFamily::ResetOnConnect => vec![(0, base_ms, 1.0)],
        BackoffFamily::Decorrelated => decorrelated(base_ms, numbers),
    }
    .into_iter()
    .filter(|even| even.2 > 0.0)
    .collect()
}

/// Returns the waits of decorrelated jitter after a wait.
pub fn decorrelated(previous_ms: u64, Numbers { base_ms, cap_ms }: Numbers) -> Vec<Even> {
    let most = 3 * previous_ms.max(base_ms);
    if most < cap_ms {
        return vec![(base_ms, most, 1.0)];
    }
    let count = (most - base_ms + 1) as f64;
    let below_the_cap = (cap_ms - base_ms) as f64 / count;
    vec![(base_ms, cap_ms - 1, below_the_cap), (cap_ms, cap_ms, 1.0 - below_the_cap)]
}

/// Returns the probability that a wait is at most `wait_ms`.
pub fn at_most(waits: &[Even], wait_ms: u64) -> f64 {
    let share = |&(from, to, all): &Even| {
        let within = (wait_ms + 1).saturating_sub(from).min(to - from + 1);
        all * within as f64 / (to - from + 1) as f64
    };
    waits.iter().map(share).sum()
}

/// An outage, and the timing of attempts in it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "units end a name")]
pub struct Outage {
    /// Each device first tries at some moment within this time.
    pub first_within_ms: u64,
    /// Time that messages take: from a failed try to the back-off, and from its end to the next
    /// try.
    pub on_the_way_ms: u64,
    /// End of the outage.
    pub end_ms: u64,
    /// Time of observation after the end.
    pub watched_ms: u64,
}

/// Returns the share of the fleet that is back, for each ms after the end of the outage.
pub fn arrivals(family: BackoffFamily, numbers: Numbers, outage: Outage) -> Vec<f64> {
    let back = if family == BackoffFamily::Decorrelated {
        back_decorrelated(numbers, outage)
    } else {
        back_by_failures(family, numbers, outage)
    };
    let mut share = 0.0;
    back.into_iter()
        .map(|more| {
            share += more;
            share
        })
        .collect()
}

/// Number of failures after which the waits no longer change.
const SETTLED: usize = 12;

fn back_by_failures(family: BackoffFamily, numbers: Numbers, outage: Outage) -> Vec<f64> {
    let Outage { first_within_ms, on_the_way_ms, end_ms, watched_ms } = outage;
    let until = (end_ms + watched_ms) as usize;
    let room = until + numbers.cap_ms as usize + 3_000;
    // The share that tries at a ms, by failures, as differences from one ms to the next.
    let mut steps = vec![vec![0.0; room]; SETTLED + 1];
    let spread = |steps: &mut Vec<Vec<f64>>, failures: usize, from: u64, to: u64, all: f64| {
        let each = all / (to - from + 1) as f64;
        let bound = room as u64 - 1;
        steps[failures][from.min(bound) as usize] += each;
        steps[failures][(to + 1).min(bound) as usize] -= each;
    };
    spread(&mut steps, 0, 1, first_within_ms, 1.0);
    let mut trying = [0.0; SETTLED + 1];
    let mut back = vec![0.0; watched_ms as usize];
    for now in 0..until {
        for failures in 0..=SETTLED {
            trying[failures] += steps[failures][now];
            let share = trying[failures];
            if now >= end_ms as usize {
                back[now - end_ms as usize] += share;
            } else if share > 1e-12 {
                let behind = now as u64 + on_the_way_ms;
                for (from, to, all) in waits(family, failures as u32, numbers) {
                    let next = (failures + 1).min(SETTLED);
                    spread(&mut steps, next, behind + from.max(1), behind + to.max(1), share * all);
                }
            }
        }
    }
    back
}

/// Resolution for decorrelated jitter, where the previous wait is a second axis.
const GRAIN_MS: u64 = 4;

fn back_decorrelated(numbers: Numbers, outage: Outage) -> Vec<f64> {
    let grains = |ms: u64| (ms / GRAIN_MS) as usize;
    let (base, cap) = (grains(numbers.base_ms), grains(numbers.cap_ms));
    let (end, until) = (grains(outage.end_ms), grains(outage.end_ms + outage.watched_ms));
    let on_the_way = grains(outage.on_the_way_ms);
    let first = grains(outage.first_within_ms);
    let mut back = vec![0.0; outage.watched_ms as usize];
    // Attempts by time and previous wait. A ring suffices, because no wait is longer than the cap.
    let ring = cap + on_the_way + 1;
    let mut trying = vec![vec![0.0; cap + 1]; ring];
    for now in 0..until {
        let mut here = std::mem::replace(&mut trying[now % ring], vec![0.0; cap + 1]);
        if now < first {
            // A device that has not waited yet is treated like one that has waited for the minimum.
            here[base] += 1.0 / first as f64;
        }
        if now >= end {
            let share: f64 = here.iter().sum();
            let at = (now - end) * GRAIN_MS as usize;
            let place = at..(at + GRAIN_MS as usize).min(back.len());
            let count = place.len() as f64;
            back[place].iter_mut().for_each(|back| *back += share / count);
            continue;
        }
        // A wait of w comes evenly from all devices whose last wait was at least w / 3.
        let even = |last: usize| here[last] / (3 * last.max(base) - base) as f64;
        let mut reach = vec![0.0; 3 * cap + 2];
        let mut sum = 0.0;
        for last in (base..=cap).rev() {
            sum += even(last);
            let ends = 3 * last;
            let begins = if last == base { base } else { 3 * (last - 1) };
            reach[begins..ends].iter_mut().for_each(|reach| *reach = sum);
        }
        let beyond: f64 = reach[cap..].iter().sum();
        for wait in base..cap {
            trying[(now + on_the_way + wait) % ring][wait] += reach[wait];
        }
        trying[(now + on_the_way + cap) % ring][cap] += beyond;
    }
    back
}
