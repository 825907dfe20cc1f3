//! The faults of a plan that is bred.

use super::one_of;
use super::pattern::in_cast;
use super::space::{Space, Strike};
use crate::plan::{Fault, Plan};
use crate::rng::Draw;
use crate::scenario::FaultKind;
use crate::swarm;

/// How far a fault is moved that is moved a little.
const A_LITTLE_MS: u64 = 500;

/// How long before something else a fault begins that is moved to it, at most: long enough for what
/// it holds up to be under way when the other comes.
const AHEAD_MS: u64 = 1_500;

/// How long after it, at most.
const BEHIND_MS: u64 = 300;

impl Space<'_> {
    /// Lets one fault begin at another time: a little earlier or later, any time, or about when
    /// another fault or a change does.
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

    /// Lets one fault last longer or shorter.
    pub(super) fn lengthen_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.on_one(plan, from, |fault, strike, _, from| {
            if fault.kind != FaultKind::DirectoryFailover {
                let most = strike.last_end_ms.saturating_sub(fault.start_ms);
                let [least, most] = [strike.length_ms[0], strike.length_ms[1].min(most)];
                fault.length_ms = from.between(least, most);
            }
        });
    }

    /// Lets one fault strike another node of the same kind.
    pub(super) fn retarget_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.on_one(plan, from, |fault, strike, plan, from| {
            fault.target = strike.pattern.drawn(&plan.cast, from);
        });
    }

    /// Makes one fault worse or milder.
    pub(super) fn worsen_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.on_one(plan, from, |fault, strike, _, from| {
            fault.severity = strike.drawn_severity(from);
        });
    }

    /// Adds a fault; if there are as many as may be, it takes the place of another.
    pub(super) fn add_fault(&self, plan: &mut Plan, from: &mut impl Draw) {
        let Some(strike) = one_of(&self.strikes, from) else { return };
        if plan.faults.len() >= self.most_faults {
            leave_one_out(plan, from);
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

    /// Takes each fault of both parents with a chance of one half.
    pub(super) fn splice_faults(&self, plan: &mut Plan, father: &Plan, from: &mut impl Draw) {
        let mut both: Vec<_> = plan.faults.iter().chain(&father.faults).cloned().collect();
        both.retain(|_| from.chance(0.5));
        both.truncate(self.most_faults);
        if !both.is_empty() {
            plan.faults = both;
        }
    }

    /// Does something to one fault, with what it is a case of.
    fn on_one<D: Draw>(
        &self,
        plan: &mut Plan,
        from: &mut D,
        change: impl FnOnce(&mut Fault, &Strike, &Plan, &mut D),
    ) {
        let nth = from.below(plan.faults.len() as u64) as usize;
        let Some(mut fault) = plan.faults.get(nth).cloned() else { return };
        if let Some(strike) = self.strike_of(&fault, plan) {
            change(&mut fault, strike, plan, from);
            plan.faults[nth] = fault;
        }
    }

    /// Faults strike what the cast has, last as long as the numbers say, and stand in their order. One
    /// that cannot be is left out.
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
    /// When such a fault may begin, if it lasts so long.
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

/// Leaves one fault out, but never the last.
pub(super) fn leave_one_out(plan: &mut Plan, from: &mut impl Draw) {
    let nth = from.below(plan.faults.len() as u64) as usize;
    if plan.faults.len() > 1 {
        plan.faults.remove(nth);
    }
}
