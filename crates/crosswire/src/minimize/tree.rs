//! A plan as proptest's value tree: a plan that can be simplified step by step.

use super::focus::Named;
use super::passes::{Cuts, PASSES, Pass};
use crosswire_plan::Plan;
use proptest::strategy::ValueTree;

/// A plan and the next thing to leave out of it. The order is delta debugging over each kind of
/// thing: a cut tries the whole of each kind first, the next cut halves of each kind, then
/// quarters, at last single things, until a whole round leaves nothing out. So the tries that take
/// most with them come before those that take little, for every kind.
///
/// [`simplify`](ValueTree::simplify) accepts the current plan because it still shows the failure,
/// [`complicate`](ValueTree::complicate) rejects it; both go on to the next try.
#[derive(Clone, Debug)]
pub struct PlanTree {
    passes: &'static [Pass],
    /// The devices that stay while others of their kind are left out in large parts.
    named: Named,
    best: Plan,
    tried: Option<Plan>,
    /// The number of parts into which each kind is cut.
    parts: usize,
    pass: usize,
    chunk: usize,
    at: usize,
    /// Set if something was left out in this cut, and in this round.
    smaller: [bool; 2],
}

impl PlanTree {
    /// Creates the tree of a plan, with everything still to be tried.
    pub fn new(plan: Plan) -> Self {
        Self::with(plan, &PASSES)
    }

    /// Creates the tree of a plan without the pass that ends runs earlier: for a caller that ends
    /// them itself at the failure.
    pub(super) fn of_any_length(plan: Plan) -> Self {
        Self::with(plan, &PASSES[1..])
    }

    fn with(plan: Plan, passes: &'static [Pass]) -> Self {
        let mut tree = Self {
            passes,
            named: Named::default(),
            best: plan,
            tried: None,
            parts: 1,
            pass: 0,
            chunk: 0,
            at: 0,
            smaller: [false; 2],
        };
        tree.chunk = tree.first_chunk();
        tree
    }

    /// Returns the smallest plan so far that shows the failure.
    pub fn best(&self) -> &Plan {
        &self.best
    }

    /// Returns the plan of the current try.
    pub fn tried(&self) -> &Plan {
        self.tried.as_ref().unwrap_or(&self.best)
    }

    /// Keeps these devices from now on while others of their kind are left out in large parts.
    pub(super) fn keep(&mut self, named: Named) {
        self.named = named;
    }

    /// Replaces the plan of the current try by a copy with another execution seed.
    pub(super) fn instead(&mut self, plan: Plan) {
        self.tried = Some(plan);
    }

    /// Returns how many things of a kind the current pass tries at once; 0 if the pass does not run
    /// in this cut, or if this cut is no finer than the one before.
    fn first_chunk(&self) -> usize {
        let pass = self.passes[self.pass];
        let len = pass.len(&self.best);
        let runs = match pass.cuts() {
            Cuts::First => self.parts == 1,
            Cuts::Last => self.parts >= self.longest() && self.parts / 2 < self.longest(),
            Cuts::All => {
                let cut = |parts: usize| len.div_ceil(parts);
                let is_finer = self.parts == 1 || cut(self.parts) < cut(self.parts / 2);
                return if is_finer { cut(self.parts) } else { 0 };
            }
        };
        usize::from(runs && len > 0)
    }

    /// Returns the number of things of the most frequent kind: a cut into that many parts tries
    /// things one by one.
    fn longest(&self) -> usize {
        let in_parts = self.passes.iter().filter(|pass| pass.cuts() == Cuts::All);
        in_parts.map(|pass| pass.len(&self.best)).max().unwrap_or(0).max(1)
    }

    /// Finds the next try; returns whether there is one.
    fn advance(&mut self) -> bool {
        loop {
            let pass = self.passes[self.pass];
            while self.chunk > 0 && self.at < pass.len(&self.best) {
                let end = (self.at + self.chunk).min(pass.len(&self.best));
                self.tried = pass.without(&self.best, self.at..end, &self.named);
                if self.tried.is_some() {
                    return true;
                }
                self.at += self.chunk;
            }
            if !self.next_pass() {
                return false;
            }
        }
    }

    fn next_pass(&mut self) -> bool {
        self.pass += 1;
        if self.pass == self.passes.len() {
            self.pass = 0;
            let [in_this_cut, in_this_round] = self.smaller;
            self.smaller[0] = false;
            if !in_this_cut {
                self.parts *= 2;
            }
            if self.parts / 2 >= self.longest() {
                if !in_this_round {
                    return false;
                }
                (self.parts, self.smaller) = (1, [false; 2]);
            }
        }
        (self.at, self.chunk) = (0, self.first_chunk());
        true
    }
}

impl ValueTree for PlanTree {
    type Value = Plan;

    fn current(&self) -> Plan {
        self.tried().clone()
    }

    fn simplify(&mut self) -> bool {
        if let Some(smaller) = self.tried.take() {
            let pass = self.passes[self.pass];
            // The things after those left out have moved up behind those that stayed.
            let stayed = self.chunk.saturating_sub(pass.len(&self.best) - pass.len(&smaller));
            self.at += stayed;
            self.best = smaller;
            self.smaller = [true; 2];
        }
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        if self.tried.take().is_some() {
            self.at += self.chunk;
            return self.advance();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Seed, draw};

    /// Minimizes to a plan that shows the failure, without running anything.
    fn minimized(plan: Plan, shows: impl Fn(&Plan) -> bool) -> (Plan, u32) {
        let mut tree = PlanTree::new(plan);
        let mut tries = 0;
        while if shows(tree.tried()) { tree.simplify() } else { tree.complicate() } {
            tries += 1;
            assert!(tries < 20_000, "the search ends");
        }
        (tree.best().clone(), tries)
    }

    fn plan() -> Plan {
        draw(&crate::scenarios::scenario("swarm").expect("a scenario"), Seed(1))
    }

    #[test]
    fn things_that_are_not_needed_are_left_out() {
        let whole = plan();
        let (fault, change) = (whole.faults[2].kind, whole.changes[5]);
        let shows = |plan: &Plan| {
            plan.faults.iter().any(|f| f.kind == fault)
                && plan.changes.iter().any(|c| (c.device, c.user) == (change.device, change.user))
        };
        let (small, tries) = minimized(whole, shows);
        assert_eq!((small.faults.len(), small.changes.len(), small.points.len()), (1, 1, 0));
        assert_eq!((small.cast.gateways, small.cast.cache_nodes), (1, 1));
        assert!(tries < 300, "{tries}");
    }

    #[test]
    fn a_plan_that_fails_only_as_a_whole_stays_whole() {
        let whole = plan();
        let (small, _) = minimized(whole.clone(), |plan| *plan == whole);
        assert_eq!(small, whole);
    }
}
