//! Stories of events that did not reach a user, with the job that should have pushed them and the
//! connection on which its calls had no answer; and of a service that did not recover.

use super::builder::{Story, StoryBuilder, seconds};
use super::known::CallBegan;
use super::search::Search;
use crate::context::Context;
use crosswire_history::{
    CallOutcome, Change, ConnId, Decline, Entry, EventId, Fact, NodeId, Op, Outcome, Principal,
    UserId,
};
use std::collections::BTreeMap;

/// A connection is silent if no command has arrived on it for this long while calls waited there.
const SILENT_MS: u64 = 1_000;

/// Builds the story of an event that did not reach a user in time.
pub(crate) fn lost(user: UserId, event: EventId, bound_ms: u64, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let search = story.search();
    let stored = search.find(|entry| stores(entry, event));
    if let Some(stored) = stored {
        story.add(stored.at_ms, format!("the directory stores {event}"));
    }
    if let Some(acked) = search.find(|entry| entry.what == Fact::Acked { event }) {
        story.add(acked.at_ms, format!("{} is told that {event} is kept", event.device));
    }
    if let Some(stored) = stored
        && let Some(job) = search.job_after(&stored)
    {
        story.job_failed(&job, bound_ms);
    }
    story.add(bound_ms, format!("{user} should have received {event} by now"));
    if let Some(stored) = stored {
        story.calls_fared(stored.at_ms, bound_ms);
    }
    let late = search.find(|entry| {
        matches!(entry.what, Fact::Delivered { user: reached, origin: Some(origin), .. }
            if reached == user && origin.event == event && entry.at_ms > bound_ms)
    });
    match late {
        Some(late) => {
            story.because("received too late");
            story.add(late.at_ms, format!("{user} receives {event}, too late"));
        }
        None => story.because("never received"),
    }
    story.build()
}

/// Builds the story of an event that was acknowledged to its camera and never stored.
pub(crate) fn never_stored(event: EventId, at_ms: u64, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let captured = story.search().find(
        |entry| matches!(entry.what, Fact::Captured { event: captured, .. } if captured == event),
    );
    if let Some(captured) = captured {
        story.add(captured.at_ms, format!("{} records {event}", event.device));
    }
    story.because("never stored");
    let device = event.device;
    story.add(
        at_ms,
        format!("{device} is told that {event} is kept; the directory never stored it"),
    );
    story.build()
}

/// Builds the story of a service that did not recover.
pub(crate) fn unrecovered(at_ms: u64, found: String, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let bounds = context.bounds;
    if bounds.faults() {
        story.add(bounds.first_fault_ms, "the first fault begins".to_owned());
        story.add(bounds.faults_end_ms, "the last fault ends".to_owned());
    }
    story.add(bounds.recovered_ms(), "the service should have recovered by now".to_owned());
    story.calls_fared(bounds.recovered_ms(), at_ms);
    story.add(at_ms, found);
    story.build()
}

/// Builds the story of a kind of request that never ends well, by the `last` that failed.
pub(crate) fn never_well(last: &Entry, found: String, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.because("a kind of request always fails");
    if context.bounds.faults() {
        story.add(context.bounds.faults_end_ms, "the last fault ends".to_owned());
    }
    story.add(context.bounds.recovered_ms(), "the service should have recovered by now".to_owned());
    story.asked(last.request);
    if let Fact::Settled { outcome, .. } = last.what {
        let how = match outcome {
            Outcome::Ok => "is answered",
            Outcome::Denied => "is denied",
            Outcome::Refused => "is refused: the service is too busy",
            Outcome::Failed => "is answered: the service failed",
            Outcome::TimedOut => "has no answer in time",
            Outcome::GaveUp => "is given up",
            Outcome::Reset => "loses its connection",
        };
        story.add(last.at_ms, format!("{} {how}", last.request));
    }
    story.add(last.at_ms, found);
    story.build()
}

impl StoryBuilder<'_> {
    /// Adds a job whose call had no answer, and the silent connection that its gateway had kept.
    fn job_failed(&mut self, job: &Entry, bound_ms: u64) {
        let search = self.search();
        let Some((began, ended)) = search.unanswered_call(job, bound_ms) else { return };
        let call = CallBegan::of(&began).call;
        self.asked(job.request);
        self.call_began(call, None);
        self.because("call timed out");
        let within = seconds(ended.at_ms - began.at_ms);
        self.add(ended.at_ms, format!("{call} has no answer within {within} s"));
        let dropped = search.find(|entry| {
            entry.request == job.request
                && matches!(entry.what, Fact::Dropped { why: Decline::Deadline })
        });
        if let Some(dropped) = dropped {
            self.because("job dropped");
            let (node, job) = (dropped.node, job.request);
            self.add(dropped.at_ms, format!("the deadline of {node} has passed: {job} is dropped"));
        }
        if let Some((conn, since_ms)) = search.silent(job.node, ended.at_ms) {
            self.because("connection silent");
            let gateway = job.node;
            let silence = seconds(ended.at_ms - since_ms);
            let line =
                format!("nothing has arrived on {conn} for {silence} s, and {gateway} keeps it");
            self.add(ended.at_ms, line);
        }
    }
}

impl Search<'_> {
    /// Returns the first job to push new events that a gateway began after it had stored one.
    fn job_after(self, stored: &Entry) -> Option<Entry> {
        let gateway = self.find(|entry| {
            entry.request == stored.request && matches!(entry.what, Fact::Arrived { .. })
        })?;
        let since = self.0.latest().take_while(|entry| *entry != stored);
        let jobs = since.filter(|entry| {
            entry.node == gateway.node
                && matches!(
                    entry.what,
                    Fact::Arrived { by: Principal::Gateway, op: Op::FanOut, .. }
                )
        });
        jobs.last().copied()
    }

    /// Returns where the first call of a job that failed at its deadline began and ended.
    fn unanswered_call(self, job: &Entry, bound_ms: u64) -> Option<(Entry, Entry)> {
        let mut failed = BTreeMap::new();
        let mut first = None;
        for entry in self.0.latest().take_while(|entry| *entry != job) {
            if entry.request != job.request || entry.at_ms > bound_ms {
                continue;
            }
            match entry.what {
                Fact::CallEnded { call, outcome: CallOutcome::Error } => {
                    failed.insert(call, *entry);
                }
                Fact::CallBegan { call, deadline_ms, .. } => {
                    let ended = failed.get(&call).filter(|ended| ended.at_ms >= deadline_ms);
                    first = ended.map(|ended| (*entry, *ended)).or(first);
                }
                _ => {}
            }
        }
        first
    }

    /// Returns a connection of a gateway that is open at `at_ms` and on which no command has
    /// arrived for long while calls left it with replies outstanding, the latest of these; and when
    /// the last command arrived, or the time of the oldest entry that is known.
    fn silent(self, gateway: NodeId, at_ms: u64) -> Option<(ConnId, u64)> {
        let (mut gone, mut left) = (Vec::new(), BTreeMap::new());
        let (mut heard, mut oldest_ms) = (BTreeMap::new(), at_ms);
        for entry in self.0.latest().filter(|entry| entry.at_ms <= at_ms) {
            oldest_ms = entry.at_ms;
            match entry.what {
                Fact::Disconnected { conn, .. } => gone.push(conn),
                Fact::CallEnded {
                    outcome: CallOutcome::Cancelled { unread: 1.., conn }, ..
                } if entry.node == gateway => {
                    left.entry(conn).or_insert(entry.at_ms);
                }
                Fact::Executed { conn, .. }
                | Fact::Served { conn, .. }
                | Fact::Rejected { conn, .. } => {
                    heard.entry(conn).or_insert(entry.at_ms);
                }
                _ => {}
            }
        }
        let silent = left.into_iter().map(|(conn, left_ms)| {
            let heard_ms = heard.get(&conn).copied().unwrap_or(oldest_ms);
            (left_ms, conn, heard_ms)
        });
        let silent = silent.filter(|(left_ms, conn, heard_ms)| {
            !gone.contains(conn) && heard_ms + SILENT_MS < *left_ms
        });
        silent.max().map(|(_, conn, heard_ms)| (conn, heard_ms))
    }
}

fn stores(entry: &Entry, wanted: EventId) -> bool {
    matches!(entry.what, Fact::Committed { change: Change::Stored { event, .. }, .. } if event == wanted)
}

#[cfg(test)]
mod tests;
