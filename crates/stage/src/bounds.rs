//! What a plan promises: the bounds that its run is judged by.

use crate::world::{declared_cached_ms, declared_stale_ms};
use crosswire_checker::Terms;
use crosswire_plan::{Fault, FaultKind, Plan};
use crosswire_wire::link::RETRANSMIT_CAP_MS;

/// The bounds of one run.
pub(crate) fn terms(plan: &Plan) -> Terms {
    let stale_ms = declared_stale_ms(plan);
    let grace_ms = plan.revocation_grace_ms(stale_ms);
    Terms {
        push_grace_ms: plan.recovery.push_grace_ms,
        revocation_grace_ms: grace_ms,
        grace_is_stated: plan.recovery.revocation_grace_ms > 0,
        freshness_ms: plan.freshness_ms(declared_cached_ms(plan)),
        in_flight_ms: plan.in_flight_ms(),
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
        cameras: plan.cast.cameras,
        phones: plan.cast.phones,
    }
}

/// Whether what is written to the cache may be lost on the way, and be sent again.
fn loses_messages(plan: &Plan) -> bool {
    let is_loss = |fault: &Fault| fault.kind == FaultKind::PacketLoss;
    plan.network.inside.loss > 0.0 || plan.faults.iter().any(is_loss)
}

/// A request is given up in time, but a push waits out whatever cuts its link, and then until it is
/// sent again.
fn under_way_ms(plan: &Plan) -> u64 {
    let first_ms = plan.first_fault_ms().unwrap_or(0);
    let cut_ms = plan.last_fault_end_ms().unwrap_or(0).saturating_sub(first_ms);
    let request_ms = plan.service.request_deadline_ms.max(plan.workload.patience_ms);
    cut_ms.max(request_ms).saturating_add(RETRANSMIT_CAP_MS)
}
