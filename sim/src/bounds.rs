//! The bounds that a plan's run is judged by.

mod under_way;

pub use under_way::command_ms;

use crate::world::{declared_cached_ms, declared_stale_ms};
use crosswire_checker::Bounds;
use crosswire_cloud::service;
use crosswire_net::link::RETRANSMIT_CAP_MS;
use crosswire_plan::{Fault, FaultKind, Plan};

/// Returns the bounds of a run of `plan`.
pub(crate) fn bounds_of(plan: &Plan) -> Bounds {
    let grace_ms = revocation_grace_ms(plan);
    Bounds {
        push_grace_ms: plan.recovery.push_grace_ms,
        revocation_grace_ms: grace_ms,
        grace_is_stated: plan.recovery.revocation_grace_ms > 0,
        freshness_ms: freshness_ms(plan),
        in_flight_ms: in_flight_ms(plan),
        loses_messages: loses_messages(plan),
        recover_within_ms: plan.recovery.within_ms,
        goodput: plan.recovery.goodput,
        deliver_within_ms: plan.recovery.deliver_within_ms,
        ack_slack_ms: grace_ms,
        under_way_ms: under_way_ms(plan),
        first_fault_ms: plan.first_fault_ms().unwrap_or(0),
        faults_end_ms: plan.last_fault_end_ms().unwrap_or(0),
        duration_ms: plan.duration_ms,
        reach: plan.reach.clone(),
        own_service: service(&plan.service.name).is_none(),
        dishonest: plan.workload.dishonest.unwrap_or(0.0),
        link_ms: plan.service.link_ms,
        cameras: plan.cast.cameras,
        phones: plan.cast.phones,
    }
}

/// Returns for how many milliseconds after the acknowledgement of a change work that was in flight
/// then may continue. A request that read before the acknowledgement may last until its deadline; a
/// call that it began by then may send its command until the client's timeout; and the command may
/// be delayed for as long as the plan's faults hold it up.
fn in_flight_ms(plan: &Plan) -> u64 {
    let sent_ms = plan.service.request_deadline_ms.saturating_add(plan.client.op_timeout_ms);
    sent_ms.saturating_add(command_ms(plan))
}

/// Returns for how many milliseconds after the acknowledgement of a change the cache may still
/// contain the earlier value: as long as the service declares, plus what was in flight.
pub fn freshness_ms(plan: &Plan) -> u64 {
    declared_cached_ms(plan).saturating_add(in_flight_ms(plan))
}

/// Returns for how many milliseconds a revoked permission may still be honoured: as the scenario
/// states; otherwise as long as the service declares, plus what was in flight, plus the lifetime of
/// a link.
pub fn revocation_grace_ms(plan: &Plan) -> u64 {
    match plan.recovery.revocation_grace_ms {
        0 => declared_stale_ms(plan)
            .saturating_add(in_flight_ms(plan))
            .saturating_add(plan.service.link_ms),
        stated => stated,
    }
}

/// Returns whether messages to the cache can be lost and retransmitted.
pub fn loses_messages(plan: &Plan) -> bool {
    let is_loss = |fault: &Fault| fault.kind == FaultKind::PacketLoss;
    plan.network.inside.loss > 0.0 || plan.faults.iter().any(is_loss)
}

/// Returns the longest time for which a message can be under way. A request ends at its deadline,
/// but a push waits out any cut of its link, and then for its retransmission.
fn under_way_ms(plan: &Plan) -> u64 {
    let first_ms = plan.first_fault_ms().unwrap_or(0);
    let end_ms = plan.last_fault_end_ms().unwrap_or(0);
    assert!(first_ms <= end_ms, "the last fault ends after the first begins");
    let cut_ms = end_ms - first_ms;
    let request_ms = plan.service.request_deadline_ms.max(plan.workload.patience_ms);
    cut_ms.max(request_ms).saturating_add(RETRANSMIT_CAP_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Scenario, Seed, draw};

    #[test]
    fn the_grace_is_as_stated_or_the_sum_of_its_parts() {
        let mut plan = draw(&Scenario::named("calm"), Seed(1));
        let unstated = plan.service.cache_ttl_ms + in_flight_ms(&plan) + plan.service.link_ms;
        plan.recovery.revocation_grace_ms = 0;
        assert_eq!(revocation_grace_ms(&plan), unstated);
        plan.recovery.revocation_grace_ms = 7;
        assert_eq!(revocation_grace_ms(&plan), 7);
    }

    #[test]
    fn in_flight_covers_a_request_a_call_and_a_command() {
        let mut plan = draw(&Scenario::named("calm"), Seed(1));
        (plan.service.request_deadline_ms, plan.client.op_timeout_ms) = (3_000, 500);
        let under_way_ms = command_ms(&plan);
        assert_eq!(in_flight_ms(&plan), 3_500 + under_way_ms);
    }
}
