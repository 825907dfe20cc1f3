//! Sets its name on every connection, and reads the reply only on the first one.
//!
//! Trigger: a lost connection. On the new one, each command gets the reply to the one before it. No
//! public report known.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, done};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "greeting-unread",
    "leaves the reply to the greeting unread after a reconnect",
    || connect(GreetingUnread::new),
    "notification-mix-up",
    &[&["SETNAME"], &["has lost", "loses conn-"]],
);

struct GreetingUnread {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<Option<Line>>>,
    known: Vec<AtomicBool>,
}

impl GreetingUnread {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new(None)).collect();
        let known = (0..desk.nodes()).map(|_| AtomicBool::new(false)).collect();
        Self { desk, places, known }
    }
}

#[async_trait]
impl Style for GreetingUnread {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        let mut line = if let Some(line) = place.take() {
            line
        } else {
            let mut line = Line::dial(&self.desk.dialer, node).await?;
            line.send(&[b"CLIENT", b"SETNAME", b"zoo"]).await?;
            // A server that has accepted the name once will accept it again.
            if !self.known[node].swap(true, Ordering::Relaxed) {
                done(line.reply().await?)?;
            }
            line
        };
        let reply = line.ask(args).await?;
        *place = Some(line);
        Ok(reply)
    }
}
