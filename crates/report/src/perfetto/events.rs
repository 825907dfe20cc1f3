//! The events of a trace, from the entries of a history.

use super::flows::Flows;
use super::interned::Names;
use super::messages::{CounterValue, Kind, Trace, TracePacket, TrackEvent};
use super::tracks::{Group, Track, Tracks};
use crate::diagram::{is_cancelled, is_crossed, label};
use crate::recording::Run;
use crosswire_checker::Violation;
use crosswire_history::{
    CallId, CallOutcome, ConnId, Entry, Fact, NodeId, NodeKind, Op, Principal, RequestId,
};
use crosswire_output::format::printable;
use std::collections::BTreeMap;

/// The number of nanoseconds in a millisecond.
const NANOS: u64 = 1_000_000;

/// The writer that all packets name.
const WRITER: u32 = 1;

/// The flags of the packet with the names, and of those that need them.
const NAMES_BEGIN: u32 = 1;
const NEEDS_NAMES: u32 = 2;

/// What opened a slice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Opener {
    /// A request, at the device that sent it.
    Sent(RequestId),
    /// A request, at the gateway that works on it.
    Work(RequestId),
    Call(CallId),
    Conn(ConnId),
}

/// A trace under construction.
struct Writer<'a> {
    run: &'a Run,
    flows: Flows,
    tracks: Tracks,
    open: BTreeMap<Opener, Track>,
    names: Names,
    packets: Vec<TracePacket>,
}

/// Returns a run as a trace.
pub(super) fn trace(run: &Run) -> Trace {
    let mut writer = Writer {
        run,
        flows: Flows::of(run),
        tracks: Tracks::default(),
        open: BTreeMap::new(),
        names: Names::default(),
        packets: Vec::new(),
    };
    writer.violations();
    writer.faults();
    for (place, entry) in run.recording.entries().iter().enumerate() {
        writer.entry(place, entry);
    }
    let mut packets = Vec::new();
    for track in writer.tracks.descriptors() {
        packets.push(TracePacket {
            trusted_packet_sequence_id: Some(WRITER),
            track_descriptor: Some(track),
            ..TracePacket::default()
        });
    }
    packets.push(TracePacket {
        trusted_packet_sequence_id: Some(WRITER),
        interned_data: Some(writer.names.data()),
        sequence_flags: Some(NAMES_BEGIN),
        ..TracePacket::default()
    });
    writer.packets.sort_by_key(|packet| packet.timestamp);
    packets.append(&mut writer.packets);
    Trace { packet: packets }
}

impl Writer<'_> {
    /// Adds the violations, on a track with the name of the run.
    fn violations(&mut self) {
        let headline = printable(&self.run.headline());
        let track = self.tracks.of(Track::new(Group::Violations, 0), || headline);
        for violation in self.run.violations() {
            let Violation { invariant, name, at_ms, story, .. } = violation;
            let last = story.last().map_or("", |line| line);
            let words = printable(&format!("{invariant} {name}: {last}"));
            self.event(*at_ms, track, Kind::Instant, "violation", Some(words));
        }
    }

    /// Adds the faults of the plan, each on a separate track.
    fn faults(&mut self) {
        for (nth, band) in self.run.recording.bands().iter().enumerate() {
            let name = printable(&format!("{} on {}", band.name, band.target));
            let track = Track::new(Group::Faults, nth as u32);
            let track = self.tracks.of(track, || name.clone());
            self.event(band.start_ms, track, Kind::SliceBegin, "fault", Some(name));
            self.event(band.end_ms, track, Kind::SliceEnd, "fault", None);
        }
    }

    fn event(
        &mut self,
        at_ms: u64,
        track: Track,
        kind: Kind,
        category: &str,
        name: Option<String>,
    ) {
        let mut event = TrackEvent {
            r#type: Some(kind as i32),
            track_uuid: Some(self.tracks.uuid(track)),
            ..TrackEvent::default()
        };
        let mut sequence_flags = None;
        if let Some(name) = name {
            let (name, ids) = self.names.event(&name);
            event.category_iids = vec![self.names.category(category)];
            (event.name_iid, event.debug_annotations) = (Some(name), ids);
            sequence_flags = Some(NEEDS_NAMES);
        }
        self.packets.push(TracePacket {
            timestamp: Some(at_ms * NANOS),
            trusted_packet_sequence_id: Some(WRITER),
            sequence_flags,
            track_event: Some(event),
            ..TracePacket::default()
        });
    }

    /// Leads the flows of an entry through the event that was written last.
    fn flow(&mut self, place: usize) {
        let (through, ends) = self.flows.at(place);
        let event = self.packets.last_mut().and_then(|packet| packet.track_event.as_mut());
        let event = event.expect("a flow leads through an event");
        (event.flow_ids, event.terminating_flow_ids) = (through, ends);
    }

    /// Adds what an entry begins, ends or is.
    fn entry(&mut self, place: usize, entry: &Entry) {
        let at_ms = entry.at_ms;
        match entry.what {
            Fact::Issued { by, op, .. } => {
                if let Some((track, name)) = device(by) {
                    self.begin(at_ms, Opener::Sent(entry.request), (track, name), purpose(op));
                    self.flow(place);
                }
            }
            Fact::Settled { .. } => self.end(at_ms, Opener::Sent(entry.request)),
            Fact::Arrived { op, .. } => {
                let name = format!("{} {}", entry.request, purpose(op));
                self.begin(at_ms, Opener::Work(entry.request), of_node(entry.node), name);
                self.flow(place);
            }
            Fact::Replied { .. } => self.end(at_ms, Opener::Work(entry.request)),
            Fact::Dropped { .. } => {
                self.instant(place, entry, of_node(entry.node), "cancellation");
                self.end(at_ms, Opener::Work(entry.request));
            }
            Fact::CallBegan { call, .. } => {
                let name = printable(&label(entry, &self.run.recording));
                self.begin(at_ms, Opener::Call(call), of_node(entry.node), name);
            }
            Fact::CallEnded { call, outcome } => self.call_ended(place, entry, (call, outcome)),
            Fact::Connected { conn, .. } => {
                let name = format!("{} to {}", entry.node, conn);
                self.begin(at_ms, Opener::Conn(conn), connection(conn), name);
            }
            Fact::Disconnected { conn, .. } => self.end(at_ms, Opener::Conn(conn)),
            Fact::Gauge { .. } => self.gauge(entry),
            _ => self.point(place, entry),
        }
    }

    fn call_ended(&mut self, place: usize, entry: &Entry, (call, outcome): (CallId, CallOutcome)) {
        if is_cancelled(entry) {
            self.instant(place, entry, of_node(entry.node), "cancellation");
        }
        if let CallOutcome::Cancelled { unread: 1.., conn } = outcome {
            self.instant(place, entry, connection(conn), "unread");
        }
        self.end(entry.at_ms, Opener::Call(call));
    }

    /// Adds an entry that has no length.
    fn point(&mut self, place: usize, entry: &Entry) {
        let (party, category) = match entry.what {
            Fact::Captured { event, .. } => (device(Principal::Device(event.device)), "capture"),
            Fact::Delivered { user, .. } => (device(Principal::User(user)), "screen"),
            Fact::Reused { conn, .. } => (Some(connection(conn)), "reuse"),
            Fact::Executed { .. } | Fact::Rejected { .. } => (Some(of_node(entry.node)), "command"),
            Fact::Committed { .. } => (Some(of_node(entry.node)), "commit"),
            Fact::Consulted { .. } => (Some(of_node(entry.node)), "answer"),
            Fact::Down | Fact::Up | Fact::Paused | Fact::Resumed | Fact::Fired { .. } => {
                (Some(of_node(entry.node)), "fault")
            }
            _ if is_crossed(entry) => (Some(of_node(entry.node)), "hand-over"),
            _ => return,
        };
        if let Some(party) = party {
            self.instant(place, entry, party, category);
        }
    }

    fn instant(&mut self, place: usize, entry: &Entry, party: (Track, String), category: &str) {
        let (track, name) = party;
        let track = self.tracks.of(track, || name);
        let words = printable(&label(entry, &self.run.recording));
        self.event(entry.at_ms, track, Kind::Instant, category, Some(words));
        self.flow(place);
    }

    fn begin(&mut self, at_ms: u64, opener: Opener, party: (Track, String), name: String) {
        // A sender that sends its request again ends the slice of its first attempt.
        self.end(at_ms, opener);
        let (track, party) = party;
        let track = self.tracks.open(track, || party);
        let category = match opener {
            Opener::Sent(_) | Opener::Work(_) => "request",
            Opener::Call(_) => "call",
            Opener::Conn(_) => "connection",
        };
        self.event(at_ms, track, Kind::SliceBegin, category, Some(name));
        self.open.insert(opener, track);
    }

    fn end(&mut self, at_ms: u64, opener: Opener) {
        if let Some(track) = self.open.remove(&opener) {
            self.tracks.close(track);
            self.event(at_ms, track, Kind::SliceEnd, "", None);
        }
    }

    /// Adds the numbers of a second.
    fn gauge(&mut self, entry: &Entry) {
        let Fact::Gauge {
            directory_queue,
            directory_busy,
            directory_served,
            backlog,
            offline,
            in_flight,
        } = entry.what
        else {
            return;
        };
        let counters = [
            ("waiting at the directory", directory_queue),
            ("busy at the directory", directory_busy),
            ("served by the directory, per second", directory_served),
            ("events kept back", backlog),
            ("cameras offline", offline),
            ("requests in flight", in_flight),
        ];
        for (nth, (name, number)) in counters.into_iter().enumerate() {
            let track = Track::new(Group::Counters, nth as u32);
            let track = self.tracks.of(track, || name.to_owned());
            self.event(entry.at_ms, track, Kind::Counter, "", None);
            let event = self.packets.last_mut().and_then(|packet| packet.track_event.as_mut());
            let event = event.expect("a counter was written");
            event.counter_value = Some(CounterValue::Int(i64::from(number)));
        }
    }
}

fn purpose(op: Op) -> String {
    op.purpose().to_owned()
}

/// Returns the track and the name of a device; `None` for a gateway's job.
fn device(by: Principal) -> Option<(Track, String)> {
    match by {
        Principal::User(user) => Some((Track::new(Group::Phones, user.0), user.to_string())),
        Principal::Device(device) => {
            Some((Track::new(Group::Cameras, device.0), device.to_string()))
        }
        Principal::Gateway => None,
    }
}

fn connection(conn: ConnId) -> (Track, String) {
    (Track::new(Group::Connections, conn.0), conn.to_string())
}

/// Returns the track and the name of a node.
fn of_node(node: NodeId) -> (Track, String) {
    let index = u32::from(node.index);
    let (group, party) = match node.kind {
        NodeKind::Gateway => (Group::Gateways, index),
        NodeKind::Cache => (Group::Caches, index),
        NodeKind::Directory => (Group::Directory, 0),
        NodeKind::Replica => (Group::Directory, 1),
        NodeKind::Media => (Group::Other, 0),
        NodeKind::Cameras => (Group::Other, 1),
        NodeKind::Phones => (Group::Other, 2),
        NodeKind::Harness => (Group::Other, 3),
    };
    (Track::new(group, party), node.to_string())
}
