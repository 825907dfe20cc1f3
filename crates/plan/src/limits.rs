//! The limits of all numbers in a scenario.
//!
//! The limits reject values that cannot be meant (no cameras, a probability of 2) or that would not
//! fit into a machine (10^12 phones). They are checked on the file itself, before its numbers are
//! converted, so that a number too large for its type gets the same clear error as one that is
//! merely too large.

use std::fmt;

use crate::fault::MAX_LOSS;
use crate::outline::{Leaf, Outline};
use crate::problem::Problem;

/// The limits of one number, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// A whole number, or a range `[from, to]` of two.
    Whole(u64, u64),
    /// Any number.
    Real(f64, f64),
}

use Limit::{Real, Whole};

const DAY_MS: u64 = 86_400_000;
const DEVICES: Limit = Whole(1, 10_000_000);
/// A time greater than 0.
const TIME: Limit = Whole(1, DAY_MS);
/// A time that may be 0.
const DELAY: Limit = Whole(0, DAY_MS);
const SHARE: Limit = Real(0.0, 1.0);

/// Maximum length of a summary, in characters.
pub(crate) const MAX_SUMMARY_LEN: usize = 500;

/// The limit of each number by its dotted path; `*` matches any one step.
pub(crate) const LIMITS: &[(&str, Limit)] = &[
    ("duration_ms", TIME),
    // Only in a plan.
    ("cancel_at", Whole(1, 1_000_000_000)),
    ("cast.cameras", DEVICES),
    ("cast.phones", DEVICES),
    ("cast.gateways", Whole(1, 64)),
    ("cast.cache_nodes", Whole(1, 16)),
    ("cast.zones", Whole(1, 16)),
    ("cast.viewer_share", SHARE),
    ("cast.clones", Whole(0, 1_000)),
    ("client.pool_size", Whole(1, 1_024)),
    ("client.op_timeout_ms", TIME),
    ("service.cache_ttl_ms", TIME),
    ("service.request_deadline_ms", TIME),
    ("service.max_in_flight", Whole(1, 1_000_000)),
    ("service.fanout_batch", Whole(1, 1_024)),
    ("service.link_ms", Whole(1, 86_400_000)),
    ("service.jobs", Whole(1, 64)),
    ("service.viewer_counts", Whole(0, 1_024)),
    ("service.line_look_ups", Whole(0, 1_024)),
    ("service.value_bytes", Whole(0, 8_192)),
    ("cache.max_keys", Whole(0, u32::MAX as u64)),
    ("cache.cold_share", SHARE),
    ("cache.loading_ms", Whole(0, 600_000)),
    ("directory.connections", Whole(1, 100_000)),
    ("directory.queue", Whole(0, 10_000_000)),
    ("directory.read_ms", Whole(0, 60_000)),
    ("directory.write_ms", Whole(0, 60_000)),
    ("directory.replica_lag_ms", Whole(0, 600_000)),
    ("directory.failover_ms", TIME),
    ("network.*.latency_ms", Whole(0, 60_000)),
    ("network.*.jitter_ms", Real(0.0, 60_000.0)),
    ("network.*.bytes_per_ms", Whole(0, 1_000_000_000)),
    ("network.*.window_bytes", Whole(1, 1 << 30)),
    ("network.*.loss", Real(0.0, MAX_LOSS)),
    ("workload.event_every_ms", TIME),
    ("workload.backlog", Whole(1, 100_000)),
    ("workload.keepalive_ms", TIME),
    ("workload.open_every_ms", TIME),
    ("workload.rush_share", SHARE),
    ("workload.thumbnails_per_open", Whole(0, 1_000)),
    ("workload.tap_share", SHARE),
    ("workload.video_share", SHARE),
    ("workload.patience_ms", TIME),
    ("workload.regret_ms", Whole(0, 600_000)),
    ("workload.refresh_share", SHARE),
    ("workload.look_after_change_share", SHARE),
    ("workload.dishonest", SHARE),
    ("workload.camera_timeout_ms", TIME),
    ("workload.detect_within_ms", DELAY),
    ("workload.backoff.*.base_ms", TIME),
    ("workload.backoff.*.cap_ms", TIME),
    ("workload.backoff.*.weight", Real(0.0, 1_000_000.0)),
    ("workload.backoff.*.reset_after_ms", DELAY),
    ("workload.changes.*.*", Whole(0, 1_000_000)),
    ("fault.*.start_ms", DELAY),
    ("fault.*.length_ms", TIME),
    ("points.*", SHARE),
    ("swarm.faults", Whole(0, 64)),
    ("swarm.points", Whole(0, 64)),
    // In a plan, where they are already drawn.
    ("faults.*.start_ms", DELAY),
    ("faults.*.length_ms", TIME),
    // The limits of a severity depend on the kind of fault; crate::validate checks them.
    ("reach.*", Whole(1, 1_000_000_000)),
    ("recovery.within_ms", TIME),
    ("recovery.goodput", SHARE),
    ("recovery.deliver_within_ms", TIME),
    ("recovery.push_grace_ms", DELAY),
    ("recovery.revocation_grace_ms", DELAY),
];

/// The numbers that may be a range `[from, to]`. Both ends have the limit of the number.
const RANGES: &[&str] = &[
    "directory.read_ms",
    "directory.write_ms",
    "directory.replica_lag_ms",
    "workload.regret_ms",
    "fault.*.start_ms",
    "fault.*.length_ms",
    "swarm.faults",
    "swarm.points",
];

impl Limit {
    /// Returns the limit of the number at a path, if it has one.
    pub(crate) fn of(path: &[String]) -> Option<Self> {
        let listed = LIMITS.iter().find(|(pattern, _)| matches(pattern, path));
        let in_range = || {
            let (_, outer) = path.split_last()?;
            if is_range(outer) { Self::of(outer) } else { None }
        };
        listed.map(|(_, limit)| *limit).or_else(in_range)
    }

    /// Reports whether a swarm may draw this number.
    pub(crate) fn allows(self, number: f64) -> bool {
        match self {
            Whole(lo, hi) => number.fract() == 0.0 && (lo as f64..=hi as f64).contains(&number),
            Real(lo, hi) => (lo..=hi).contains(&number),
        }
    }

    /// Reports whether the number is within the limit. A number of another type than the limit's
    /// passes: the type check has the better message.
    fn admits(self, leaf: &Leaf) -> bool {
        match (self, leaf) {
            (Whole(lo, hi), Leaf::Whole(number)) => {
                number.is_some_and(|number| (i128::from(lo)..=i128::from(hi)).contains(&number))
            }
            (Real(lo, hi), Leaf::Whole(number)) => {
                number.is_some_and(|number| (lo..=hi).contains(&(number as f64)))
            }
            (Real(lo, hi), Leaf::Real(number)) => (lo..=hi).contains(number),
            (Whole(..), Leaf::Real(_)) | (_, Leaf::Other) => true,
        }
    }
}

/// Returns the expected value at a path in words, if it is the path of a number.
pub(crate) fn expected(path: &[String]) -> Option<String> {
    let limit = Limit::of(path)?;
    let range = if is_range(path) { ", or `[from, to]` to draw it from" } else { "" };
    Some(format!("{limit}{range}"))
}

/// Reports whether a range `[from, to]` is allowed at a path.
pub(crate) fn is_range(path: &[String]) -> bool {
    RANGES.iter().any(|pattern| matches(pattern, path))
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whole(lo, hi) => write!(f, "a whole number from {} to {}", grouped(*lo), grouped(*hi)),
            Real(lo, hi) if *hi < 1_000.0 => write!(f, "a number from {lo} to {hi}"),
            Real(lo, hi) => write!(f, "a number from {lo} to {}", grouped(*hi as u64)),
        }
    }
}

/// Formats a number with its thousands grouped as TOML allows: `10_000_000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// Returns a problem for each number of a file that exceeds its limit.
pub(crate) fn exceeded(outline: &Outline, text: &str) -> Vec<Problem> {
    let wrong = outline.entries().iter().filter_map(|entry| {
        let limit = Limit::of(&entry.path)?;
        let expected = expected(&entry.path)?;
        if limit.admits(&entry.leaf) {
            return None;
        }
        let found = crate::diagnose::shown(&text[entry.span.clone()]);
        let name = crate::diagnose::field(&entry.path);
        Some(Problem::new(
            entry.span.clone(),
            format!("`{name}` is {found}; expected {expected}"),
            format!("expected {expected}"),
        ))
    });
    wrong.collect()
}

fn matches(pattern: &str, path: &[String]) -> bool {
    let mut steps = pattern.split('.');
    let all = path.iter().all(|step| steps.next().is_some_and(|p| p == "*" || p == step));
    all && steps.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_has_a_number_in_the_schema() {
        // A renamed field would silently lose its limit. `faults` and `cancel_at` exist only in
        // plans.
        let schema = crate::json_schema().to_string();
        for (pattern, _) in LIMITS {
            for step in
                pattern.split('.').filter(|step| !matches!(*step, "*" | "faults" | "cancel_at"))
            {
                assert!(schema.contains(&format!("\"{step}\"")), "{pattern}: {step}");
            }
        }
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1_000");
        assert_eq!(grouped(86_400_000), "86_400_000");
    }
}
