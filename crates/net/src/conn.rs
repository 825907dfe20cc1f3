//! One connection: two ends, and in each direction a queue of chunks in transit.
//!
//! Bytes keep their order. A cut link holds bytes back and sends them again when it is healed; a
//! half-open connection swallows everything; a reset one returns an error at both ends, after the
//! bytes that had already got through. Dropping an end notifies its peer, as `close` does.

use crate::link::{DelaySource, retransmitted_at};
use crate::net::{Due, Inner, Site};
use bytes::{Buf, BytesMut};
use crosswire_history::ConnId;
use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll, Waker};

/// A segment in transit to an end.
struct Chunk {
    sent_ms: u64,
    /// Time of arrival; `None` while the link is cut.
    due: Option<u64>,
    what: Segment,
}

enum Segment {
    Bytes(Box<[u8]>),
    /// No more bytes will come.
    Fin,
    /// The connection is gone.
    Reset,
}

/// One end: the bytes that have arrived at it and the chunks in transit to it.
pub(crate) struct End {
    pub(crate) site: Site,
    /// Arrived and not yet read.
    inbox: BytesMut,
    under_way: VecDeque<Chunk>,
    bytes_under_way: usize,
    last_due: u64,
    reader: Option<Waker>,
    /// The peer's writer, waiting for space in the window.
    writer: Option<Waker>,
    /// The peer's end of stream has arrived.
    ended: bool,
    /// The error that reading and writing return.
    broken: Option<io::ErrorKind>,
    /// The owner has dropped this end.
    dropped: bool,
    /// The owner has shut down its writing half.
    shut: bool,
}

/// A connection. `ends[0]` dialled, `ends[1]` accepted.
pub(crate) struct Conn {
    pub(crate) ends: [End; 2],
    /// Nothing gets through any more, and neither end is notified.
    pub(crate) half_open: bool,
}

/// All connections, by slot. Slots are reused; the age distinguishes one use from the next.
#[derive(Default)]
pub(crate) struct Conns {
    slots: Vec<(u32, Option<Conn>)>,
    free: Vec<u32>,
    made: u32,
}

impl Conns {
    pub(crate) fn open(&mut self, dialler: Site, acceptor: Site) -> (u32, u32, ConnId) {
        self.made += 1;
        let id = ConnId(self.made);
        let conn = Conn { ends: [End::new(dialler), End::new(acceptor)], half_open: false };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() as u32 - 1
        });
        let (age, place) = &mut self.slots[slot as usize];
        *age += 1;
        *place = Some(conn);
        (slot, *age, id)
    }

    /// Returns a connection, or `None` if it is gone.
    fn get(&mut self, slot: u32, age: u32) -> Option<&mut Conn> {
        let (present, conn) = self.slots.get_mut(slot as usize)?;
        if *present == age { conn.as_mut() } else { None }
    }

    /// Returns a connection that is open, because an end of it is held or a chunk is in transit.
    ///
    /// # Panics
    /// If it is gone.
    pub(crate) fn open_one(&mut self, slot: u32, age: u32) -> &mut Conn {
        self.get(slot, age).expect("a connection is open while an end of it is held")
    }

    /// Returns the open connections, in slot order.
    pub(crate) fn open_ones(&self) -> Vec<(u32, u32)> {
        let used = self.slots.iter().enumerate().filter(|(_, (_, conn))| conn.is_some());
        used.map(|(slot, (age, _))| (slot as u32, *age)).collect()
    }

    fn close(&mut self, slot: u32) {
        self.slots[slot as usize].1 = None;
        self.free.push(slot);
    }
}

impl Conn {
    /// Returns whether one of the ends is at a site.
    pub(crate) fn is_at(&self, site: Site) -> bool {
        self.ends.iter().any(|end| end.site == site)
    }
}

impl End {
    fn new(site: Site) -> Self {
        Self {
            site,
            inbox: BytesMut::new(),
            under_way: VecDeque::new(),
            bytes_under_way: 0,
            last_due: 0,
            reader: None,
            writer: None,
            ended: false,
            broken: None,
            dropped: false,
            shut: false,
        }
    }

    fn wake_all(&mut self) {
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }
}

impl Inner {
    /// Handles the arrival of the oldest chunk in transit to an end.
    pub(crate) fn chunk_due(&mut self, slot: u32, to: u8, age: u32) {
        let now_ms = self.now_ms;
        // A reset takes chunks out of transit, and the connection may be gone since.
        let Some(conn) = self.conns.get(slot, age) else { return };
        if conn.half_open {
            return;
        }
        let end = &mut conn.ends[to as usize];
        let due_now = |chunk: &Chunk| chunk.due.is_some_and(|due| due <= now_ms);
        if !end.under_way.front().is_some_and(due_now) {
            return;
        }
        let chunk = end.under_way.pop_front().expect("the first chunk is due");
        match chunk.what {
            Segment::Bytes(bytes) => {
                assert!(bytes.len() <= end.bytes_under_way, "bytes that arrive were sent once");
                end.bytes_under_way -= bytes.len();
                if end.dropped {
                    // Bytes for an end that is closed: a real host answers with a reset.
                    self.send_segment(slot, age, 1 - to, Segment::Reset);
                    return;
                }
                // Sent before its writer knew of a reset: part of the bytes before it is lost.
                if end.broken.is_none() {
                    end.inbox.extend_from_slice(&bytes);
                }
            }
            Segment::Fin => end.ended = true,
            Segment::Reset => end.broken = end.broken.or(Some(io::ErrorKind::ConnectionReset)),
        }
        if let Some(reader) = end.reader.take() {
            reader.wake();
        }
        if end.broken.is_some() {
            end.wake_all();
        }
        self.reclaim(slot, age);
    }

    /// Sends a segment to end `to`.
    fn send_segment(&mut self, slot: u32, age: u32, to: u8, what: Segment) {
        let now_ms = self.now_ms;
        let conn = self.conns.open_one(slot, age);
        let (from, at) = (conn.ends[1 - to as usize].site, conn.ends[to as usize].site);
        let link = &mut self.links[from.0 as usize][at.0 as usize];
        let bytes = if let Segment::Bytes(bytes) = &what { bytes.len() } else { 0 };
        let sending = (bytes as u64).checked_div(link.spec.bytes_per_ms).unwrap_or(0);
        let due = if link.is_cut() {
            None
        } else {
            Some(now_ms + sending + link.delay(DelaySource::Link))
        };
        let end = &mut conn.ends[to as usize];
        // In order: a chunk never overtakes another, nor one that is held back.
        let due = match (due, end.under_way.back()) {
            (_, Some(Chunk { due: None, .. })) => None,
            (due, _) => due.map(|due| due.max(end.last_due)),
        };
        end.bytes_under_way += bytes;
        end.under_way.push_back(Chunk { sent_ms: now_ms, due, what });
        if let Some(due) = due {
            end.last_due = due;
            self.schedule(due, Due::Chunk { conn: slot, to, age });
        }
    }

    /// Retransmits the chunks that a link held back while it was cut, on all its connections.
    pub(crate) fn release_conns(&mut self, from: Site, to: Site) {
        let now_ms = self.now_ms;
        for (slot, age) in self.conns.open_ones() {
            for end in 0..2_u8 {
                let delay = self.links[from.0 as usize][to.0 as usize].delay(DelaySource::Link);
                let conn = self.conns.open_one(slot, age);
                let there = conn.ends[end as usize].site == to;
                if !(there && conn.ends[1 - end as usize].site == from) {
                    continue;
                }
                let end_state = &mut conn.ends[end as usize];
                let mut due_times = Vec::new();
                let mut last_due = end_state.last_due;
                for chunk in end_state.under_way.iter_mut().filter(|chunk| chunk.due.is_none()) {
                    last_due = last_due.max(retransmitted_at(chunk.sent_ms, now_ms) + delay);
                    chunk.due = Some(last_due);
                    due_times.push(last_due);
                }
                end_state.last_due = last_due;
                for due in due_times {
                    self.schedule(due, Due::Chunk { conn: slot, to: end, age });
                }
            }
        }
    }

    pub(crate) fn poll_read(
        &mut self,
        (slot, age, end): (u32, u32, u8),
        cx: &mut Context<'_>,
        into: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let conn = self.conns.open_one(slot, age);
        let end = &mut conn.ends[end as usize];
        if !end.inbox.is_empty() {
            let count = end.inbox.len().min(into.remaining());
            into.put_slice(&end.inbox[..count]);
            end.inbox.advance(count);
            if let Some(writer) = end.writer.take() {
                writer.wake();
            }
            return Poll::Ready(Ok(()));
        }
        if let Some(kind) = end.broken {
            return Poll::Ready(Err(kind.into()));
        }
        if end.ended {
            return Poll::Ready(Ok(()));
        }
        end.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(crate) fn poll_write(
        &mut self,
        (slot, age, end): (u32, u32, u8),
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let conn = self.conns.open_one(slot, age);
        let me = &conn.ends[end as usize];
        if let Some(kind) = me.broken {
            return Poll::Ready(Err(kind.into()));
        }
        if me.shut {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let link = &self.links[conn.ends[end as usize].site.0 as usize];
        let peer_site = conn.ends[1 - end as usize].site;
        let window = link[peer_site.0 as usize].spec.window_bytes;
        let peer_end = &mut conn.ends[1 - end as usize];
        let unread = peer_end.bytes_under_way + peer_end.inbox.len();
        assert!(unread <= window, "{unread} bytes are unread, and the window has {window}");
        let room = window - unread;
        if room == 0 && !bytes.is_empty() {
            peer_end.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = bytes.len().min(room);
        self.send_segment(slot, age, 1 - end, Segment::Bytes(bytes[..count].into()));
        Poll::Ready(Ok(count))
    }

    /// Shuts down the writing half of this end.
    pub(crate) fn shut(&mut self, (slot, age, end): (u32, u32, u8)) {
        let me = &mut self.conns.open_one(slot, age).ends[end as usize];
        if !std::mem::replace(&mut me.shut, true) && me.broken.is_none() {
            self.send_segment(slot, age, 1 - end, Segment::Fin);
        }
    }

    /// Drops this end. If it has unread bytes the peer gets a reset, as from a real host; otherwise
    /// an end of stream.
    pub(crate) fn close(&mut self, (slot, age, end): (u32, u32, u8)) {
        let me = &mut self.conns.open_one(slot, age).ends[end as usize];
        assert!(!me.dropped, "an end of a connection is dropped once");
        me.dropped = true;
        (me.reader, me.writer) = (None, None);
        if me.broken.is_none() {
            if me.inbox.is_empty() {
                self.shut((slot, age, end));
            } else {
                self.send_segment(slot, age, 1 - end, Segment::Reset);
            }
        }
        self.reclaim(slot, age);
    }

    /// Resets a connection. Both ends learn of it over the link; before they do, `cut(length)`
    /// bytes of the first chunk in transit in each direction still arrive.
    pub(crate) fn reset(&mut self, slot: u32, age: u32, mut cut: impl FnMut(usize) -> usize) {
        for to in 0..2_u8 {
            let end = &mut self.conns.open_one(slot, age).ends[to as usize];
            let mut kept: VecDeque<Chunk> = VecDeque::new();
            if let Some(mut first) = end.under_way.pop_front() {
                if let Segment::Bytes(bytes) = &mut first.what {
                    *bytes = bytes[..cut(bytes.len()).min(bytes.len())].into();
                }
                kept.push_back(first);
            }
            let left =
                kept.iter().map(|c| if let Segment::Bytes(b) = &c.what { b.len() } else { 0 });
            end.bytes_under_way = left.sum();
            end.under_way = kept;
            self.send_segment(slot, age, to, Segment::Reset);
        }
    }

    /// Drops all ends at `site`, whose process has died. Their peers get a reset.
    pub(crate) fn reset_all_from(&mut self, site: Site) {
        for (slot, age) in self.conns.open_ones() {
            for to in 0..2_u8 {
                let me = &mut self.conns.open_one(slot, age).ends[to as usize];
                if me.site != site {
                    continue;
                }
                me.broken = Some(io::ErrorKind::ConnectionReset);
                me.inbox.clear();
                me.wake_all();
                self.send_segment(slot, age, 1 - to, Segment::Reset);
            }
        }
    }

    /// Frees the slot of a connection that neither end holds and on which nothing is in transit.
    fn reclaim(&mut self, slot: u32, age: u32) {
        let conn = self.conns.open_one(slot, age);
        let over = |end: &End| end.dropped && (conn.half_open || end.under_way.is_empty());
        if conn.ends.iter().all(over) {
            self.conns.close(slot);
        }
    }
}
