//! What a plan promises: the bounds that its run is judged by.

use crate::world::{declared_cached_ms, declared_stale_ms};
use crosswire_checker::Terms;
use crosswire_plan::Plan;

/// The bounds of one run.
pub(crate) fn terms(plan: &Plan) -> Terms {
    let stale_ms = declared_stale_ms(plan);
    let grace_ms = plan.revocation_grace_ms(stale_ms);
    Terms {
        push_grace_ms: plan.recovery.push_grace_ms,
        revocation_grace_ms: grace_ms,
        freshness_ms: plan.freshness_ms(declared_cached_ms(plan)),
        recover_within_ms: plan.recovery.within_ms,
        goodput: plan.recovery.goodput,
        deliver_within_ms: plan.recovery.deliver_within_ms,
        ack_slack_ms: grace_ms,
        longest_request_ms: plan.service.request_deadline_ms.max(plan.workload.patience_ms),
        first_fault_ms: plan.first_fault_ms().unwrap_or(0),
        faults_end_ms: plan.last_fault_end_ms().unwrap_or(0),
        duration_ms: plan.duration_ms,
        reach: plan.reach.clone(),
        cameras: plan.cast.cameras,
        phones: plan.cast.phones,
    }
}
