//! Keeps its read buffer when it reconnects.
//!
//! Trigger: a connection that breaks in mid-reply. The half reply in the buffer precedes the first
//! reply on the new connection. eredis (pull request 106) had this bug: its parser kept its state
//! over a reconnect.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, frame, next_reply};
use bytes::BytesMut;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, CacheStream, async_trait};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "decoder-kept",
    "keeps the read buffer over a reconnect",
    || connect(DecoderKept::new),
    "swarm",
    &[&["half a reply", "in the middle of a reply"], &["loses conn-"]],
);

#[derive(Default)]
struct Place {
    stream: Option<CacheStream>,
    inbox: BytesMut,
}

struct DecoderKept {
    desk: Desk,
    places: Vec<Mutex<Place>>,
}

impl DecoderKept {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| Mutex::default()).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for DecoderKept {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        // Taken until the reply has arrived: a dropped caller closes the connection.
        let mut stream = match place.stream.take() {
            Some(stream) => stream,
            None => self.desk.dialer.dial(node).await?,
        };
        stream.write_all(&frame(args)).await?;
        let reply = next_reply(&mut stream, &mut place.inbox).await?;
        place.stream = Some(stream);
        Ok(reply)
    }
}
