//! The judge: watches a history entry by entry, and says what is to be said of it.

use crate::conduct::Conduct;
use crate::demand::{Missing, Together};
use crate::docket::Docket;
use crate::invariants::{Invariants, World};
use crate::ledger::Ledger;
use crate::recent::Recent;
use crate::situations::{Situations, triggers};
use crate::story::seconds;
use crate::terms::Terms;
use crate::verdict::{Findings, Unconnected, verdict};
use crosswire_history::journal::{AsOf, LATE, Past};
use crosswire_history::{CacheOp, Entry, Observer, Point, What};
use std::collections::BTreeMap;

/// Of so many gateways whose client could not connect it is told why.
const MOST_UNCONNECTED: usize = 8;

/// Watches one run. Give it to [`crosswire_history::Journal::new`] as an observer, or hand it the
/// entries of a file one by one; then [`finish`](Self::finish).
///
/// ```
/// use crosswire_checker::{Judge, Terms, Verdict};
/// use crosswire_history::Journal;
/// use std::any::Any;
///
/// let journal = Journal::new(vec![Box::new(Judge::new(Terms::default()))]);
/// // ... the run ...
/// let (observers, past) = journal.close();
/// for observer in observers {
///     let observer: Box<dyn Any> = observer;
///     if let Ok(mut judge) = observer.downcast::<Judge>() {
///         // Nothing happened, so nothing was tested.
///         assert_eq!(judge.finish(60_000, &past).verdict, Verdict::Inconclusive);
///     }
/// }
/// ```
pub struct Judge {
    terms: Terms,
    ledger: Ledger,
    recent: Recent,
    invariants: Invariants,
    situations: Situations,
    conduct: Conduct,
    docket: Docket,
    /// How many entries it has looked at.
    judged: u64,
    requests: u64,
    deliveries: u64,
    /// How often each fault point fired, by its place in [`Point::ALL`].
    fired: Vec<u64>,
    unconnected: Vec<Unconnected>,
}

impl Judge {
    /// A judge who has seen nothing yet.
    pub fn new(terms: Terms) -> Self {
        Self {
            ledger: Ledger::new(terms.longest_grace_ms()),
            situations: Situations::new(&terms),
            terms,
            recent: Recent::default(),
            invariants: Invariants::default(),
            conduct: Conduct::default(),
            docket: Docket::default(),
            judged: 0,
            requests: 0,
            deliveries: 0,
            fired: vec![0; Point::ALL.len()],
            unconnected: Vec::new(),
        }
    }

    /// The run ended at `end_ms`: looks at what is left open, and sums up. To be called once,
    /// with the past that the entries came with.
    pub fn finish(&mut self, end_ms: u64, past: &Past) -> Findings {
        self.catch_up(past);
        let Self { terms, ledger, recent, invariants, situations, docket, .. } = self;
        let past = past.as_of(self.judged);
        invariants.finish(end_ms, &World { terms, ledger, recent, past }, docket);
        let not_applicable = self.conduct.not_applicable();
        for exempt in &not_applicable {
            docket.withdraw(&exempt.name);
        }
        let (mut violations, counts) = docket.close();
        let unrecovered = violations.iter_mut().filter(|found| found.invariant == "I13");
        unrecovered.for_each(|found| found.explain(&self.unconnected));
        let reached = situations.reached(past);
        let mut run = Together::default();
        run.run(&reached, &not_applicable);
        let mut missing = run.lacking(&terms.reach);
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
            exposure: docket.exposure.total(terms.phones),
            requests: self.requests,
            deliveries: self.deliveries,
            fired: self.fired(),
            unconnected: self.unconnected.clone(),
        }
    }

    /// Looks at what has been written since.
    pub(crate) fn catch_up(&mut self, past: &Past) {
        while self.judged < past.written() {
            let entry = past.after(self.judged).expect("it has heard of each entry");
            self.judged += 1;
            self.judge(entry, past.as_of(self.judged));
        }
    }

    fn judge(&mut self, entry: &Entry, past: AsOf<'_>) {
        match entry.what {
            What::Committed { change, .. } => self.ledger.commit(entry.at_ms, change),
            What::Cloned { maker, home, .. } => self.ledger.cloned(maker, home),
            What::Issued { .. } => self.requests += 1,
            What::Delivered { .. } => self.deliveries += 1,
            What::Fired { point } => self.fired[point as usize] += 1,
            What::Executed { op: CacheOp::Set, .. } => self.written(entry),
            What::NotConnected { why, since_ms } => {
                let why = why.map(|why| past.key_name(why));
                self.not_connected(entry, why, since_ms);
            }
            _ => {}
        }
        self.recent.observe(entry);
        let Self { terms, ledger, recent, invariants, situations, conduct, docket, .. } = self;
        let world = World { terms, ledger, recent, past };
        situations.observe(entry, &world);
        conduct.observe(entry, &world);
        invariants.observe(entry, &world, docket);
        recent.seen_by_all(entry);
    }

    /// A gateway's client could not connect. The first few are told.
    fn not_connected(&mut self, entry: &Entry, why: Option<String>, since_ms: u64) {
        if self.unconnected.len() < MOST_UNCONNECTED {
            let never = || format!("it began at {} and never returned", seconds(since_ms));
            let why = why.unwrap_or_else(never);
            let gateway = entry.node.to_string();
            self.unconnected.push(Unconnected { at_ms: entry.at_ms, gateway, why });
        }
    }

    /// A write has reached the cache.
    fn written(&mut self, entry: &Entry) {
        let Some(request) = self.recent.get(entry.request) else { return };
        self.terms.allow_for(entry.at_ms.saturating_sub(request.began_ms));
        self.ledger.keep_for(self.terms.longest_grace_ms());
    }

    fn fired(&self) -> BTreeMap<String, u64> {
        let fired = Point::ALL.iter().zip(&self.fired).filter(|(_, count)| **count > 0);
        fired.map(|(point, count)| (point.name().to_owned(), *count)).collect()
    }

    #[cfg(test)]
    pub(crate) fn docket(&self) -> &Docket {
        &self.docket
    }
}

/// The situations that wake mistakes and never occurred.
fn untested(reached: &BTreeMap<String, u64>) -> Vec<String> {
    let never = |name: &&str| reached.get(*name).is_none_or(|times| *times == 0);
    triggers().filter(never).map(str::to_owned).collect()
}

impl Observer for Judge {
    /// A thousand entries are judged at a time: what the world and the checkers work on does not
    /// fit into a processor's caches together.
    fn observe(&mut self, _: &Entry, past: &Past) {
        if past.written() - self.judged >= LATE {
            self.catch_up(past);
        }
    }
}
