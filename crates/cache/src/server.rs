//! A cache node on the simulated network: one thread that carries out commands one after
//! another, as Redis does, over any number of connections.

use crate::resp::decode_command;
use crate::seal;
use crate::store::{CommandName, Session, Store};
use crate::tap::{ServerEnd, Stamp, Tap};
use bytes::BytesMut;
use crosswire_history::{CacheOp, Journal, NodeId, What};
use crosswire_wire::{Net, Site, Stream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A cache node. Clones are handles to the same one.
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
    /// How much later than at once it answers.
    slow_ms: u64,
    sessions: u64,
}

impl CacheNode {
    /// A node with an empty store that evicts beyond `max_keys` (0: never).
    pub fn new(net: &Net, site: Site, journal: &Journal, tap: &Tap, max_keys: usize) -> Self {
        let state =
            State { store: Store::new(max_keys), slow_ms: 0, sessions: 0 };
        Self {
            net: net.clone(),
            site,
            node: net.node_of(site),
            journal: journal.clone(),
            tap: tap.clone(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Its place on the network.
    pub fn site(&self) -> Site {
        self.site
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything, as a process without persistence does when it dies.
    pub fn lose_memory(&self) {
        self.state().store.clear();
    }

    /// From now on it answers this much later; what has come on one connection meanwhile is
    /// answered together. 0 ends it.
    pub fn slow_down(&self, slow_ms: u64) {
        self.state().slow_ms = slow_ms;
    }

    /// Puts a value in as if it had been written before the run.
    pub fn preload(&self, key: &str, sealed: &[u8], ttl_ms: u64) {
        let command = [
            bytes::Bytes::from_static(b"SET"),
            bytes::Bytes::copy_from_slice(key.as_bytes()),
            bytes::Bytes::copy_from_slice(sealed),
            bytes::Bytes::from_static(b"PX"),
            bytes::Bytes::from(ttl_ms.to_string()),
        ];
        let now_ms = self.net.now_ms();
        let mut state = self.state();
        state.store.execute(now_ms, &mut Session::new(0), &command, &mut BytesMut::new());
    }

    /// Serves, until the node's process dies. Run it on the node.
    pub async fn serve(self) {
        let mut listener = self.net.listen(self.site);
        while let Ok(stream) = listener.accept().await {
            madsim::task::spawn(self.clone().converse(stream));
        }
    }

    /// One connection.
    async fn converse(self, mut stream: Stream) {
        let mut edge = self.tap.server_end(stream.id());
        let mut session = self.new_session();
        let (mut inbox, mut outbox) = (BytesMut::new(), BytesMut::new());
        loop {
            match stream.read_buf(&mut inbox).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.be_slow().await,
            }
            loop {
                let before = inbox.len();
                let command = match decode_command(&mut inbox) {
                    Ok(Some(command)) => command,
                    Ok(None) => break,
                    Err(error) => {
                        error.write_to(&mut outbox);
                        // Redis answers a protocol error and hangs up.
                        let _ = stream.write_all(&outbox).await;
                        return;
                    }
                };
                let taken = before - inbox.len();
                let answered = outbox.len();
                let close = self.execute(
                    &mut edge,
                    &mut session,
                    &command.args,
                    taken,
                    &mut outbox,
                    stream.id(),
                );
                edge.replied(outbox.len() - answered);
                if close {
                    let _ = stream.write_all(&outbox).await;
                    return;
                }
            }
            if stream.write_all(&outbox).await.is_err() {
                return;
            }
            outbox.clear();
        }
    }

    fn new_session(&self) -> Session {
        let mut state = self.state();
        state.sessions += 1;
        Session::new(state.sessions)
    }

    /// In a slow period, lets what has come on this connection wait. In good weather a command
    /// takes microseconds, which is no time here.
    async fn be_slow(&self) {
        let slow_ms = self.state().slow_ms;
        if slow_ms > 0 {
            self.net.sleep(slow_ms).await;
        }
    }

    /// Carries out one command and says so in the journal.
    fn execute(
        &self,
        edge: &mut ServerEnd,
        session: &mut Session,
        args: &[bytes::Bytes],
        taken: usize,
        outbox: &mut BytesMut,
        conn: crosswire_history::ConnId,
    ) -> bool {
        let mark = edge.parsed(taken);
        let command = self.journal.next_command();
        let (scope, sent_ms) = mark.map(|mark| (mark.scope, mark.sent_ms)).unwrap_or_default();
        let stamp = Stamp { command, call: scope.call, sent_ms };
        let now_ms = self.net.now_ms();
        let executed =
            self.state().store.execute_with(now_ms, session, args, outbox, &mut |value, out| {
                let at = out.len();
                out.extend_from_slice(value);
                seal::stamp(&mut out[at..], stamp);
            });
        let op = match executed.name {
            CommandName::Get => CacheOp::Get,
            CommandName::Mget => CacheOp::Mget,
            CommandName::Set => CacheOp::Set,
            CommandName::Del => CacheOp::Del,
            _ => CacheOp::Other,
        };
        if op != CacheOp::Other {
            let key = self.journal.key(args.get(1).map_or(&[][..], |key| key));
            let what = What::Executed {
                command,
                conn,
                call: scope.call,
                op,
                key,
                hit: executed.found > 0,
            };
            let request = if scope.call.0 == 0 { edge.guess(key) } else { scope.request };
            self.journal.record_for(now_ms, self.node, request, what);
        }
        executed.close
    }
}
