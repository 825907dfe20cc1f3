//! A short storm that reads like a story, and what holds for any history.

use super::*;
use crate::recording::Recording;
use crosswire_checker::{Bounds, Judge};
use crosswire_history::{
    CacheOp, CallId, CommandId, ConnId, DeviceId, History, Journal, KeyId, NodeId, NodeKind, Op,
    Outcome, Principal, RequestId, Subject, UserId,
};
use proptest::prelude::*;
use std::fmt::Write;

const CAMERAS: NodeId = NodeId::new(NodeKind::Cameras, 0);
const CACHE: NodeId = NodeId::new(NodeKind::Cache, 0);

/// Returns the run of a history, with users exposed at these times.
fn run(write: impl FnOnce(&Journal), new_users_ms: Vec<u64>) -> Run {
    let history = History::new(Recording::new(Vec::new()));
    write(&history.journal());
    let (recording, past) = history.close();
    let mut findings = Judge::new(Bounds::default()).finish(0, &past);
    findings.violations.clear();
    findings.exposure.new_users_ms = new_users_ms;
    Run { title: Vec::new(), about: Vec::new(), recording, findings }
}

fn sends(journal: &Journal, at_ms: u64, by: Principal, op: Op) -> RequestId {
    let request = journal.next_request();
    let subject = Subject::Oneself;
    let issued = Fact::Issued { by, op, gateway: 0, deadline_ms: at_ms + 99, subject };
    journal.record_for(at_ms, CAMERAS, request, issued);
    request
}

fn settles(journal: &Journal, at_ms: u64, request: RequestId, op: Op, outcome: Outcome) {
    journal.record_for(at_ms, CAMERAS, request, Fact::Settled { op, outcome });
}

fn gauge(directory_queue: u32, backlog: u32, offline: u32) -> Fact {
    let (directory_busy, directory_served, in_flight) = (3, 70, 0);
    Fact::Gauge { directory_queue, directory_busy, directory_served, backlog, offline, in_flight }
}

fn executed(op: CacheOp, hit: bool) -> Fact {
    let (command, conn, call, key, db) = (CommandId(1), ConnId(1), CallId(1), KeyId(0), 0);
    Fact::Executed { command, conn, call, op, key, db, hit }
}

/// Returns each series on a line: the values of the buckets that differ from the one before.
fn text(storm: &Storm) -> String {
    let Grid { width_ms, buckets } = storm.grid;
    let mut text = format!("{buckets} buckets of {width_ms} ms\n");
    for plot in &storm.plots {
        let _ = writeln!(text, "{}", format!("{} {}", plot.name, plot.unit).trim_end());
        for series in &plot.series {
            let _ = write!(text, "  {}:", series.name);
            let mut last = None;
            for (bucket, value) in series.values.iter().enumerate() {
                if last != Some(*value) {
                    let shown = value.map_or("none".to_owned(), |value| value.to_string());
                    let _ = write!(text, " {}ms={shown}", bucket as u64 * width_ms);
                }
                last = Some(*value);
            }
            text.push('\n');
        }
    }
    text
}

#[test]
fn a_short_storm_reads_like_a_story() {
    let camera = |nth| Principal::Device(DeviceId(nth));
    let run = run(
        |journal| {
            journal.record(0, NodeId::HARNESS, gauge(0, 0, 2));
            // Two cameras want to connect; one has to wait, and tries again.
            let one = sends(journal, 100, camera(1), Op::Connect);
            let two = sends(journal, 100, camera(2), Op::Connect);
            settles(journal, 140, one, Op::Connect, Outcome::Ok);
            settles(journal, 400, two, Op::Connect, Outcome::Refused);
            journal.record(1_000, NodeId::HARNESS, gauge(5, 1, 1));
            let again = sends(journal, 1_300, camera(2), Op::Connect);
            // A phone's list comes from the cache, over a reply that is still unread.
            let list = sends(journal, 1_310, Principal::User(UserId(7)), Op::List);
            let (conn, call, of) = (ConnId(1), CallId(2), CallId(1));
            let reused = Fact::Reused { conn, call, unread: 1, of };
            journal.record_for(1_320, NodeId::new(NodeKind::Gateway, 0), list, reused);
            for (op, hit) in [(CacheOp::Get, true), (CacheOp::Mget, false), (CacheOp::Set, true)] {
                journal.record_for(1_330, CACHE, list, executed(op, hit));
            }
            settles(journal, 1_350, list, Op::List, Outcome::Ok);
            journal.record(2_000, NodeId::HARNESS, gauge(0, 2, 1));
            settles(journal, 2_300, again, Op::Connect, Outcome::TimedOut);
            journal.record(2_390, CACHE, Fact::Disconnected { conn, unread: 2 });
        },
        vec![1_350],
    );
    insta::assert_snapshot!(text(&Storm::of(&run)));
}

#[test]
fn a_run_without_entries_has_a_storm() {
    let storm = Storm::of(&run(|_| {}, Vec::new()));
    assert_eq!(storm.grid.buckets, 1);
    assert!(storm.plots.iter().all(|plot| !plot.series.is_empty()));
}

/// Returns the sum of a series of rates, as a count.
fn count(storm: &Storm, plot: &str, series: usize) -> u64 {
    let plot = storm.plots.iter().find(|it| it.name == plot).expect("the plot");
    let sum: f64 = plot.series[series].values.iter().flatten().sum();
    (sum * storm.grid.width_ms as f64 / 1_000.0).round() as u64
}

/// One act of a drawn history: what it is, and how long after the act before it.
type Act = (u8, u64);

fn act(journal: &Journal, at_ms: u64, what: u8, open: &mut Vec<RequestId>) {
    let device = Principal::Device(DeviceId(u32::from(what % 5)));
    match what % 8 {
        0 | 1 => open.push(sends(journal, at_ms, device, Op::Connect)),
        2 => {
            let nth = usize::from(what) % (open.len() + 1);
            let request = open.get(nth).copied().unwrap_or(RequestId(0));
            settles(journal, at_ms, request, Op::Connect, Outcome::Ok);
        }
        3 => settles(journal, at_ms, RequestId(0), Op::List, Outcome::GaveUp),
        4 => journal.record(at_ms, CACHE, executed(CacheOp::Get, what >= 128)),
        5 => journal.record(at_ms, CACHE, Fact::Disconnected { conn: ConnId(1), unread: 1 }),
        6 => journal.record(at_ms, NodeId::HARNESS, gauge(u32::MAX, u32::from(what), 1)),
        _ => journal.record(at_ms, NodeId::HARNESS, Fact::Up),
    }
}

proptest! {
    #[test]
    fn buckets_sum_to_the_totals_and_every_value_is_finite(
        acts in prop::collection::vec((any::<u8>(), 0_u64..3_000), 0..120),
    ) {
        let acts: Vec<Act> = acts;
        let mut open = Vec::new();
        let run = run(|journal| {
            let mut at_ms = 0;
            for (what, after_ms) in &acts {
                at_ms += after_ms;
                act(journal, at_ms, *what, &mut open);
            }
        }, acts.iter().map(|(what, _)| u64::from(*what)).collect());
        let storm = Storm::of(&run);
        let of = |is_it: &dyn Fn(u8) -> bool| acts.iter().filter(|(what, _)| is_it(*what)).count() as u64;
        prop_assert_eq!(count(&storm, "Requests", 0), of(&|what| what % 8 == 2));
        prop_assert_eq!(count(&storm, "Requests", 5), of(&|what| what % 8 == 3));
        prop_assert_eq!(count(&storm, "Attempts to connect", 0), of(&|what| what % 8 < 2));
        prop_assert_eq!(count(&storm, "Cache reads", 0), of(&|what| what % 8 == 4 && what >= 128));
        prop_assert_eq!(count(&storm, "Cache reads", 1), of(&|what| what % 8 == 4 && what < 128));
        prop_assert_eq!(count(&storm, "Unread replies", 1), of(&|what| what % 8 == 5));
        let last = storm.plots.last().and_then(|plot| plot.series[0].values.last().copied());
        prop_assert_eq!(last.flatten(), Some(acts.len() as f64));
        prop_assert!(storm.grid.buckets <= 640);
        for plot in &storm.plots {
            for series in &plot.series {
                prop_assert_eq!(series.values.len(), storm.grid.buckets);
                let fine = |value: f64| value.is_finite() && value >= 0.0;
                prop_assert!(series.values.iter().flatten().all(|value| fine(*value)));
            }
        }
    }
}
