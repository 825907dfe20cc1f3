//! A cache node on the simulated network. Like Redis, it runs commands one after another on one
//! thread, over any number of connections.

use crate::cuts::cuts;
use crate::life::Life;
use crate::received::Received;
use crate::resp::{RespError, decode_command};
use crate::seal;
use crate::store::{CommandName, Executed, Session, Store};
use crate::tap::{ServerEnd, Tap};
use crate::write_terms::WriteTerms;
use bytes::BytesMut;
use crosswire_history::sync::Mutex;
use crosswire_history::{CacheOp, CallId, Fact, Journal, KeyId, NodeId, Point};
use crosswire_net::{Net, Site, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

/// The longest time for which each of the fault points `cache-late-reply` and `cache-reply-held`
/// holds a reply back.
pub const REPLY_HELD_MS_MAX: u64 = 300;

/// The time between two parts of a reply that the fault point `cache-split-reply` splits.
const SPLIT_MS: u64 = 10;

/// The sealed length from which a value counts as long.
const LONG_VALUE_BYTES: usize = 1_000;

/// Bytes read at a time, as in Redis. Reading in smaller pieces would delay each piece of a
/// complete command separately.
const READ_AT_A_TIME: usize = 16 * 1024;

/// A cache node. Clones are handles to the same node.
#[derive(Clone)]
pub struct CacheNode {
    net: Net,
    site: Site,
    node: NodeId,
    journal: Journal,
    tap: Tap,
    state: Arc<Mutex<State>>,
}

struct State {
    store: Store,
    /// Keeps the store's clock at 0 because the run has not begun.
    before_the_run: bool,
    /// The extra delay of its answers.
    slow_ms: u64,
    sessions: u64,
    /// Published messages that were not sent yet, by the connection's number.
    mail: BTreeMap<u64, Mail>,
}

/// Messages for one connection.
#[derive(Default)]
struct Mail {
    waiting: BytesMut,
    news: Arc<Notify>,
}

impl State {
    /// Hands published messages to the connections that subscribed.
    fn distribute(&mut self) {
        for (session, message) in self.store.take_messages() {
            if let Some(mail) = self.mail.get_mut(&session) {
                mail.waiting.extend_from_slice(&message);
                mail.news.notify_one();
            }
        }
    }
}

impl CacheNode {
    /// Creates a node with an empty store that evicts beyond `max_keys` (0: never).
    pub fn new(net: &Net, site: Site, journal: &Journal, tap: &Tap, max_keys: usize) -> Self {
        let state = State {
            store: Store::new(max_keys),
            before_the_run: false,
            slow_ms: 0,
            sessions: 0,
            mail: BTreeMap::new(),
        };
        Self {
            net: net.clone(),
            site,
            node: net.node_of(site),
            journal: journal.clone(),
            tap: tap.clone(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Returns the node's place on the network.
    pub fn site(&self) -> Site {
        self.site
    }

    /// Forgets everything, as a process without persistence does when it dies.
    pub fn lose_memory(&self) {
        self.state.lock().store.clear();
    }

    /// Loads data for this long after a start: meanwhile the node accepts connections and refuses
    /// commands that need the data.
    pub fn load_for(&self, loading_ms: u64) {
        let until_ms = self.net.now_ms() + loading_ms;
        self.state.lock().store.load_until(until_ms);
    }

    /// Delays each answer by `slow_ms` from now on; commands that arrive on one connection in the
    /// meantime are answered together. 0 ends the delay.
    pub fn slow_down(&self, slow_ms: u64) {
        self.state.lock().slow_ms = slow_ms;
    }

    /// Creates a node like this one, on another network, for writes before the run: times to live
    /// count from the moment at which the run begins.
    #[must_use]
    pub fn rehearsal(&self, net: &Net, site: Site, journal: &Journal, tap: &Tap) -> Self {
        let max_keys = self.state.lock().store.max_keys();
        let node = Self::new(net, site, journal, tap, max_keys);
        node.state.lock().before_the_run = true;
        node
    }

    /// Takes over the data of `other`.
    pub fn inherit(&self, other: &Self) {
        let mut store = std::mem::replace(&mut other.state.lock().store, Store::new(0));
        store.hang_up_on_all();
        self.state.lock().store = store;
    }

    /// Returns the present value of a key, sealed as it was written.
    pub fn held(&self, key: &str) -> Option<Vec<u8>> {
        let now_ms = self.net.now_ms();
        self.state.lock().store.held(now_ms, key.as_bytes()).map(<[u8]>::to_vec)
    }

    /// Serves until the node's process dies. Run it on the node.
    pub async fn serve(self) {
        let mut listener = self.net.listen(self.site);
        while let Ok(stream) = listener.accept().await {
            madsim::task::spawn(self.clone().converse(stream));
        }
    }

    /// Serves one connection.
    async fn converse(self, stream: Stream) {
        let edge = self.tap.server_end(stream.id());
        let (session, news) = self.new_session();
        let (inbox, outbox) = (BytesMut::new(), BytesMut::new());
        Conversation { node: self, stream, edge, session, news, inbox, outbox }.hold().await;
    }

    /// Creates a session, and the notifier that rings when there is a message for it.
    fn new_session(&self) -> (Session, Arc<Notify>) {
        let mut state = self.state.lock();
        state.sessions += 1;
        let number = state.sessions;
        (Session::new(number), state.mail.entry(number).or_default().news.clone())
    }

    /// Announces the keys that have expired to the connections that track changes.
    fn announce_expired(&self) {
        let mut state = self.state.lock();
        state.store.announce_expired(self.net.now_ms());
        state.distribute();
    }

    /// Holds back what has arrived on this connection while the node is slow. Otherwise a command
    /// takes microseconds, which round to no time in the simulation.
    async fn be_slow(&self) {
        let slow_ms = self.state.lock().slow_ms;
        if slow_ms > 0 {
            self.net.sleep(slow_ms).await;
        }
    }
}

/// One connection, from the server's side.
struct Conversation {
    node: CacheNode,
    stream: Stream,
    edge: ServerEnd,
    session: Session,
    news: Arc<Notify>,
    inbox: BytesMut,
    outbox: BytesMut,
}

impl Conversation {
    /// Answers commands and forwards published messages until one side hangs up.
    async fn hold(mut self) {
        loop {
            self.inbox.reserve(READ_AT_A_TIME);
            tokio::select! {
                biased;
                read = self.stream.read_buf(&mut self.inbox) => {
                    if !matches!(read, Ok(1..)) || !self.answer_all().await {
                        return;
                    }
                }
                () = self.news.notified() => {
                    if !self.pass_on().await {
                        return;
                    }
                }
            }
        }
    }

    /// Answers all complete commands. Returns whether the conversation continues.
    async fn answer_all(&mut self) -> bool {
        let (received, nonsense) = self.receive();
        self.node.be_slow().await;
        self.linger(Point::CacheLateReply, REPLY_HELD_MS_MAX).await;
        let mut goes_on = received.into_iter().all(|received| self.answer(&received));
        if let Some(nonsense) = nonsense
            && goes_on
        {
            // Redis answers a protocol error and hangs up.
            nonsense.write_to(&mut self.outbox);
            goes_on = false;
        }
        self.linger(Point::CacheReplyHeld, REPLY_HELD_MS_MAX).await;
        self.send().await && goes_on
    }

    /// Sends messages published for this connection. Returns whether the conversation continues.
    async fn pass_on(&mut self) -> bool {
        self.take_mail();
        self.send().await
    }

    fn take_mail(&mut self) {
        if let Some(mail) = self.node.state.lock().mail.get_mut(&self.session.id) {
            self.edge.pushed(mail.waiting.len());
            self.outbox.extend_from_slice(&mail.waiting.split());
        }
    }

    async fn send(&mut self) -> bool {
        let mut rest = self.outbox.split();
        if rest.len() > 1
            && let Some(word) = self.node.net.fires(self.node.node, Point::CacheSplitReply)
        {
            let mut sent = 0;
            for cut in cuts(&rest, word) {
                let part = rest.split_to(cut - sent);
                sent = cut;
                if self.stream.write_all(&part).await.is_err() {
                    return false;
                }
                self.node.net.sleep(SPLIT_MS).await;
            }
        }
        self.stream.write_all(&rest).await.is_ok()
    }

    /// Waits for up to `most_ms` if the fault point fires.
    async fn linger(&self, point: Point, most_ms: u64) {
        if let Some(wait_ms) = self.node.net.held_back(self.node.node, point, most_ms) {
            self.node.net.sleep(wait_ms).await;
        }
    }

    /// Takes all complete commands off the stream.
    fn receive(&mut self) -> (Vec<Received>, Option<RespError>) {
        let mut received = Vec::new();
        loop {
            let before = self.inbox.len();
            match decode_command(&mut self.inbox) {
                Ok(Some(command)) => {
                    let key = command.args.get(1).map(|key| self.node.journal.key(key));
                    let taken = before - self.inbox.len();
                    received.push(self.edge.receive(taken, key, command.args));
                }
                Ok(None) => {
                    if !self.inbox.is_empty() {
                        self.record_split();
                    }
                    return (received, None);
                }
                Err(nonsense) => return (received, Some(nonsense)),
            }
        }
    }

    /// Records that part of a command has arrived.
    fn record_split(&self) {
        let (node, conn) = (&self.node, self.stream.id());
        node.journal.record(node.net.now_ms(), node.node, Fact::CommandSplit { conn });
    }

    /// Runs one command and records it. Returns whether the conversation continues.
    fn answer(&mut self, received: &Received) -> bool {
        if !self.session.channels.is_empty() {
            // Messages published earlier go out before the reply.
            self.node.announce_expired();
            self.take_mail();
        }
        self.maybe_evict(received);
        let node = &self.node;
        let now_ms = node.net.now_ms();
        let command = node.journal.next_command();
        let mut brings = Vec::new();
        let (before, session, outbox) = (self.outbox.len(), &mut self.session, &mut self.outbox);
        let db = session.db as u8;
        let refuses =
            received.key.is_some() && node.net.fires(node.node, Point::CacheRefusal).is_some();
        let mut longest = 0;
        let mut state = node.state.lock();
        if refuses {
            state.store.refuse_next();
        }
        let store_ms = if state.before_the_run { 0 } else { now_ms };
        let others =
            self.edge.other_parts(received, |key| state.store.has(store_ms, session.db, key));
        let executed = state.store.execute_with(
            store_ms,
            session,
            &received.args,
            outbox,
            &mut |value, out| {
                longest = longest.max(value.len());
                out.extend_from_slice(value);
                brings.extend(seal::written(value).map(|written| written.by));
            },
        );
        state.distribute();
        drop(state);
        self.edge.replied(self.outbox.len() - before, received, command, &brings);
        if longest >= LONG_VALUE_BYTES {
            let what = Fact::LongValue { conn: self.stream.id(), bytes: longest as u32 };
            node.journal.record_for(now_ms, node.node, received.scope.request, what);
        }
        if !executed.failed {
            self.check_touch(received, executed.name);
        }
        let op = match executed.name {
            CommandName::Get => CacheOp::Get,
            CommandName::Mget => CacheOp::Mget,
            CommandName::Set | CommandName::SetEx | CommandName::PSetEx => CacheOp::Set,
            CommandName::Del | CommandName::Unlink => CacheOp::Del,
            CommandName::GetEx => CacheOp::GetEx,
            CommandName::Incr | CommandName::IncrBy | CommandName::Decr | CommandName::DecrBy => {
                CacheOp::Incr
            }
            _ => CacheOp::Other,
        };
        if let (true, Some(key)) = (op != CacheOp::Other, received.key) {
            let (conn, hit) = (self.stream.id(), executed.found > 0);
            let value_at = if executed.name == CommandName::Set { 2 } else { 3 };
            let writer = if op == CacheOp::Set { received.writer(value_at) } else { None };
            if let Some(write) = writer
                && !executed.failed
                && let Some(terms) = node.tap.terms_of(write)
            {
                self.check_life(received, executed.name, (key, write), terms);
                if let Some(gateway) = self.edge.sent_late(received, write, terms) {
                    node.journal.record(now_ms, gateway, Fact::SentLate { command, call: write });
                }
            }
            let call = writer.unwrap_or_else(|| self.edge.sender(received, key));
            let what = if executed.failed {
                Fact::Rejected { conn, call, op, key }
            } else {
                Fact::Executed { command, conn, call, op, key, db, hit }
            };
            node.journal.record_for(now_ms, node.node, received.scope.request, what);
            for (key, call, hit) in others {
                let what = match what {
                    Fact::Executed { .. } => {
                        Fact::Executed { command, conn, call, op, key, db, hit }
                    }
                    _ => Fact::Rejected { conn, call, op, key },
                };
                node.journal.record_for(now_ms, node.node, received.scope.request, what);
            }
            if let Some(number) = executed.number {
                self.edge.counted(received, command, number);
                let what = Fact::Counted { command, key, number };
                node.journal.record_for(now_ms, node.node, received.scope.request, what);
            }
        } else {
            self.served(received, &executed);
        }
        // On an attack Redis hangs up at once and drops what it has not sent yet.
        let at_once = executed.close && executed.name == CommandName::Unknown;
        if at_once || node.net.fires(node.node, Point::CacheHangup).is_some() {
            self.outbox.clear();
            return false;
        }
        !executed.close
    }

    /// Records a command that gives a key a longer life than the call that touches it asked for.
    fn check_touch(&self, received: &Received, name: CommandName) {
        let touch = CommandName::GetEx == name || name.as_str().ends_with("expire");
        if let (true, Some(key)) = (touch, received.key)
            && let call = received.scope.call
            && let Some(terms) = self.node.tap.terms_of(call).filter(|terms| terms.touches)
        {
            self.check_life(received, name, (key, call), terms);
        }
    }

    /// Records a write that gives its value a longer life than the service asked for.
    fn check_life(
        &self,
        received: &Received,
        name: CommandName,
        (key, call): (KeyId, CallId),
        WriteTerms { ttl_ms: asked_ms, .. }: WriteTerms,
    ) {
        // A client may also give an absolute expiry or keep the one there.
        let Some(life) = Life::of(name, &received.args) else { return };
        if !life.exceeds(asked_ms) {
            return;
        }
        let life_ms = if let Life::Ms(life_ms) = life { Some(life_ms) } else { None };
        let what = Fact::LongLife { call, key, asked_ms, life_ms };
        let (node, request) = (&self.node, received.scope.request);
        node.journal.record_for(node.net.now_ms(), node.node, request, what);
    }

    /// Records an answered command that did not come from the service.
    fn served(&self, received: &Received, executed: &Executed) {
        let (node, args) = (&self.node, &received.args);
        let record = |what| {
            let now_ms = node.net.now_ms();
            node.journal.record_for(now_ms, node.node, received.scope.request, what);
        };
        let name = executed.name;
        match (name, args.get(2)) {
            (CommandName::Publish, Some(message)) => {
                let (text, to) = (node.journal.key(message), executed.found as u16);
                record(Fact::Published { text, to });
            }
            _ if is_recorded(name) => {
                let mut text = name.as_str().to_ascii_uppercase().replace('|', " ").into_bytes();
                for arg in args.iter().skip(1 + usize::from(name == CommandName::ClientSetName)) {
                    text.push(b' ');
                    text.extend_from_slice(arg);
                }
                let (conn, call) = (self.stream.id(), received.scope.call);
                record(Fact::Served { conn, call, text: node.journal.key(&text) });
            }
            _ => {}
        }
    }

    /// Evicts the command's key if the fault point fires.
    fn maybe_evict(&self, received: &Received) {
        let node = &self.node;
        if let (Some(_), Some(key)) =
            (node.net.fires(node.node, Point::CacheForgets), received.args.get(1))
        {
            let command = [bytes::Bytes::from_static(b"DEL"), key.clone()];
            let mut session = Session::new(0);
            session.db = self.session.db;
            let now_ms = node.net.now_ms();
            node.state.lock().store.execute(now_ms, &mut session, &command, &mut BytesMut::new());
        }
    }
}

/// Returns whether the history records a command other than GET, MGET, SET and DEL: a command about
/// the connection, or one that changes a key's life or asks about the key without reading its
/// value.
fn is_recorded(name: CommandName) -> bool {
    matches!(
        name,
        CommandName::Ping
            | CommandName::Subscribe
            | CommandName::Select
            | CommandName::ClientSetName
            | CommandName::Exists
            | CommandName::StrLen
            | CommandName::Expire
            | CommandName::PExpire
            | CommandName::ExpireAt
            | CommandName::PExpireAt
            | CommandName::Persist
    )
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let mut state = self.node.state.lock();
        state.store.hang_up(&mut self.session);
        state.mail.remove(&self.session.id);
    }
}
