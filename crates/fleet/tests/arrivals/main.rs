//! Compares how devices come back with the formulas of their back-off: one wait at a time, and a
//! whole fleet after an outage. docs/reports/arrivals.md shows the fleets; `ci/arrivals` writes it.

mod draw;
mod formula;
mod world;

use crosswire_fleet::backoff::wait_ms;
use crosswire_plan::Streams;
use crosswire_plan::scenario::{Backoff, BackoffFamily};
use formula::{Numbers, Outage, arrivals, at_most, decorrelated, waits};
use std::path::Path;
use world::{ON_THE_WAY_MS, comes_back};

const NUMBERS: Numbers = Numbers { base_ms: 500, cap_ms: 8_000 };

const OUTAGE: Outage = Outage {
    // The cameras of a fleet are switched on within this time: see `start_cameras`.
    first_within_ms: 1_500,
    on_the_way_ms: ON_THE_WAY_MS,
    end_ms: 20_000,
    watched_ms: 9_000,
};

const FAMILIES: [(BackoffFamily, &str, u32); 8] = [
    (BackoffFamily::FullJitter, "full-jitter", 2_500),
    (BackoffFamily::EqualJitter, "equal-jitter", 2_500),
    (BackoffFamily::Decorrelated, "decorrelated", 2_500),
    (BackoffFamily::ExponentialPlusSecond, "exponential-plus-second", 2_500),
    (BackoffFamily::DoublingNoJitter, "doubling-no-jitter", 2_500),
    (BackoffFamily::FixedInterval, "fixed-interval", 2_500),
    // Each camera tries two hundred times a second.
    (BackoffFamily::Immediate, "immediate", 40),
    (BackoffFamily::ResetOnConnect, "reset-on-connect", 2_500),
];

/// The distance that chance alone exceeds in one of a thousand comparisons (Kolmogorov-Smirnov, for
/// large counts).
fn bound(count: usize) -> f64 {
    1.95 / (count as f64).sqrt()
}

/// Returns the greatest difference between the distribution of `sorted` and the expected one. A
/// formula jumps where all values coincide, so shifts of up to `slack` do not count.
fn distance(sorted: &[u64], slack: u64, share: impl Fn(i64) -> f64) -> f64 {
    let count = sorted.len() as f64;
    let mut most = 0.0_f64;
    for (at, &value) in sorted.iter().enumerate() {
        let (value, slack) = (value as i64, slack as i64);
        let (below, upto) = (at as f64 / count, (at + 1) as f64 / count);
        most = most.max(upto - share(value + slack)).max(share(value - 1 - slack) - below);
    }
    most
}

/// Draws many single waits and sorts them.
fn drawn(family: BackoffFamily, failures: u32, previous_ms: u64) -> Vec<u64> {
    let Numbers { base_ms, cap_ms } = NUMBERS;
    let spec = Backoff { family, base_ms, cap_ms, weight: 1.0, reset_after_ms: 20_000 };
    let mut from = Streams::new(1).stream("waits", &[u64::from(failures), previous_ms]);
    let mut drawn: Vec<_> =
        (0..20_000).map(|_| wait_ms(&spec, failures, previous_ms, &mut from)).collect();
    drawn.sort_unstable();
    drawn
}

/// Returns the distance of single waits from a formula with these parameters.
fn of_waits(family: BackoffFamily, failures: u32, numbers: Numbers) -> f64 {
    // Each connection that is made resets the count, so it is always 0.
    let failures = if family == BackoffFamily::ResetOnConnect { 0 } else { failures };
    let previous_ms = u64::from(failures) * 700;
    let formula = match family {
        BackoffFamily::Decorrelated => decorrelated(previous_ms, numbers),
        family => waits(family, failures, numbers),
    };
    // A wait of 0 becomes a wait of 1 ms.
    distance(&drawn(family, failures, previous_ms), 1, |wait_ms| {
        u64::try_from(wait_ms).map_or(0.0, |wait_ms| at_most(&formula, wait_ms))
    })
}

#[test]
fn single_waits_follow_their_formula() {
    for (family, name, _) in FAMILIES {
        for failures in 0..7 {
            let distance = of_waits(family, failures, NUMBERS);
            assert!(distance < bound(20_000), "{name} after {failures} failures: {distance}");
        }
    }
}

/// Shows that the comparison can fail: it rejects steps that are a tenth too long.
#[test]
fn a_formula_that_is_a_tenth_too_long_is_rejected() {
    let longer = Numbers { base_ms: 550, cap_ms: 8_800 };
    for (family, name, _) in FAMILIES {
        let distance = of_waits(family, 6, longer);
        // Without a wait, the step does not matter.
        let has_steps = family != BackoffFamily::Immediate;
        assert_eq!(distance > 2.0 * bound(20_000), has_steps, "{name}: {distance}");
    }
}

/// A fleet that came back, and its formula.
struct Fleet {
    name: &'static str,
    cameras: usize,
    /// The time at which each camera was back, in ms after the end of the outage.
    back_ms: Vec<u64>,
    /// The expected share, by ms.
    formula: Vec<f64>,
    /// Distance between the two, and the greatest distance allowed.
    distance: f64,
    bound: f64,
    /// The nearest formula of another family, and its distance.
    nearest: (&'static str, f64),
}

/// Allowed difference between the clocks of cameras and of the formula.
const SLACK_MS: u64 = 12;

fn of_curve(back_ms: &[u64], formula: &[f64]) -> f64 {
    distance(back_ms, SLACK_MS, |at_ms| match usize::try_from(at_ms) {
        Ok(at_ms) => formula[at_ms.min(formula.len() - 1)],
        Err(_) => 0.0,
    })
}

fn fleets() -> Vec<Fleet> {
    let formulas = FAMILIES.map(|(family, name, _)| (name, arrivals(family, NUMBERS, OUTAGE)));
    let fleet = |(family, name, cameras): (BackoffFamily, &'static str, u32)| {
        let back_ms = comes_back(family, NUMBERS, OUTAGE, cameras);
        let near =
            |(other, formula): &(&'static str, Vec<f64>)| (*other, of_curve(&back_ms, formula));
        let (own, others): (Vec<_>, Vec<_>) = formulas.iter().partition(|other| other.0 == name);
        let others = others.into_iter().map(near);
        Fleet {
            name,
            cameras: cameras as usize,
            formula: own[0].1.clone(),
            distance: near(own[0]).1,
            bound: bound(cameras as usize),
            nearest: others.min_by(|one, two| one.1.total_cmp(&two.1)).expect("others"),
            back_ms,
        }
    };
    FAMILIES.map(fleet).into()
}

#[test]
fn a_fleet_comes_back_by_its_formula_and_by_no_other() {
    let fleets = fleets();
    for fleet in &fleets {
        let Fleet { name, cameras, distance, bound, nearest, back_ms, .. } = fleet;
        assert_eq!(back_ms.len(), *cameras, "{name}: some cameras are not back");
        assert!(distance < bound, "{name}: {distance} from its formula, allowed is {bound}");
        assert!(nearest.1 > 1.5 * bound, "{name}: only {} from {}", nearest.1, nearest.0);
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reports");
    for (file, text) in draw::pages(&fleets, OUTAGE) {
        let path = docs.join(file);
        if std::env::var_os("CROSSWIRE_BLESS").is_some() {
            std::fs::write(&path, &text).expect("docs can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "docs/reports/{file} is out of date: run ci/arrivals");
    }
}

/// Shows that the curve of a fleet differs from a formula with one wrong number.
#[test]
fn the_curve_rejects_a_planted_wrong_base() {
    let wrong = Numbers { base_ms: 750, ..NUMBERS };
    let fleet = comes_back(BackoffFamily::ResetOnConnect, NUMBERS, OUTAGE, 1_000);
    let planted = arrivals(BackoffFamily::ResetOnConnect, wrong, OUTAGE);
    let distance = of_curve(&fleet, &planted);
    assert!(distance > 2.0 * bound(1_000), "{distance}");
}
