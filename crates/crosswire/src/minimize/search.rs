//! The search: decides which plans to try, with how many execution seeds, and which to keep.

use super::focus::Named;
use super::size::{Seen, Size, measure, things};
use super::tree::PlanTree;
use super::{Minimize, Progress, focus, with_execution_seed, written};
use cpu_time::ProcessTime;
use crosswire_plan::Plan;
use proptest::strategy::ValueTree;
use std::sync::Arc;

/// The approximate number of history entries that a second of CPU time simulates. The number of
/// retries depends on entries and not on time, so that a search that ends within its budget is the
/// same on every machine.
const ENTRIES_A_SECOND: u64 = 800_000;

/// A try that leaves everything out may take one part in `SHARE` of the remaining budget. A try
/// that leaves out less gets less: half of a plan is tried with many execution seeds, a single act
/// of thousands with one or two.
const SHARE: u64 = 4;

/// The maximum number of retries of a try that leaves out a large part.
const RETRIES_LARGE: u64 = 300;

/// One part in `LARGE` of a plan, or more, is a large part.
const LARGE: usize = 8;

/// A part of at most this many things is never large, even if the plan has few things: a plan of a
/// dozen things has a hundred pairs, and each round tries them with more execution seeds.
const FEW: usize = 2;

/// The maximum number of retries of all other tries, for each round: a round that finds nothing to
/// leave out may just have had unfavourable execution seeds.
const RETRIES: [u64; 5] = [8, 24, 72, 216, 648];

/// The maximum number of retries of a plan that keeps only what the story is about. Its runs cost
/// next to nothing, and if it takes a rare race, only very many execution seeds show it.
const RETRIES_STORY: u64 = 1_500;

/// The fixed cost of a run, in entries: its world has to be built.
const WORLD: u64 = 1_500;

/// The maximum number of retries of a whole plan that was written out. They may take one part in
/// `SHARE_WRITTEN` of the budget.
const RETRIES_WRITTEN: u64 = 200;
const SHARE_WRITTEN: u64 = 4;

/// The number of execution seeds to remember that showed the failure when the plan's own seed did
/// not.
const REMEMBERED: usize = 4;

/// Receives the progress, and returns whether to go on.
type GoOn<'a> = Box<dyn FnMut(Progress) -> bool + 'a>;

/// A plan whose run shows the failure.
#[derive(Clone)]
struct Found {
    plan: Plan,
    seen: Seen,
}

/// The number of retries of a try with other execution seeds.
#[derive(Clone, Copy, Default)]
struct Retries {
    /// At most this many retries.
    max: u64,
    /// No more retries once this many entries have been simulated, but at least one.
    entries: u64,
}

pub(super) struct Search<'a> {
    minimize: &'a Minimize<'a>,
    go_on: GoOn<'a>,
    began: ProcessTime,
    progress: Progress,
    /// The number of entries simulated so far.
    spent: u64,
    /// The latest execution seeds that showed the failure when the plan's own seed did not.
    remembered: Vec<u64>,
    /// The number of complete rounds.
    round: usize,
    over: bool,
    /// The caller has stopped the search, even if budget is left.
    stopped: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(minimize: &'a Minimize<'a>, go_on: GoOn<'a>) -> Self {
        Self {
            minimize,
            go_on,
            began: ProcessTime::now(),
            progress: Progress::default(),
            spent: 0,
            remembered: Vec::new(),
            round: 0,
            over: false,
            stopped: false,
        }
    }

    /// Runs the search and returns the plan of the smallest run.
    pub(super) fn run(mut self) -> (Plan, Progress) {
        let given = self.minimize.plan;
        let Some(whole) = self.play(given) else { return (given.clone(), self.progress) };
        let mut smallest = whole.clone();
        let mut best = whole;
        self.progress.size = best.seen.size;
        for round in 0..RETRIES.len() {
            self.round = round;
            best = self.focused(best, &mut smallest);
            best = self.written_out(best, &mut smallest);
            best = self.focused(best, &mut smallest);
            best = self.reduced(best, &mut smallest);
            best = self.smallest_reseeded(best, &mut smallest);
        }
        self.progress.finished = !self.over;
        let small = self.cut(&smallest).unwrap_or(smallest.plan);
        self.progress.finished &= !self.stopped;
        if self.stopped && small == *given {
            return (small, self.progress);
        }
        let sizes = [&small, given].map(|plan| self.whole_size(plan));
        let best = if sizes[0] <= sizes[1] { small } else { given.clone() };
        self.progress.size = sizes[0].min(sizes[1]);
        (best, self.progress)
    }

    /// Returns the size of a whole run.
    fn whole_size(&self, plan: &Plan) -> Size {
        measure(plan, self.minimize.client, self.minimize.shows).0
    }

    /// Runs a plan, and returns it if its run shows the failure.
    fn play(&mut self, plan: &Plan) -> Option<Found> {
        let (size, seen) = measure(plan, self.minimize.client, self.minimize.shows);
        self.progress.runs += 1;
        self.spent += size.entries + WORLD;
        Some(Found { plan: plan.clone(), seen: seen? })
    }

    /// Returns whether the budget is spent or the caller has stopped the search.
    fn is_over(&mut self) -> bool {
        self.progress.spent = self.began.elapsed();
        let spent = self.progress.spent >= self.minimize.budget;
        self.over = self.over || spent || !self.goes_on();
        self.over
    }

    /// Asks the caller whether to go on, until the answer is no.
    fn goes_on(&mut self) -> bool {
        self.stopped = self.stopped || !(self.go_on)(self.progress);
        !self.stopped
    }

    /// Returns the number of entries that may still be simulated.
    fn left(&self) -> u64 {
        let all =
            (self.minimize.budget.as_millis() as u64).saturating_mul(ENTRIES_A_SECOND / 1_000);
        all.saturating_sub(self.spent)
    }

    /// Returns the plan, or its first copy with another execution seed, whose run shows the failure
    /// and may replace one of size `than`.
    fn reseeded(&mut self, plan: &Plan, retries: Retries, than: Size) -> Option<Found> {
        let Retries { max, entries } = retries;
        let until = self.spent.saturating_add(entries);
        let own = plan.execution_seed.0;
        let mut seeds = vec![own];
        seeds.extend(self.remembered.iter().rev().filter(|&&seed| seed != own));
        seeds.extend((1..=max).map(|nth| own.wrapping_add(nth)));
        seeds.truncate(max as usize + 1);
        for seed in seeds {
            if let Some(found) = self.play(&with_execution_seed(plan, seed))
                && found.seen.size.may_replace(than)
            {
                if seed != own {
                    self.remembered.retain(|&other| other != seed);
                    self.remembered.push(seed);
                    let over = self.remembered.len().saturating_sub(REMEMBERED);
                    self.remembered.drain(..over);
                }
                return Some(found);
            }
            if self.is_over() || (seed != own && self.spent >= until) {
                break;
            }
        }
        None
    }

    /// Returns the number of retries of a try that leaves out `gone` of `all` things.
    fn retries(&self, gone: usize, all: usize) -> Retries {
        let is_large = gone * LARGE >= all && gone > FEW;
        let max = if is_large { RETRIES_LARGE } else { RETRIES[self.round] };
        self.share(max, gone, all)
    }

    /// Limits `max` retries to the share of the budget that leaving out `gone` of `all` things may
    /// take.
    fn share(&self, max: u64, gone: usize, all: usize) -> Retries {
        let entries = u128::from(self.left() / SHARE) * gone as u128 / all.max(1) as u128;
        // There is no budget of entries if the number of runs is limited.
        Retries { max, entries: u64::try_from(entries).unwrap_or(u64::MAX) }
    }

    fn keep(&mut self, found: &Found, smallest: &mut Found) {
        if found.seen.size <= smallest.seen.size {
            *smallest = found.clone();
            self.progress.size = found.seen.size;
        }
    }

    /// Reduces the plan to what its story is about, as far as the run still shows the failure.
    fn focused(&mut self, mut best: Found, smallest: &mut Found) -> Found {
        'again: loop {
            let tries = focus::focused(&best.plan, &best.seen);
            for less in tries {
                if self.is_over() {
                    return best;
                }
                let is_small = things(&less) * LARGE <= things(&best.plan);
                let retries = if is_small {
                    self.share(RETRIES_STORY, 1, 2)
                } else {
                    self.share(RETRIES_LARGE, 1, LARGE)
                };
                if let Some(found) = self.reseeded(&less, retries, best.seen.size) {
                    self.keep(&found, smallest);
                    let gained = found.seen.size.requests * LARGE as u64
                        <= best.seen.size.requests * (LARGE as u64 - 1);
                    let is_less = gained || things(&found.plan) < things(&best.plan);
                    best = found;
                    if is_less {
                        continue 'again;
                    }
                    return best;
                }
            }
            return best;
        }
    }

    /// Returns the plan with every act of its devices written out or, if that plan does not show
    /// the failure with any execution seed, the plan as it is.
    fn written_out(&mut self, best: Found, smallest: &mut Found) -> Found {
        if best.plan.script.is_some() || self.is_over() {
            return best;
        }
        self.progress.runs += 1;
        self.spent += best.seen.size.entries;
        let written = written::written_out(&Arc::new(best.plan.clone()), self.minimize.client);
        // A run that panics leaves no script.
        let Ok((written, _)) = written else { return best };
        let retries = Retries { max: RETRIES_WRITTEN, entries: self.left() / SHARE_WRITTEN };
        let found = self.reseeded(&written, retries, best.seen.size);
        let Some(found) = found else { return best };
        self.keep(&found, smallest);
        found
    }

    /// Leaves out of the plan everything that can go, one kind of thing after the other.
    fn reduced(&mut self, best: Found, smallest: &mut Found) -> Found {
        let mut best = best;
        let mut tree = PlanTree::of_any_length(best.plan.clone());
        tree.keep(Named::in_story(&best.seen.story));
        let mut more = tree.simplify();
        while more && !self.is_over() {
            let all = things(tree.best());
            let left = things(tree.tried());
            assert!(left <= all, "a simpler plan has {left} things instead of {all}");
            let gone = (all - left).max(1);
            let retries = self.retries(gone, all);
            let tried = tree.tried().clone();
            more = match self.reseeded(&tried, retries, best.seen.size) {
                Some(found) => {
                    self.keep(&found, smallest);
                    // Nothing after the failure matters.
                    best = self.ended(found, smallest);
                    tree.instead(best.plan.clone());
                    tree.keep(Named::in_story(&best.seen.story));
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        best
    }

    /// Returns the smallest run of the plan with other execution seeds. Where users give up and
    /// retry, some runs have far fewer requests than others.
    fn smallest_reseeded(&mut self, mut best: Found, smallest: &mut Found) -> Found {
        let retries = self.retries(FEW, LARGE);
        let until = self.spent.saturating_add(retries.entries);
        for nth in 1..=retries.max {
            if self.is_over() || self.spent >= until {
                break;
            }
            let plan =
                with_execution_seed(&best.plan, best.plan.execution_seed.0.wrapping_add(nth));
            let Some(found) = self.play(&plan) else { continue };
            if found.seen.size < best.seen.size {
                self.keep(&found, smallest);
                best = found;
            }
        }
        best
    }

    /// Ends the plan soon after the failure, if much would come after that.
    fn ended(&mut self, found: Found, smallest: &mut Found) -> Found {
        let (at_ms, slack_ms) = (found.seen.at_ms, focus::slack_ms(found.seen.at_ms));
        if found.plan.duration_ms <= at_ms + 2 * slack_ms {
            return found;
        }
        let less = focus::until(&found.plan, at_ms, slack_ms);
        let ended = less.and_then(|less| self.reseeded(&less, Retries::default(), found.seen.size));
        let Some(ended) = ended else { return found };
        self.keep(&ended, smallest);
        ended
    }

    /// Ends the plan at the moment of the failure, up to which its size was measured. If the
    /// failure is only known at the end of a run, cuts the rest by halves. Does so even when the
    /// budget is spent, but not when the caller has stopped the search.
    fn cut(&mut self, found: &Found) -> Option<Plan> {
        let after_ms = found.plan.duration_ms.saturating_sub(found.seen.at_ms);
        let ends = (0..).map(|halved| after_ms.checked_shr(halved).unwrap_or(0));
        let ends: Vec<_> = ends.take_while(|more_ms| *more_ms > 0).collect();
        let cuts = [1].into_iter().chain(ends.into_iter().rev());
        let cuts = cuts.filter_map(|more_ms| focus::until(&found.plan, found.seen.at_ms, more_ms));
        for plan in cuts {
            if !self.goes_on() {
                return None;
            }
            if self.play(&plan).is_some() {
                return Some(plan);
            }
        }
        None
    }
}
