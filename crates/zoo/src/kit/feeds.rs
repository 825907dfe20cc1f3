//! Feeds of the keys that have changed, one from each node, by CLIENT TRACKING.

use super::{Desk, Line, unexpected};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Changes, Moment};
use futures_util::future::join_all;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The rules of a feed.
pub trait Following: Send + Sync + 'static {
    /// Called when a lost feed is connected again.
    fn connected(feed: &mut Feed) {
        feed.missed = true;
    }
}

/// The plain rules.
pub struct Careful;

impl Following for Careful {}

/// The feed from one node. What it has heard stays until an answer takes it.
pub struct Feed {
    line: Option<Line>,
    /// The number of the latest ping, and of the latest that was answered.
    pings: u64,
    answered: u64,
    /// When the latest ping was sent.
    pinged: Option<Moment>,
    /// The keys that have changed.
    pub keys: Vec<String>,
    /// Some keys may have changed unheard, as before the feed began.
    pub missed: bool,
}

impl Default for Feed {
    fn default() -> Self {
        Self { line: None, pings: 0, answered: 0, pinged: None, keys: Vec::new(), missed: true }
    }
}

/// A message or a reply on a feed.
enum Heard {
    Changed(Vec<String>),
    Flushed,
    Pong(u64),
}

impl Feed {
    /// Hears everything that the node has announced by now. Tries once more, on a new connection,
    /// if the one there is broken.
    pub async fn catch_up<F: Following>(
        &mut self,
        desk: &Desk,
        node: usize,
    ) -> Result<(), CacheError> {
        let there = self.line.is_some();
        let mut heard = self.hear_all::<F>(desk, node).await;
        if heard.is_err() {
            // An answer to a ping may be missing.
            self.line = None;
            if there {
                heard = self.hear_all::<F>(desk, node).await;
            }
        }
        if heard.is_err() {
            self.line = None;
        }
        heard
    }

    /// Hears what precedes the answer to a ping.
    async fn hear_all<F: Following>(&mut self, desk: &Desk, node: usize) -> Result<(), CacheError> {
        if self.connect(desk, node).await? {
            F::connected(self);
        }
        // A question that was dropped has left its ping unanswered.
        self.hear_pings().await?;
        self.pings += 1;
        self.pinged = Some(desk.dialer.moment());
        let ping = self.pings.to_string();
        self.line().send(&[b"PING", ping.as_bytes()]).await?;
        self.hear_pings().await
    }

    /// Hears what the node announces next.
    pub async fn next(&mut self, desk: &Desk, node: usize) -> Result<(), CacheError> {
        self.missed |= self.connect(desk, node).await?;
        self.hear().await
    }

    /// Connects unless it is connected. Returns whether it is connected again. A connection on
    /// which a ping has had no answer for long may be half-open.
    async fn connect(&mut self, desk: &Desk, node: usize) -> Result<bool, CacheError> {
        let waits = self.answered < self.pings;
        let is_silent =
            waits && self.pinged.as_ref().is_some_and(|pinged| pinged.is_past(desk.limit()));
        if !is_silent && self.line.as_ref().is_some_and(|line| line.whole) {
            return Ok(false);
        }
        self.line = None;
        self.line = Some(track(desk, node).await?);
        let again = self.pings > 0;
        self.answered = self.pings;
        Ok(again)
    }

    fn line(&mut self) -> &mut Line {
        self.line.as_mut().expect("it is connected")
    }

    async fn hear_pings(&mut self) -> Result<(), CacheError> {
        while self.answered < self.pings {
            self.hear().await?;
        }
        Ok(())
    }

    async fn hear(&mut self) -> Result<(), CacheError> {
        match heard(&self.line().reply().await?)? {
            Heard::Changed(keys) => self.keys.extend(keys),
            Heard::Flushed => self.missed = true,
            Heard::Pong(ping) => self.answered = ping,
        }
        Ok(())
    }

    /// Takes what was heard.
    pub fn take(&mut self) -> (Vec<String>, bool) {
        (std::mem::take(&mut self.keys), std::mem::take(&mut self.missed))
    }
}

/// Connects to a node and has it announce every change there.
async fn track(desk: &Desk, node: usize) -> Result<Line, CacheError> {
    let mut line = Line::dial(&desk.dialer, node).await?;
    let id = match line.ask(&[b"CLIENT", b"ID"]).await? {
        Reply::Int(id) => id.to_string(),
        other => return Err(unexpected(&other)),
    };
    line.ask(&[b"CLIENT", b"TRACKING", b"ON", b"REDIRECT", id.as_bytes(), b"BCAST"]).await?;
    line.ask(&[b"SUBSCRIBE", b"__redis__:invalidate"]).await?;
    Ok(line)
}

fn heard(reply: &Reply) -> Result<Heard, CacheError> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let Reply::Array(parts) = reply else { return Err(unexpected(reply)) };
    match &parts[..] {
        [Reply::Bulk(kind), Reply::Bulk(payload)] if kind == "pong" => {
            Ok(Heard::Pong(text(payload).parse().map_err(|_| unexpected(reply))?))
        }
        [Reply::Bulk(kind), Reply::Bulk(_), Reply::Nil] if kind == "message" => Ok(Heard::Flushed),
        [Reply::Bulk(kind), Reply::Bulk(_), Reply::Array(keys)] if kind == "message" => {
            let keys = keys.iter().map(|key| match key {
                Reply::Bulk(key) => Ok(text(key)),
                other => Err(unexpected(other)),
            });
            Ok(Heard::Changed(keys.collect::<Result<_, _>>()?))
        }
        _ => Err(unexpected(reply)),
    }
}

/// The feeds from all nodes.
#[derive(Clone)]
pub struct Feeds(Arc<[Mutex<Feed>]>);

impl Feeds {
    /// Creates feeds that connect when they are first asked.
    pub fn new(desk: &Desk) -> Self {
        Self((0..desk.nodes()).map(|_| Mutex::default()).collect())
    }

    /// Returns the feed from a node.
    pub fn of(&self, node: usize) -> &Mutex<Feed> {
        &self.0[node]
    }

    /// Catches up with all nodes, and then takes what was heard.
    pub async fn changes<F: Following>(&self, desk: &Desk) -> Result<Changes, CacheError> {
        let mut feeds = join_all(self.0.iter().map(Mutex::lock)).await;
        let caught_up =
            feeds.iter_mut().zip(0..).map(|(feed, node)| feed.catch_up::<F>(desk, node));
        for caught_up in join_all(caught_up).await {
            caught_up?;
        }
        Ok(answer(feeds.iter_mut().map(|feed| feed.take())))
    }
}

/// Puts the answers of several feeds together.
pub fn answer(heard: impl Iterator<Item = (Vec<String>, bool)>) -> Changes {
    let (mut changed, mut missed) = (Vec::new(), false);
    for (keys, any) in heard {
        changed.extend(keys);
        missed |= any;
    }
    if missed { Changes::Any } else { Changes::Keys(changed) }
}
