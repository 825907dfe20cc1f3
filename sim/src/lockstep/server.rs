//! The server's side: every reply to GET, MGET and SET is in the hand of the schedule. What a
//! library asks for when it connects is answered at once, as a Redis 7 would.

use super::trace::{Asked, CommandId, EndedBy, Fact, Part, Seal, WireId};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{Reply, decode_command, encode_reply, write_bulk};
use crosswire_cache::store::{Session, Store};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// All sockets have one: whenever one is ready, all are looked at in the same order.
const ANY: Token = Token(0);

/// What some libraries wait for before they call a server ready.
const INFO: &[u8] = b"# Server\r\nredis_version:7.2.0\r\nredis_mode:standalone\r\nloading:0\r\n\
                      # Replication\r\nrole:master\r\n";

/// What was seen when the sockets were looked at.
#[derive(Debug)]
pub(super) enum Seen {
    Opened(WireId),
    Arrived {
        command: CommandId,
        wire: WireId,
        asked: Asked,
    },
    Closed(WireId),
    /// Something that was answered at once.
    Housekeeping,
}

/// A server for one schedule, on a port of its own.
pub(super) struct Server {
    registry: Registry,
    listener: TcpListener,
    wires: Vec<Wire>,
    store: Store,
    commands: CommandId,
}

struct Wire {
    /// None when it has come to its end.
    socket: Option<TcpStream>,
    input: BytesMut,
    session: Session,
    owed: VecDeque<Owed>,
}

/// A reply that is not sent yet, or not all of it.
struct Owed {
    /// None if it is not in the schedule's hand.
    command: Option<CommandId>,
    asked: Option<Asked>,
    bytes: Bytes,
    error: bool,
    sent: usize,
    /// Up to here it may be sent.
    due: usize,
}

impl Server {
    /// Listens on a free port of the loopback.
    pub(super) fn open(registry: &Registry) -> io::Result<Self> {
        let registry = registry.try_clone()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        registry.register(&mut listener, ANY, Interest::READABLE)?;
        Ok(Self { registry, listener, wires: Vec::new(), store: Store::new(0), commands: 0 })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Takes in all that has come.
    pub(super) fn look(&mut self) -> io::Result<Vec<Seen>> {
        let mut seen = Vec::new();
        while let Some(socket) = ready(self.listener.accept())? {
            self.welcome(socket.0)?;
            seen.push(Seen::Opened(self.wires.len() as WireId));
        }
        for place in 0..self.wires.len() {
            self.read(place, &mut seen)?;
        }
        Ok(seen)
    }

    fn welcome(&mut self, mut socket: TcpStream) -> io::Result<()> {
        socket.set_nodelay(true)?;
        self.registry.register(&mut socket, ANY, Interest::READABLE)?;
        let session = Session::new(self.wires.len() as u64 + 1);
        let (input, owed) = (BytesMut::new(), VecDeque::new());
        self.wires.push(Wire { socket: Some(socket), input, session, owed });
        Ok(())
    }

    fn read(&mut self, place: usize, seen: &mut Vec<Seen>) -> io::Result<()> {
        let wire = &mut self.wires[place];
        let Some(socket) = &mut wire.socket else { return Ok(()) };
        let mut chunk = [0; 16 * 1024];
        let open = loop {
            match socket.read(&mut chunk) {
                Ok(0) => break false,
                Ok(count) => wire.input.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The peer is gone, however it went.
                Err(_) => break false,
            }
        };
        let sound = loop {
            match decode_command(&mut self.wires[place].input) {
                Ok(Some(command)) => seen.push(self.received(place, &command.args)),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        if !(open && sound) {
            self.wires[place].end();
            seen.push(Seen::Closed(place as WireId + 1));
        }
        Ok(())
    }

    fn received(&mut self, place: usize, args: &[Bytes]) -> Seen {
        let wire = &mut self.wires[place];
        if let Some(asked) = asked(args) {
            self.commands += 1;
            let command = self.commands;
            let bytes = answer(&asked, command);
            let held = Some(asked.clone());
            let (command_of, error) = (Some(command), false);
            wire.owed.push_back(Owed {
                command: command_of,
                asked: held,
                bytes,
                error,
                sent: 0,
                due: 0,
            });
            return Seen::Arrived { command, wire: place as WireId + 1, asked };
        }
        let mut out = BytesMut::new();
        if args[0].eq_ignore_ascii_case(b"INFO") {
            write_bulk(&mut out, INFO);
        } else {
            self.store.execute(0, &mut wire.session, args, &mut out);
        }
        let due = out.len();
        let bytes = out.freeze();
        wire.owed.push_back(Owed { command: None, asked: None, bytes, error: false, sent: 0, due });
        wire.pay();
        Seen::Housekeeping
    }

    /// The first of these commands whose reply is still to come, and its connection.
    pub(super) fn owed(&self, commands: &[CommandId]) -> Option<(CommandId, WireId)> {
        commands.iter().find_map(|command| Some((*command, self.place(*command)? as WireId + 1)))
    }

    fn place(&self, command: CommandId) -> Option<usize> {
        let owes = |wire: &Wire| wire.owed.iter().any(|owed| owed.command == Some(command));
        self.wires.iter().position(owes)
    }

    /// Whether a reply is held, or a part of one.
    pub(super) fn holds(&self) -> bool {
        self.wires.iter().any(|wire| wire.owed.iter().any(|owed| owed.command.is_some()))
    }

    pub(super) fn is_open(&self, wire: WireId) -> bool {
        self.wires.get(wire as usize - 1).is_some_and(|wire| wire.socket.is_some())
    }

    /// Sends all that is owed on a connection up to a command, and of its own reply all or half.
    pub(super) fn send(&mut self, command: CommandId, part: Part, error: bool) -> Vec<Fact> {
        let Some(place) = self.place(command) else { return Vec::new() };
        let wire = &mut self.wires[place];
        for owed in &mut wire.owed {
            if owed.command != Some(command) {
                owed.due = owed.bytes.len();
                continue;
            }
            if error {
                owed.refuse(command);
            }
            owed.due = if part == Part::Half { owed.bytes.len() / 2 } else { owed.bytes.len() };
            break;
        }
        wire.pay()
    }

    /// Sends all that is owed on all connections.
    pub(super) fn send_all(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for wire in &mut self.wires {
            wire.owed.iter_mut().for_each(|owed| owed.due = owed.bytes.len());
            facts.append(&mut wire.pay());
        }
        facts
    }

    /// Ends a connection.
    pub(super) fn hang_up(&mut self, wire: WireId, by: EndedBy) -> io::Result<Fact> {
        let place = wire as usize - 1;
        if let (Some(socket), EndedBy::Reset) = (&self.wires[place].socket, by) {
            socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
        }
        self.wires[place].end();
        Ok(Fact::Closed(wire, by))
    }
}

impl Wire {
    fn end(&mut self) {
        self.socket = None;
        self.owed.clear();
    }

    /// Sends what is due, in order.
    fn pay(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let (Some(owed), Some(socket)) = (self.owed.front_mut(), &mut self.socket) {
            if owed.due > owed.sent {
                // A few bytes always fit. Who does not take them is gone, and is seen to be when
                // the sockets are looked at next.
                if socket.write_all(&owed.bytes[owed.sent..owed.due]).is_err() {
                    break;
                }
                facts.extend(owed.told());
                owed.sent = owed.due;
            }
            if owed.sent < owed.bytes.len() {
                break;
            }
            self.owed.pop_front();
        }
        facts
    }
}

impl Owed {
    fn refuse(&mut self, command: CommandId) {
        let key = self.asked.iter().flat_map(Asked::keys).next().cloned().unwrap_or_default();
        let text = format!("ERR refused on purpose: {}", Seal { key, command });
        let mut out = BytesMut::new();
        encode_reply(&mut out, &Reply::Error(text));
        (self.bytes, self.error) = (out.freeze(), true);
    }

    /// What is said of sending what is due.
    fn told(&self) -> Option<Fact> {
        let part = match (self.sent, self.due == self.bytes.len()) {
            (0, true) => Part::Whole,
            (_, true) => Part::Rest,
            (_, false) => Part::Half,
        };
        Some(Fact::Sent { command: self.command?, part, error: self.error })
    }
}

/// What is in the schedule's hand; nothing of what is answered at once.
fn asked(args: &[Bytes]) -> Option<Asked> {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match (args[0].to_ascii_uppercase().as_slice(), &args[1..]) {
        (b"GET", [key]) => Some(Asked::Get(text(key))),
        (b"SET", [key, value]) => Some(Asked::Set(text(key), text(value))),
        (b"MGET", keys) if !keys.is_empty() => Some(Asked::Mget(keys.iter().map(text).collect())),
        _ => None,
    }
}

/// The reply to a command: what can be sealed is.
fn answer(asked: &Asked, command: CommandId) -> Bytes {
    let sealed = |key: &String| Reply::Bulk(Seal { key: key.clone(), command }.to_string().into());
    let reply = match asked {
        Asked::Get(key) => sealed(key),
        Asked::Mget(keys) => Reply::Array(keys.iter().map(sealed).collect()),
        Asked::Set(..) => Reply::Simple("OK".into()),
    };
    let mut out = BytesMut::new();
    encode_reply(&mut out, &reply);
    out.freeze()
}

/// Nothing, where it would have to be waited for.
fn ready<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == ErrorKind::ConnectionAborted => Ok(None),
        Err(error) => Err(error),
    }
}
