//! An adapter in this process, around a small pool: correct, or with one mistake.

use crate::adapter::Adapter;
use crate::session::{Session, SessionError};
use bytes::BytesMut;
use crosswire_cache::resp::{Reply, decode_reply, encode_command};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The implementation of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Closes a connection when its call is given up.
    Correct,
    /// Returns the connection to the pool, with its reply outstanding.
    ReusesPending,
    /// Like the correct one, but never answers a pipeline in which a command failed.
    NeverAnswers,
    /// Like [`ReusesPending`](Self::ReusesPending), and never answers a call that fails.
    HangsAndReuses,
    /// Like the correct one, but a call cannot be given up.
    NeverCancels,
    /// Encodes a pipeline command by command. If one cannot be encoded, those before it are sent,
    /// and the connection returns to the pool with their replies outstanding.
    EncodesAsItSends,
    /// Has one connection with a lock. A call that is given up holds the lock until its replies are
    /// there, so the next call waits for them.
    Locks,
    /// The same, with one call at a time.
    LocksAlone,
    /// Like [`LocksAlone`](Self::LocksAlone), and sends a call again when its connection is lost.
    ResendsAlone,
    /// The same, but sends it twice then, and reads one reply only.
    ResendsTwice,
    /// Like [`ReusesPending`](Self::ReusesPending), and answers nothing any more once a connection
    /// is lost.
    FallsSilent,
    /// Like [`ReusesPending`](Self::ReusesPending), and ends once a connection is lost.
    Crashes,
}

/// Creates a session with an adapter around such a pool.
pub fn session(pool: Pool, patience: Duration) -> Result<Session, SessionError> {
    let start = move |poll: &mut Poll, patience| {
        let (requests, input) = UnixStream::pair().expect("two ends");
        requests.set_nonblocking(true).expect("a socket");
        let (output, answers) = io::pipe().expect("a pipe");
        #[expect(clippy::disallowed_methods, reason = "it takes the place of another process")]
        std::thread::spawn(move || Fake::new(pool, requests, answers).serve());
        let never = std::sync::atomic::AtomicBool::new(false);
        Adapter::greeted(Box::new(input), output.into(), None, poll, (patience, &never))
    };
    Session::with(Box::new(start), patience)
}

/// A connection and the call that owns it.
struct Conn {
    socket: TcpStream,
    /// The local port.
    port: u16,
    input: BytesMut,
    waits: Option<u64>,
    /// True if the call has been given up and still owns the connection.
    given_up: bool,
    is_list: bool,
    expected: usize,
    commands: Vec<Vec<String>>,
    got: Vec<Reply>,
}

struct Fake {
    pool: Pool,
    poll: Poll,
    requests: mio::net::UnixStream,
    /// Bytes that were read and are not a complete line yet.
    unread: Vec<u8>,
    port: u16,
    conns: Vec<Conn>,
    /// True once a connection has been lost.
    lost: bool,
    /// Calls that wait for the lock: id, whether they are pipelines, and commands.
    queue: VecDeque<(u64, bool, Vec<Vec<String>>)>,
    /// The last field, so that its end is closed after all connections.
    answers: PipeWriter,
}

impl Fake {
    fn new(pool: Pool, requests: UnixStream, answers: PipeWriter) -> Self {
        let sockets = Poll::new().expect("a poll");
        let mut requests = mio::net::UnixStream::from_std(requests);
        let registry = sockets.registry();
        registry.register(&mut requests, Token(1), Interest::READABLE).expect("a socket");
        let (unread, conns, queue) = (Vec::new(), Vec::new(), VecDeque::new());
        Self { pool, poll: sockets, requests, unread, answers, port: 0, conns, lost: false, queue }
    }

    fn locks(&self) -> bool {
        self.pool == Pool::Locks || self.is_alone()
    }

    fn is_alone(&self) -> bool {
        matches!(self.pool, Pool::LocksAlone | Pool::ResendsAlone | Pool::ResendsTwice)
    }

    fn serve(mut self) {
        let mut hello = json!({
            "crosswire": 1, "library": "fake", "version": "1.2.3", "client": format!("{:?}", self.pool),
            "connections": "exclusive", "calls": "many", "cancel": "on-request",
            "runtime": "Rust", "can": ["incr", "unencodable"],
        });
        if self.pool == Pool::NeverCancels {
            hello["cancel"] = "never".into();
        }
        if self.is_alone() {
            hello["calls"] = "one".into();
        }
        self.say(&hello);
        let mut events = Events::with_capacity(16);
        while self.poll.poll(&mut events, None).is_ok() {
            while let Some(line) = self.next_line() {
                self.requested(&serde_json::from_slice(&line).expect("JSON"));
            }
            self.read();
            if self.pool == Pool::Crashes && self.lost {
                return;
            }
        }
    }

    /// Returns the next request, if one has arrived.
    fn next_line(&mut self) -> Option<Vec<u8>> {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = self.requests.read(&mut chunk) {
            self.unread.extend_from_slice(&chunk[..count]);
        }
        let end = self.unread.iter().position(|byte| *byte == b'\n')?;
        Some(self.unread.drain(..=end).collect())
    }

    fn say(&mut self, line: &Value) {
        if matches!(self.pool, Pool::FallsSilent | Pool::Crashes) && self.lost {
            return;
        }
        // The reader is gone when the test is over.
        let _ = writeln!(self.answers, "{line}");
    }

    fn requested(&mut self, request: &Value) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let texts = |value: &Value| value.as_array().expect("a list").iter().map(text).collect();
        if let Some(before) = before_unencodable(request) {
            let mut sent: Vec<Vec<String>> = before.iter().map(texts).collect();
            sent.truncate(if self.pool == Pool::EncodesAsItSends { sent.len() } else { 0 });
            if !sent.is_empty() {
                let id = request["id"].as_u64().expect("an id");
                self.call(id, true, &sent);
                self.conns.last_mut().expect("the connection of the call").waits = None;
            }
            let error = "the value cannot be encoded";
            return self.say(&json!({ "id": request["id"], "error": error }));
        }
        let commands: Vec<Vec<String>> = match text(&request["op"]).as_str() {
            "get" | "incr" => vec![vec![text(&request["op"]), text(&request["key"])]],
            "set" => vec![vec!["set".into(), text(&request["key"]), text(&request["value"])]],
            "mget" => {
                let keys: Vec<String> = texts(&request["keys"]);
                vec![["mget".to_owned()].into_iter().chain(keys).collect()]
            }
            "pipeline" => {
                request["commands"].as_array().expect("a list").iter().map(texts).collect()
            }
            other => return self.managed(other, request),
        };
        let is_list = request["op"] == "pipeline";
        let id = request["id"].as_u64().expect("an id");
        if self.locks() {
            self.queue.push_back((id, is_list, commands));
            self.read();
        } else {
            self.call(id, is_list, &commands);
        }
    }

    /// Handles a request that is not a call.
    fn managed(&mut self, op: &str, request: &Value) {
        match op {
            "connect" => self.port = request["port"].as_u64().expect("a port") as u16,
            "cancel" => self.given_up(request["of"].as_u64().expect("an id")),
            "barrier" | "hold" => self.read(),
            _ => {
                self.queue.clear();
                self.conns.clear();
            }
        }
        self.say(&json!({ "id": request["id"], "value": true }));
        if op == "hold" {
            let gate = request["gate"].as_str().expect("a path");
            let mut gate = File::open(gate).expect("a pipe with a name");
            gate.read_exact(&mut [0]).expect("the gate opens");
        }
    }

    fn call(&mut self, id: u64, is_list: bool, commands: &[Vec<String>]) {
        if !self.locks() {
            self.read();
        }
        let place = self.conns.iter().position(|conn| conn.waits.is_none());
        let mut conn = match place {
            Some(place) => self.conns.remove(place),
            None => self.open(),
        };
        let mut out = BytesMut::new();
        for command in commands {
            let args: Vec<_> = command.iter().map(String::as_bytes).collect();
            encode_command(&mut out, &args);
        }
        if self.pool == Pool::ResendsTwice && std::mem::take(&mut self.lost) {
            out.extend_from_within(..);
        }
        // A lost connection is noticed by the next read.
        let _ = conn.socket.write_all(&out);
        (conn.waits, conn.given_up) = (Some(id), false);
        (conn.is_list, conn.expected) = (is_list, commands.len());
        conn.commands = commands.to_vec();
        self.conns.push(conn);
    }

    fn open(&self) -> Conn {
        let socket = std::net::TcpStream::connect(("127.0.0.1", self.port)).expect("the server");
        socket.set_nonblocking(true).expect("a socket");
        let port = socket.local_addr().expect("a connected socket").port();
        let mut socket = TcpStream::from_std(socket);
        let registry = self.poll.registry();
        registry.register(&mut socket, Token(0), Interest::READABLE).expect("a socket");
        let (input, commands, got) = (BytesMut::new(), Vec::new(), Vec::new());
        let (waits, given_up, is_list, expected) = (None, false, false, 0);
        Conn { socket, port, input, waits, given_up, is_list, expected, commands, got }
    }

    fn given_up(&mut self, id: u64) {
        let waiting = self.queue.len();
        self.queue.retain(|(queued, ..)| *queued != id);
        if self.queue.len() < waiting {
            return self.say(&json!({ "id": id, "cancelled": true }));
        }
        let Some(place) = self.conns.iter().position(|conn| conn.waits == Some(id)) else { return };
        if self.locks() {
            self.conns[place].given_up = true;
        } else if matches!(
            self.pool,
            Pool::ReusesPending | Pool::HangsAndReuses | Pool::FallsSilent | Pool::Crashes
        ) {
            self.conns[place].waits = None;
            self.conns[place].got.clear();
        } else {
            self.conns.remove(place);
        }
        self.say(&json!({ "id": id, "cancelled": true }));
    }

    fn read(&mut self) {
        let mut place = 0;
        while place < self.conns.len() {
            let open = self.conns[place].take_in();
            let waits = self.conns[place].waits;
            if let (Some(id), Some(outcome)) = (waits, self.conns[place].outcome()) {
                self.conns[place].waits = None;
                let silent = match self.pool {
                    Pool::NeverAnswers => outcome.get("value").is_some_and(has_error),
                    Pool::HangsAndReuses => outcome.get("error").is_some(),
                    _ => false,
                };
                if !(silent || self.conns[place].given_up) {
                    let mut answer = outcome;
                    answer["id"] = id.into();
                    self.say(&answer);
                }
            } else if let (Some(id), false, false) = (waits, open, self.conns[place].given_up) {
                if matches!(self.pool, Pool::ResendsAlone | Pool::ResendsTwice) {
                    let mut conn = self.conns.remove(place);
                    let (is_list, commands) = (conn.is_list, std::mem::take(&mut conn.commands));
                    self.queue.push_front((id, is_list, commands));
                    self.lost = true;
                    continue;
                }
                let port = self.conns[place].port;
                let error = format!("the connection from port {port} is lost");
                self.say(&json!({ "id": id, "error": error }));
            }
            if open {
                place += 1;
            } else {
                self.conns.remove(place);
                self.lost = true;
            }
        }
        if self.conns.iter().all(|conn| conn.waits.is_none())
            && let Some((id, is_list, commands)) = self.queue.pop_front()
        {
            self.call(id, is_list, &commands);
        }
    }
}

/// Returns the commands before one that cannot be encoded; none if all can be.
fn before_unencodable(request: &Value) -> Option<&[Value]> {
    if request["unencodable"] == true {
        return Some(&[]);
    }
    let commands = request["commands"].as_array()?;
    let place = commands.iter().position(|command| command[2].is_null() && command[0] == "set")?;
    Some(&commands[..place])
}

fn has_error(value: &Value) -> bool {
    value.as_array().is_some_and(|values| values.iter().any(|one| one.get("error").is_some()))
}

impl Drop for Conn {
    /// Ends the connection now: another test may be starting a process, which has a copy of the
    /// socket for a moment.
    fn drop(&mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }
}

impl Conn {
    /// Reads what has arrived, and returns whether the connection is still open.
    fn take_in(&mut self) -> bool {
        let mut chunk = [0; 4096];
        let open = loop {
            match self.socket.read(&mut chunk) {
                Ok(0) => break false,
                Ok(count) => self.input.extend_from_slice(&chunk[..count]),
                Err(error) => break error.kind() == io::ErrorKind::WouldBlock,
            }
        };
        while self.waits.is_some() && self.got.len() < self.expected {
            match decode_reply(&mut self.input) {
                Ok(Some(reply)) => self.got.push(reply),
                Ok(None) => break,
                Err(_) => return false,
            }
        }
        open
    }

    /// Returns the result of its call, if all replies have arrived.
    fn outcome(&mut self) -> Option<Value> {
        if self.waits.is_none() || self.got.len() != self.expected {
            return None;
        }
        let mut got = std::mem::take(&mut self.got);
        if self.is_list {
            return Some(json!({ "value": got.into_iter().map(shown).collect::<Vec<_>>() }));
        }
        match got.pop()? {
            Reply::Error(text) => Some(json!({ "error": text })),
            reply => Some(json!({ "value": shown(reply) })),
        }
    }
}

fn shown(reply: Reply) -> Value {
    match reply {
        Reply::Nil => Value::Null,
        Reply::Simple(text) | Reply::Bulk(text) => String::from_utf8_lossy(&text).into(),
        Reply::Error(text) => json!({ "error": text }),
        Reply::Int(number) => number.into(),
        Reply::Array(replies) => replies.into_iter().map(shown).collect(),
    }
}
