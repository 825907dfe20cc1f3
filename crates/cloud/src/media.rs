//! The media store: bytes by event and kind, on a separate node.

use bytes::Bytes;
use crosswire_history::{EventId, Point};
use crosswire_net::{Caller, Net, Reply, Site};
use std::collections::BTreeMap;
use std::io;

/// The kinds of media stored for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaKind {
    /// The picture.
    Thumbnail,
    /// The video.
    Clip,
}

enum Ask {
    Put { event: EventId, thumbnail: Bytes, clip: Bytes },
    Get { event: EventId, kind: MediaKind },
    GetRange { event: EventId, kind: MediaKind, from: usize, len: usize },
}

/// Maximum delay that the fault point `media-late` adds to an answer.
const LATE_MS: u64 = 300;

/// The media store.
#[derive(Default)]
pub struct MediaStore {
    kept: BTreeMap<EventId, (Bytes, Bytes)>,
}

/// A gateway's client for the store.
#[derive(Clone)]
pub struct MediaClient {
    caller: Caller<Ask, Option<Bytes>>,
    from: Site,
}

impl MediaStore {
    /// Puts the store on the network at `at`. The returned function creates a client for a gateway
    /// at a given site.
    pub fn serve(self, net: &Net, at: Site) -> impl Fn(Site) -> MediaClient + use<> {
        let mut store = self;
        let (here, node) = (net.clone(), net.node_of(at));
        let caller = Caller::new(net, at, move |ask, reply: Reply<_>| {
            if here.fires(node, Point::MediaRefusal).is_some() {
                return reply.refuse(io::ErrorKind::ConnectionRefused);
            }
            let found = store.answer(ask);
            let bytes = found.as_ref().map_or(50, |_| 24_000);
            match here.held_back(node, Point::MediaLate, LATE_MS) {
                Some(wait_ms) => here.later(wait_ms, move || reply.send(found, bytes)),
                None => reply.send(found, bytes),
            }
        });
        move |from| MediaClient { caller: caller.clone(), from }
    }

    fn answer(&mut self, ask: Ask) -> Option<Bytes> {
        match ask {
            Ask::Put { event, thumbnail, clip } => {
                self.kept.insert(event, (thumbnail, clip));
                None
            }
            Ask::Get { event, kind } => self.get(event, kind),
            Ask::GetRange { event, kind, from, len } => {
                let whole = self.get(event, kind)?;
                let from = from.min(whole.len());
                Some(whole.slice(from..from.saturating_add(len).min(whole.len())))
            }
        }
    }

    fn get(&self, event: EventId, kind: MediaKind) -> Option<Bytes> {
        let (thumbnail, clip) = self.kept.get(&event)?;
        Some(if kind == MediaKind::Thumbnail { thumbnail.clone() } else { clip.clone() })
    }
}

impl MediaClient {
    /// Stores the media of an event. Idempotent.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub async fn put(&self, event: EventId, thumbnail: Bytes, clip: Bytes) -> io::Result<()> {
        let ask = Ask::Put { event, thumbnail, clip };
        self.caller.call(self.from, ask, 48_000).await.map(|_| ())
    }

    /// Returns the media of an event, or `None` if there is none.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub async fn get(&self, event: EventId, kind: MediaKind) -> io::Result<Option<Bytes>> {
        self.caller.call(self.from, Ask::Get { event, kind }, 100).await
    }

    /// Returns at most `len` bytes of an event's media, starting at `from`. An empty range marks
    /// the end.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub async fn get_range(
        &self,
        event: EventId,
        kind: MediaKind,
        from: usize,
        len: usize,
    ) -> io::Result<Option<Bytes>> {
        self.caller.call(self.from, Ask::GetRange { event, kind, from, len }, 100).await
    }
}
