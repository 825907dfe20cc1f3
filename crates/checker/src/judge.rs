//! Watches a history entry by entry and sums up what it found.

use crate::about::InvariantId;
use crate::bounds::Bounds;
use crate::conduct::{Conduct, NEED_SPEED};
use crate::context::Context;
use crate::demand::{Missing, Together};
use crate::invariants::Invariants;
use crate::ledger::Ledger;
use crate::recent::Recent;
use crate::report::Report;
use crate::situations::{Situations, triggers};
use crate::story::seconds;
use crate::under_way::UnderWay;
use crate::verdict::{Findings, Unconnected, verdict};
use crosswire_history::journal::{MAX_LAG, RecentEntries, RecentView};
use crosswire_history::{CacheOp, Entry, Fact, Observer, Point};
use std::collections::BTreeMap;

/// The maximum number of gateways for which the reason of a failed connect is reported.
const MAX_UNCONNECTED: usize = 8;

/// Judges one run. Pass it to [`crosswire_history::History::new`] as an observer, or show it the
/// entries of a file one by one, and then call [`finish`](Self::finish).
///
/// ```
/// use crosswire_checker::{Judge, Bounds, Verdict};
/// use crosswire_history::History;
///
/// let history = History::new(Judge::new(Bounds::default()));
/// // ... the run, which writes with `history.journal()` ...
/// let (mut judge, past) = history.close();
/// // Nothing happened, so nothing was tested.
/// assert_eq!(judge.finish(60_000, &past).verdict, Verdict::Inconclusive);
/// ```
pub struct Judge {
    bounds: Bounds,
    ledger: Ledger,
    recent: Recent,
    under_way: UnderWay,
    invariants: Invariants,
    situations: Situations,
    conduct: Conduct,
    report: Report,
    /// The number of entries judged so far.
    judged: u64,
    requests: u64,
    deliveries: u64,
    /// The number of times each fault point fired, by its place in [`Point::ALL`].
    fired: Vec<u64>,
    unconnected: Vec<Unconnected>,
}

impl Judge {
    /// Returns a judge that has seen nothing yet.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            ledger: Ledger::new(bounds.longest_grace_ms()),
            situations: Situations::new(&bounds),
            bounds,
            recent: Recent::default(),
            under_way: UnderWay::default(),
            invariants: Invariants::default(),
            conduct: Conduct::default(),
            report: Report::default(),
            judged: 0,
            requests: 0,
            deliveries: 0,
            fired: vec![0; Point::ALL.len()],
            unconnected: Vec::new(),
        }
    }

    /// Ends the run at `end_ms`: checks what is still open, and sums up. Call it once, with the
    /// past that the entries came with.
    pub fn finish(&mut self, end_ms: u64, past: &RecentEntries) -> Findings {
        self.catch_up(past);
        let Self { bounds, ledger, recent, invariants, situations, report, .. } = self;
        let past = past.as_of(self.judged);
        invariants.finish(end_ms, &Context { bounds, ledger, recent, past }, report);
        let not_applicable = self.conduct.not_applicable(bounds);
        if self.conduct.is_slow() {
            for id in NEED_SPEED {
                report.withdraw(id);
            }
        }
        let (mut violations, counts) = report.close();
        for violation in &mut violations {
            if violation.invariant == InvariantId::I13 {
                violation.explain(&self.unconnected);
            }
        }
        let reached = situations.reached(past);
        let mut run = Together::default();
        run.run(&reached, &not_applicable);
        let mut missing = run.lacking(&bounds.reach);
        if missing.is_empty() && self.deliveries == 0 {
            missing.push(Missing { situation: "deliveries".to_owned(), need: 1, got: 0 });
        }
        Findings {
            verdict: verdict(!counts.is_empty(), &missing),
            violations,
            counts,
            checked: invariants.checked(),
            untested: untested(&reached),
            reached,
            missing,
            not_applicable,
            exposure: report.exposure.total(bounds.phones),
            requests: self.requests,
            deliveries: self.deliveries,
            fired: self.fired(),
            unconnected: self.unconnected.clone(),
        }
    }

    /// Judges the entries written since the last call.
    pub(crate) fn catch_up(&mut self, past: &RecentEntries) {
        while self.judged < past.written() {
            let entry = past.after(self.judged).expect("the past holds every entry not judged yet");
            self.judged += 1;
            self.judge(entry, past.as_of(self.judged));
        }
    }

    fn judge(&mut self, entry: &Entry, past: RecentView<'_>) {
        match entry.what {
            Fact::Committed { change, .. } => self.ledger.commit(entry.at_ms, change),
            Fact::Cloned { maker, home, .. } => self.ledger.cloned(maker, home),
            Fact::Issued { .. } => self.requests += 1,
            Fact::Delivered { .. } => self.deliveries += 1,
            Fact::Fired { point } => self.fired[point as usize] += 1,
            Fact::CallBegan { op: CacheOp::Set | CacheOp::GetEx, .. }
            | Fact::SentLate { .. }
            | Fact::Served { .. }
            | Fact::Executed { op: CacheOp::Set | CacheOp::GetEx, .. } => {
                self.under_way.observe(entry, &self.recent, &mut self.bounds);
                self.ledger.keep_for(self.bounds.longest_grace_ms());
            }
            Fact::NotConnected { why, since_ms } => {
                let why = match why {
                    Some(why) => past.key_name(why),
                    None => format!("it began at {} and never returned", seconds(since_ms)),
                };
                self.not_connected(entry, why);
            }
            _ => {}
        }
        self.recent.observe(entry);
        let Self { bounds, ledger, recent, invariants, situations, conduct, report, .. } = self;
        let context = Context { bounds, ledger, recent, past };
        situations.observe(entry, &context);
        conduct.observe(entry, &context);
        invariants.observe(entry, &context, report);
        recent.seen_by_all(entry);
    }

    /// Records a gateway whose client could not connect. Only the first few are kept.
    fn not_connected(&mut self, entry: &Entry, why: String) {
        if self.unconnected.len() < MAX_UNCONNECTED {
            let gateway = entry.node.to_string();
            self.unconnected.push(Unconnected { at_ms: entry.at_ms, gateway, why });
        }
    }

    fn fired(&self) -> BTreeMap<String, u64> {
        let fired = Point::ALL.iter().zip(&self.fired).filter(|(_, count)| **count > 0);
        fired.map(|(point, count)| (point.name().to_owned(), *count)).collect()
    }

    #[cfg(test)]
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }
}

/// Returns the situations that trigger bugs and never occurred.
fn untested(reached: &BTreeMap<String, u64>) -> Vec<String> {
    let never = |name: &&str| reached.get(*name).is_none_or(|times| *times == 0);
    triggers().filter(never).map(str::to_owned).collect()
}

impl Observer for Judge {
    /// Judges [`MAX_LAG`] entries at a time: what the simulation and the checkers work on does not
    /// fit into a processor's caches together.
    #[inline]
    fn observe(&mut self, _: &Entry, past: &RecentEntries) {
        if past.written() - self.judged >= MAX_LAG {
            self.catch_up(past);
        }
    }
}
