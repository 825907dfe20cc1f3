//! Mutates the faults of a plan.

use super::one_of;
use super::pattern::in_cast;
use super::space::{Space, Strike};
use crate::plan::{Fault, Plan};
use crate::rng::Draw;
use crate::scenario::FaultKind;
use crate::swarm;

/// Maximum distance of a small move.
const A_LITTLE_MS: u64 = 500;

/// Maximum lead of a fault that is moved to another event: long enough for the effects of the first
/// to be in progress when the other one begins.
const AHEAD_MS: u64 = 1_500;

/// Maximum delay after that event.
const BEHIND_MS: u64 = 300;

impl Space<'_> {
    /// Moves the start of one fault: a little earlier or later, to any time, or to about when
    /// another fault or a change occurs.
    pub(super) fn move_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        let ends = plan.faults.iter().flat_map(|fault| [fault.start_ms, fault.end_ms()]);
        let moments: Vec<_> = ends.chain(plan.changes.iter().map(|change| change.at_ms)).collect();
        self.on_one(plan, from, |fault, strike, _, from| {
            let [first, last] = strike.starts(fault.length_ms);
            let start_ms = match from.below(4) {
                0 => from.between(first, last),
                1 => fault.start_ms.saturating_sub(A_LITTLE_MS) + from.below(2 * A_LITTLE_MS),
                _ => {
                    let moment = one_of(&moments, from).copied().unwrap_or(first);
                    moment.saturating_sub(AHEAD_MS) + from.below(AHEAD_MS + BEHIND_MS)
                }
            };
            fault.start_ms = start_ms.clamp(first, last);
        });
    }

    /// Makes one fault longer or shorter.
    pub(super) fn lengthen_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.on_one(plan, from, |fault, strike, _, from| {
            if fault.kind != FaultKind::DirectoryFailover {
                let most = strike.last_end_ms.saturating_sub(fault.start_ms);
                let [least, most] = [strike.length_ms[0], strike.length_ms[1].min(most)];
                fault.length_ms = from.between(least, most);
            }
        });
    }

    /// Moves one fault to another node of the same kind.
    pub(super) fn retarget_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.on_one(plan, from, |fault, strike, plan, from| {
            fault.target = strike.pattern.drawn(&plan.cast, from);
        });
    }

    /// Draws the severity of one fault again.
    pub(super) fn worsen_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.on_one(plan, from, |fault, strike, _, from| {
            fault.severity = strike.drawn_severity(from);
        });
    }

    /// Adds a fault. If the plan already has the maximum, the new one replaces another.
    pub(super) fn add_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        // The scenario may have no faults.
        let Some(strike) = one_of(&self.strikes, from) else { return };
        if plan.faults.len() >= self.most_faults {
            remove_one(plan, from);
        }
        let length_ms = match strike.kind {
            FaultKind::DirectoryFailover => plan.directory.failover_ms,
            _ => from.between(strike.length_ms[0], strike.length_ms[1]),
        };
        let [first, last] = strike.starts(length_ms);
        let fault = Fault {
            kind: strike.kind,
            start_ms: from.between(first, last),
            length_ms,
            target: strike.pattern.drawn(&plan.cast, from),
            severity: strike.drawn_severity(from),
            dice: Some(from.word() as u32 >> 1),
        };
        if plan.faults.len() < self.most_faults {
            plan.faults.push(fault);
        }
    }

    /// Takes each fault of `plan` and `donor` with probability one half.
    pub(super) fn splice_faults(&self, plan: &mut Plan, donor: &Plan, from: &mut impl Draw) {
        let mut both: Vec<_> = plan.faults.iter().chain(&donor.faults).cloned().collect();
        both.retain(|_| from.chance(0.5));
        both.truncate(self.most_faults);
        if !both.is_empty() {
            plan.faults = both;
        }
    }

    /// Applies `change` to one fault, with the strike that the fault is an instance of.
    fn on_one<D: Draw>(
        &self,
        plan: &mut Plan,
        from: &mut D,
        change: impl FnOnce(&mut Fault, &Strike, &Plan, &mut D),
    ) {
        let nth = from.below(plan.faults.len() as u64) as usize;
        // The plan may have no faults.
        let Some(mut fault) = plan.faults.get(nth).cloned() else { return };
        if let Some(strike) = self.strike_of(&fault, plan) {
            change(&mut fault, strike, plan, from);
            plan.faults[nth] = fault;
        }
    }

    /// Moves faults into the cast, gives failovers their length, and sorts the faults. Removes
    /// those that are impossible.
    pub(super) fn settle_faults(&self, plan: &mut Plan) {
        let mut faults = std::mem::take(&mut plan.faults);
        for fault in &mut faults {
            fault.target = in_cast(fault.target, &plan.cast);
            if fault.kind == FaultKind::DirectoryFailover {
                fault.length_ms = plan.directory.failover_ms;
                let ends = self.strikes.iter().filter(|strike| strike.kind == fault.kind);
                let end_ms = ends.map(|strike| strike.last_end_ms).max().unwrap_or(0);
                fault.start_ms = fault.start_ms.min(end_ms.saturating_sub(fault.length_ms));
            }
        }
        let recover_ms = plan.recovery.within_ms;
        faults.retain(|fault| {
            self.strike_of(fault, plan).is_some()
                && fault.end_ms().saturating_add(recover_ms) <= plan.duration_ms
        });
        faults.sort_by_key(|fault| fault.start_ms);
        plan.faults = faults;
    }
}

impl Strike {
    /// Returns the range of start times for a fault of this length.
    fn starts(&self, length_ms: u64) -> [u64; 2] {
        let [first, last] = self.start_ms;
        [first, last.min(self.last_end_ms.saturating_sub(length_ms)).max(first)]
    }

    fn drawn_severity(&self, from: &mut impl Draw) -> f64 {
        let unit = from.unit();
        let [mildest, worst] = self.severity;
        if mildest > 0.0 && mildest < worst {
            swarm::rounded(swarm::magnitude(mildest, worst, unit)).clamp(mildest, worst)
        } else {
            worst
        }
    }
}

/// Removes one fault, but never the last.
pub(super) fn remove_one(plan: &mut Plan, from: &mut impl Draw) {
    let nth = from.below(plan.faults.len() as u64) as usize;
    if plan.faults.len() > 1 {
        plan.faults.remove(nth);
    }
}
