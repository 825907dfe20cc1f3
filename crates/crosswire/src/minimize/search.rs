//! The search: what is tried, with how many execution seeds, and what is kept of it.

use super::focus::Named;
use super::size::{Seen, Size, measure, things};
use super::tree::PlanTree;
use super::{Minimize, Progress, focus, with_execution_seed, written};
use cpu_time::ProcessTime;
use crosswire_plan::Plan;
use proptest::strategy::ValueTree;
use std::sync::Arc;

/// So many entries of histories are played in a second of CPU time, roughly. How often a try is
/// repeated hangs on entries and not on time, so that a search that ends before its budget does is
/// the same on each machine.
const ENTRIES_A_SECOND: u64 = 800_000;

/// The share of what is left of the budget that a try may take which leaves everything out: one that
/// leaves less out gets less, so a half is tried with many execution seeds and a single act of
/// thousands with one or two.
const SHARE: u64 = 4;

/// The most other execution seeds that a try is played with which leaves a large part out.
const RETRIES_LARGE: u64 = 300;

/// A large part: one of so many.
const LARGE: usize = 8;

/// A part of so few things is never a large one, however few there are in all: a plan of a dozen
/// things has a hundred pairs, and each round tries them with more execution seeds.
const FEW: usize = 2;

/// The most for all other tries, in the first round and in each after it: a round that finds nothing
/// more to leave out may have been out of luck.
const RETRIES: [u64; 5] = [8, 24, 72, 216, 648];

/// The most for a plan that keeps only what the story is about. Its runs cost next to nothing, and if
/// a rare race is needed, then only very many of them show it.
const RETRIES_STORY: u64 = 1_500;

/// What a run costs beside its entries, in entries: its world has to be built.
const WORLD: u64 = 1_500;

/// With how many other execution seeds a whole plan is played that was written out, at most, and what
/// share of the budget they may take.
const RETRIES_WRITTEN: u64 = 200;
const SHARE_WRITTEN: u64 = 4;

/// How many execution seeds are remembered that showed it when the plan's own did not.
const REMEMBERED: usize = 4;

/// Told of the progress, and asked whether to go on.
type GoOn<'a> = Box<dyn FnMut(Progress) -> bool + 'a>;

/// A plan whose run shows what is wanted.
#[derive(Clone)]
struct Found {
    plan: Plan,
    seen: Seen,
}

/// How often a try is repeated with other execution seeds.
#[derive(Clone, Copy, Default)]
struct Retries {
    /// At most with so many of them.
    max: u64,
    /// No more once so many entries have been played, but with one in any case.
    entries: u64,
}

pub(super) struct Search<'a> {
    minimize: &'a Minimize<'a>,
    go_on: GoOn<'a>,
    began: ProcessTime,
    progress: Progress,
    /// Entries that were played.
    spent: u64,
    /// The latest execution seeds that helped.
    remembered: Vec<u64>,
    /// How often everything has been tried.
    round: usize,
    over: bool,
    /// Nobody wants more, whatever is left of the budget.
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

    /// The plan of the smallest run that was seen.
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
        let small = self.cut(&smallest).unwrap_or(smallest.plan);
        if self.stopped && small == *given {
            return (small, self.progress);
        }
        let sizes = [&small, given].map(|plan| self.whole_size(plan));
        let best = if sizes[0] <= sizes[1] { small } else { given.clone() };
        self.progress.size = sizes[0].min(sizes[1]);
        (best, self.progress)
    }

    /// How large a whole run is.
    fn whole_size(&self, plan: &Plan) -> Size {
        measure(plan, self.minimize.client, self.minimize.shows).0
    }

    /// Plays a plan, and gives it back if its run shows what is wanted.
    fn play(&mut self, plan: &Plan) -> Option<Found> {
        let (size, seen) = measure(plan, self.minimize.client, self.minimize.shows);
        self.progress.runs += 1;
        self.spent += size.entries + WORLD;
        Some(Found { plan: plan.clone(), seen: seen? })
    }

    /// Whether the budget is spent or nobody wants more.
    fn is_over(&mut self) -> bool {
        let spent = self.began.elapsed() >= self.minimize.budget;
        self.over = self.over || spent || !self.goes_on();
        self.over
    }

    /// Asks whether to go on, until the answer is no.
    fn goes_on(&mut self) -> bool {
        self.stopped = self.stopped || !(self.go_on)(self.progress);
        !self.stopped
    }

    /// The entries that may still be played.
    fn left(&self) -> u64 {
        let all =
            (self.minimize.budget.as_millis() as u64).saturating_mul(ENTRIES_A_SECOND / 1_000);
        all.saturating_sub(self.spent)
    }

    /// Returns the plan, or the first with another execution seed, whose run shows what is wanted and
    /// may replace one of size `than`.
    fn reseeded(&mut self, plan: &Plan, retries: Retries, than: Size) -> Option<Found> {
        let Retries { max, entries } = retries;
        let until = self.spent + entries;
        let own = plan.execution_seed.0;
        let mut seeds = vec![own];
        seeds.extend(self.remembered.iter().rev().filter(|&&seed| seed != own));
        seeds.extend((1..=max).map(|nth| own.wrapping_add(nth)));
        seeds.truncate(max as usize + 1);
        for seed in seeds {
            let found = self.play(&with_execution_seed(plan, seed));
            if let Some(found) = found.filter(|found| found.seen.size.may_replace(than)) {
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

    /// Returns how often a try is repeated that leaves out `gone` of `all` things.
    fn retries(&self, gone: usize, all: usize) -> Retries {
        let is_large = gone * LARGE >= all && gone > FEW;
        let max = if is_large { RETRIES_LARGE } else { RETRIES[self.round] };
        self.share(max, gone, all)
    }

    /// Returns that many tries within the share of the budget that leaving out `gone` of `all` may take.
    fn share(&self, max: u64, gone: usize, all: usize) -> Retries {
        Retries { max, entries: self.left() / SHARE * gone as u64 / all.max(1) as u64 }
    }

    fn keep(&mut self, found: &Found, smallest: &mut Found) {
        if found.seen.size <= smallest.seen.size {
            *smallest = found.clone();
            self.progress.size = found.seen.size;
        }
    }

    /// The plan with only what its story is about, as far as that shows it.
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

    /// The plan with all that its devices do written out or, if that does not show it with any luck,
    /// as it is.
    fn written_out(&mut self, best: Found, smallest: &mut Found) -> Found {
        if best.plan.script.is_some() || self.is_over() {
            return best;
        }
        self.progress.runs += 1;
        self.spent += best.seen.size.entries;
        let written = written::written_out(&Arc::new(best.plan.clone()), self.minimize.client);
        let Ok((written, _)) = written else { return best };
        let retries = Retries { max: RETRIES_WRITTEN, entries: self.left() / SHARE_WRITTEN };
        let found = self.reseeded(&written, retries, best.seen.size);
        let Some(found) = found else { return best };
        self.keep(&found, smallest);
        found
    }

    /// The plan without all that can be left out, one kind of thing after the other.
    fn reduced(&mut self, best: Found, smallest: &mut Found) -> Found {
        let mut best = best;
        let mut tree = PlanTree::of_any_length(best.plan.clone());
        tree.keep(Named::in_story(&best.seen.story));
        let mut more = tree.simplify();
        while more && !self.is_over() {
            let all = things(tree.best());
            let gone = all.saturating_sub(things(tree.tried())).max(1);
            let retries = self.retries(gone, all);
            let tried = tree.tried().clone();
            more = match self.reseeded(&tried, retries, best.seen.size) {
                Some(found) => {
                    self.keep(&found, smallest);
                    // What came after what was shown does not matter.
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

    /// Returns the smallest run of the plan with other execution seeds. Where people give up and try
    /// again, some runs have many fewer requests than others.
    fn smallest_reseeded(&mut self, mut best: Found, smallest: &mut Found) -> Found {
        let retries = self.retries(FEW, LARGE);
        let until = self.spent + retries.entries;
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

    /// The plan, over soon after it has shown what is wanted, if much would come after that.
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

    /// The plan, over at the moment at which it has shown what is wanted: so far its size has been
    /// measured. If it is only known at the end of the run what is wrong, the end is cut by halves. That is
    /// done when the budget is spent, too, but not when nobody wants more.
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
