//! The longest delay of a command on its way to the cache, given a plan's faults.
//!
//! TCP retransmits what a cut link holds back, and waits twice as long each time: a message that
//! was sent when a one-second cut began arrives up to half a second after the cut's end. Paused
//! processes, slow links and slow nodes add to that. Where the plan loses messages there is no
//! bound: a message that is lost several times in a row takes as long as it takes.

use crosswire_history::Point;
use crosswire_net::link::retransmitted_at;
use crosswire_plan::{Fault, FaultKind, Plan};

/// The longest time for which each of the fault points `cache-late-reply` and `cache-reply-held`
/// holds up a node.
const LATE_MS: u64 = crosswire_cache::server::REPLY_HELD_MS_MAX;

/// The cap on an exponentially distributed delay, as a multiple of its mean: one message in e²⁰,
/// some 5 × 10⁸, takes longer.
const DELAY_MAX: f64 = 20.0;

/// Returns the longest time in milliseconds from when a command is written to a connection until
/// the cache executes it.
pub fn command_ms(plan: &Plan) -> u64 {
    let link = &plan.network.inside;
    let link_ms = link.latency_ms + (link.jitter_ms * DELAY_MAX).ceil() as u64;
    let cut_ms = retransmitted_at(0, at_a_stretch(plan, &[FaultKind::Partition]));
    let still_ms = at_a_stretch(plan, &[FaultKind::ProcessPause]);
    let slow_link_ms = together(plan, FaultKind::LatencySpike);
    // The bytes written after a short write wait for its rest as well.
    let short_ms = 2 * short_ms(plan);
    // A command that arrives while the node is busy with the connection waits for that as well.
    let slow_node_ms = 2 * (together(plan, FaultKind::CacheSlow) + late_ms(plan));
    [link_ms, cut_ms, still_ms, slow_link_ms, short_ms, slow_node_ms].into_iter().sum()
}

fn late_ms(plan: &Plan) -> u64 {
    let points = [Point::CacheLateReply, Point::CacheReplyHeld];
    points.into_iter().filter(|point| plan.points.contains_key(point.name())).count() as u64
        * LATE_MS
}

fn short_ms(plan: &Plan) -> u64 {
    let armed = plan.points.contains_key(Point::CacheWriteShort.name());
    if armed { crosswire_cache::room::REST_HELD_MS_MAX } else { 0 }
}

/// Returns the longest time for which faults of these kinds last without a gap.
fn at_a_stretch(plan: &Plan, kinds: &[FaultKind]) -> u64 {
    let mut spans: Vec<_> = plan
        .faults
        .iter()
        .filter(|fault| kinds.contains(&fault.kind))
        .map(|fault| (fault.start_ms, fault.end_ms()))
        .collect();
    spans.sort_unstable();
    let (mut longest_ms, mut open) = (0, (0, 0));
    for (start_ms, end_ms) in spans {
        if start_ms > open.1 {
            open = (start_ms, end_ms);
        }
        open.1 = open.1.max(end_ms);
        longest_ms = longest_ms.max(open.1 - open.0);
    }
    longest_ms
}

/// Returns the largest delay in milliseconds that faults of a kind cause together: the sum of those
/// that overlap at the worst moment, which is when one of them begins.
fn together(plan: &Plan, kind: FaultKind) -> u64 {
    let faults = || plan.faults.iter().filter(move |fault| fault.kind == kind);
    let at = |at_ms: u64| {
        let active = |fault: &&Fault| fault.start_ms <= at_ms && at_ms <= fault.end_ms();
        faults().filter(active).map(|fault| fault.severity.ceil() as u64).sum()
    };
    faults().map(|fault| at(fault.start_ms)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Seed, Target, draw};

    fn fault(kind: FaultKind, (start_ms, length_ms): (u64, u64), severity: f64) -> Fault {
        Fault { kind, start_ms, length_ms, target: Target::All, severity, dice: None }
    }

    /// Returns the bound of a plan with only these faults.
    fn bound_ms(faults: Vec<Fault>) -> u64 {
        let scenario = crosswire_plan::Scenario::named("reconnect-storm");
        let mut plan = draw(&scenario, Seed(1));
        (plan.network.inside.latency_ms, plan.network.inside.jitter_ms) = (1, 0.0);
        plan.points.clear();
        plan.faults = faults;
        command_ms(&plan)
    }

    #[test]
    fn a_cut_link_holds_a_message_until_it_is_sent_again() {
        let cut = |length_ms| bound_ms(vec![fault(FaultKind::Partition, (5_000, length_ms), 1.0)]);
        assert_eq!(bound_ms(vec![]), 1);
        assert_eq!(cut(150), 1 + 200);
        assert_eq!(cut(1_000), 1 + 200 + 400 + 800);
        assert_eq!(cut(8_000), 1 + 200 + 400 + 800 + 1_600 + 3_200 + 3_200);
    }

    #[test]
    fn cuts_without_a_gap_are_one() {
        let cut = |start_ms, length_ms| fault(FaultKind::Partition, (start_ms, length_ms), 1.0);
        let one = bound_ms(vec![cut(5_000, 4_000)]);
        assert_eq!(bound_ms(vec![cut(6_500, 2_500), cut(5_000, 2_000)]), one);
        assert!(bound_ms(vec![cut(7_001, 2_000), cut(5_000, 2_000)]) < one);
    }

    #[test]
    fn overlapping_slowness_adds_up() {
        let slow = |start_ms| fault(FaultKind::CacheSlow, (start_ms, 1_000), 30.0);
        assert_eq!(bound_ms(vec![slow(5_000), slow(9_000)]), 1 + 2 * 30);
        assert_eq!(bound_ms(vec![slow(5_000), slow(5_500)]), 1 + 2 * 60);
        let spike = fault(FaultKind::LatencySpike, (5_000, 1_000), 250.0);
        assert_eq!(bound_ms(vec![spike]), 1 + 250);
    }
}
