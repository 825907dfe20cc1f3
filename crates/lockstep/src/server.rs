//! The server. It withholds every reply to GET, MGET and SET until the schedule sends it. Other
//! commands, which libraries send when they connect, are answered as by Redis 7.

use super::schedule::{At, Fault, Form};
use super::trace::{Asked, CommandId, EndedBy, Fact, Part, Payload, Seal, WireId, number_of};
use bytes::{Bytes, BytesMut};
use crosswire_protocol::{Answer, Dialect, ErrorKind, Extra, Protocol, Received, What};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The token of all sockets: whenever one is ready, all are read in a fixed order.
const ANY: Token = Token(0);

/// An event on a connection.
#[derive(Debug)]
pub(super) enum Seen {
    Opened,
    Arrived(Asked, CommandId),
    Closed,
}

/// A server for one schedule, on a free port.
pub(super) struct Server {
    registry: Registry,
    listener: TcpListener,
    dialect: Dialect,
    wires: Vec<Wire>,
    /// The client's port of each connection.
    clients: Vec<u16>,
    commands: CommandId,
    /// The connection of each command.
    places: BTreeMap<CommandId, WireId>,
}

/// The reply that a step sends in place of the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// A value in this form.
    Form(Form),
    /// An error.
    Fault(Fault),
}

struct Wire {
    /// None once the connection has ended.
    socket: Option<TcpStream>,
    input: BytesMut,
    protocol: Box<dyn Protocol>,
    owed: VecDeque<Owed>,
    /// True while nothing is read from it.
    stalled: bool,
    /// Events that are not reported yet. A command is numbered when it is reported.
    news: Vec<Seen>,
}

/// A reply that is not sent yet, or not completely.
struct Owed {
    /// The command, for replies that the schedule controls.
    held: Option<Held>,
    /// Empty until the command has its number.
    bytes: Bytes,
    sent: usize,
    /// The number of bytes that may be sent.
    due: usize,
    /// The place of the cut, if not all of it may be sent.
    cut: At,
}

struct Held {
    asked: Asked,
    /// The command as the protocol received it.
    received: crosswire_protocol::Asked,
    command: Option<CommandId>,
    payload: Payload,
}

impl Server {
    /// Listens on a free port of the loopback.
    pub(super) fn open(registry: &Registry, dialect: Dialect) -> io::Result<Self> {
        let registry = registry.try_clone()?;
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        registry.register(&mut listener, ANY, Interest::READABLE)?;
        let (wires, clients, places) = (Vec::new(), Vec::new(), BTreeMap::new());
        Ok(Self { registry, listener, dialect, wires, clients, commands: 0, places })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Returns the client's port of each connection so far.
    pub(super) fn clients(&self) -> &[u16] {
        &self.clients
    }

    /// Reads everything that has arrived, and returns the number of events. With `at_once`, replies
    /// that the schedule does not control are sent now, otherwise by
    /// [`answer_one`](Self::answer_one).
    pub(super) fn look(&mut self, at_once: bool) -> io::Result<u64> {
        let mut news = 0;
        while let Some(socket) = ready(self.listener.accept())? {
            self.clients.push(socket.1.port());
            self.welcome(socket.0)?;
            news += 1;
        }
        for place in 0..self.wires.len() {
            news += self.read(place);
            if at_once && self.wires[place].may_answer() {
                self.wires[place].pay();
            }
        }
        Ok(news)
    }

    /// Sends the replies of one connection that the schedule does not control. Returns false if
    /// there are none.
    pub(super) fn answer_one(&mut self) -> bool {
        let wire = self.wires.iter_mut().find(|wire| wire.may_answer());
        wire.map(Wire::pay).is_some()
    }

    /// Returns the events since the last report. Across connections their order cannot be known, so
    /// they are sorted by connection, and commands are numbered in that order.
    pub(super) fn report(&mut self) -> Vec<(WireId, Seen)> {
        let mut report = Vec::new();
        for (wire, id) in self.wires.iter_mut().zip(1..) {
            for mut seen in std::mem::take(&mut wire.news) {
                if let Seen::Arrived(_, number) = &mut seen {
                    self.commands += 1;
                    *number = self.commands;
                    self.places.insert(self.commands, id);
                    wire.number(self.commands);
                }
                report.push((id, seen));
            }
        }
        report
    }

    fn welcome(&mut self, mut socket: TcpStream) -> io::Result<()> {
        socket.set_nodelay(true)?;
        self.registry.register(&mut socket, ANY, Interest::READABLE)?;
        let protocol = self.dialect.open(self.wires.len() as u32 + 1);
        let (socket, input, owed) = (Some(socket), BytesMut::new(), VecDeque::new());
        let news = vec![Seen::Opened];
        self.wires.push(Wire { socket, input, protocol, owed, stalled: false, news });
        Ok(())
    }

    fn read(&mut self, place: usize) -> u64 {
        let wire = &mut self.wires[place];
        if wire.stalled {
            return 0;
        }
        let Some(socket) = &mut wire.socket else { return 0 };
        let (mut chunk, mut fresh) = ([0; 16 * 1024], false);
        let open = loop {
            match socket.read(&mut chunk) {
                Ok(0) => break false,
                Ok(count) => {
                    wire.input.extend_from_slice(&chunk[..count]);
                    fresh = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Until then, a client without TCP_NODELAY holds its next bytes back.
                    if !std::mem::take(&mut fresh) || acknowledge(socket).is_err() {
                        break true;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The peer is gone; the reason does not matter.
                Err(_) => break false,
            }
        };
        let mut news = 0;
        let sound = loop {
            let wire = &mut self.wires[place];
            match wire.protocol.receive(&mut wire.input) {
                Ok(Some(received)) => wire.received(received),
                Ok(None) => break true,
                Err(_) => break false,
            }
            news += 1;
        };
        if !(open && sound) {
            self.wires[place].end();
            self.wires[place].news.push(Seen::Closed);
            news += 1;
        }
        news
    }

    /// Returns the first of these commands whose reply is outstanding, with its connection.
    pub(super) fn owed(&self, commands: &[CommandId]) -> Option<(CommandId, WireId)> {
        commands.iter().find_map(|command| Some((*command, self.place(*command)? as WireId + 1)))
    }

    fn place(&self, command: CommandId) -> Option<usize> {
        self.wires.iter().position(|wire| wire.owed.iter().any(|owed| owed.is_to(command)))
    }

    /// Returns whether any reply is withheld, completely or in part.
    pub(super) fn holds(&self) -> bool {
        self.wires.iter().any(|wire| wire.owed.iter().any(|owed| owed.held.is_some()))
    }

    pub(super) fn is_open(&self, wire: WireId) -> bool {
        self.wires.get(wire as usize - 1).is_some_and(|wire| wire.socket.is_some())
    }

    /// Returns the connection that the last of these commands arrived on, if it is open.
    pub(super) fn last_used(&self, commands: &[CommandId]) -> Option<WireId> {
        let wire = *self.places.get(commands.last()?)?;
        if self.is_open(wire) { Some(wire) } else { None }
    }

    /// Returns whether the reply to a command is outstanding on a connection.
    pub(super) fn is_waited_on(&self, wire: WireId) -> bool {
        self.wires[wire as usize - 1].owed.iter().any(|owed| owed.held.is_some())
    }

    /// Stops to read from a connection.
    pub(super) fn stall(&mut self, wire: WireId) -> Fact {
        self.wires[wire as usize - 1].stalled = true;
        Fact::Stalled(wire)
    }

    /// Reads from a connection again; none if it is not stalled.
    pub(super) fn resume(&mut self, wire: WireId) -> Option<Fact> {
        let stalled = std::mem::take(&mut self.wires[wire as usize - 1].stalled);
        if stalled { Some(Fact::Resumed(wire)) } else { None }
    }

    /// Reads from all connections again.
    pub(super) fn resume_all(&mut self) -> Vec<Fact> {
        (1..=self.wires.len() as WireId).filter_map(|wire| self.resume(wire)).collect()
    }

    /// Returns whether nothing is read from some connection.
    pub(super) fn is_stalled(&self) -> bool {
        self.wires.iter().any(|wire| wire.stalled && wire.socket.is_some())
    }

    /// Sends an unsolicited reply about a key, or says why that is impossible.
    pub(super) fn send_extra(&mut self, wire: WireId, key: &str) -> Result<Fact, &'static str> {
        let seal = Seal { key: key.to_owned(), command: self.commands + 1 };
        let of = &mut self.wires[wire as usize - 1];
        if of.owed.front().is_some_and(|owed| owed.sent > 0) {
            return Err("half of a reply is on its connection");
        }
        let Some(bytes) = of.protocol.extra(&Extra::Value(seal.key.clone(), seal.to_string()))
        else {
            return Err("the protocol has no reply of this kind");
        };
        self.commands += 1;
        let socket = of.socket.as_mut().expect("the connection is open");
        // If the write fails, the peer is gone, which the next read of the sockets notices.
        let _ = socket.write_all(&bytes);
        Ok(Fact::Extra { wire, seal })
    }

    /// Sends everything owed on a connection up to a command, with all of that command's reply or
    /// the part before a cut; none if the protocol has no such reply to the command.
    pub(super) fn send(
        &mut self,
        command: CommandId,
        cut: Option<At>,
        instead: Option<Instead>,
    ) -> Option<Vec<Fact>> {
        let place = self.place(command).expect("the reply to the command is outstanding");
        let wire = &mut self.wires[place];
        let mine = wire.owed.iter().position(|owed| owed.is_to(command));
        let mine = mine.expect("the reply to the command is outstanding");
        if let Some(instead) = instead {
            wire.owed[mine].replace(command, instead, &*wire.protocol)?;
        }
        for owed in wire.owed.iter_mut().take(mine) {
            owed.due = owed.bytes.len();
        }
        wire.owed[mine].may_be_sent(cut);
        Some(wire.pay())
    }

    /// Sends everything on the first connection that is owed a reply; none if there is no such
    /// connection.
    pub(super) fn send_next(&mut self) -> Option<Vec<Fact>> {
        let wire = self.wires.iter_mut().find(|wire| !wire.owed.is_empty())?;
        wire.owed.iter_mut().for_each(|owed| owed.due = owed.bytes.len());
        Some(wire.pay())
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
    /// Takes a message. The replies to GET, MGET and SET wait for the schedule.
    fn received(&mut self, received: Received) {
        let bytes = match received {
            Received::Asked(received) => match asked(&received) {
                Some(asked) => {
                    self.news.push(Seen::Arrived(asked.clone(), 0));
                    let payload = Payload::Value(Form::Value);
                    let held = Some(Held { asked, received, command: None, payload });
                    self.owed.push_back(Owed::new(held, Bytes::new()));
                    return;
                }
                None => reply(&*self.protocol, &received, &received.usual()),
            },
            Received::Own(own) => own.reply,
            Received::Bye(reply) => reply,
            Received::Begun(_) | Received::Silent(_) | Received::Cancel { .. } => return,
        };
        self.owed.push_back(Owed::new(None, bytes));
    }

    fn end(&mut self) {
        self.socket = None;
        self.owed.clear();
    }

    /// Returns whether the schedule does not control the next reply.
    fn may_answer(&self) -> bool {
        self.owed.front().is_some_and(|owed| owed.held.is_none())
    }

    /// Numbers the first command without a number. The command may be gone with its connection.
    fn number(&mut self, command: CommandId) {
        let held = self.owed.iter_mut().find_map(|owed| match &mut owed.held {
            Some(held) if held.command.is_none() => Some((held, &mut owed.bytes)),
            _ => None,
        });
        if let Some((held, bytes)) = held {
            held.command = Some(command);
            let answer = sealed(&held.asked, command);
            *bytes = reply(&*self.protocol, &held.received, &answer);
        }
    }

    /// Sends what may be sent, in order and in a single write.
    fn pay(&mut self) -> Vec<Fact> {
        let (mut facts, mut piece) = (Vec::new(), Vec::new());
        while let Some(owed) = self.owed.front_mut() {
            if owed.due > owed.sent {
                piece.extend_from_slice(&owed.bytes[owed.sent..owed.due]);
                facts.extend(owed.fact());
                owed.sent = owed.due;
            }
            if owed.sent < owed.bytes.len() || owed.bytes.is_empty() {
                break;
            }
            self.owed.pop_front();
        }
        let socket = self.socket.as_mut().expect("a connection that has ended owes no reply");
        // A few bytes always fit. If the write fails, the peer is gone, which the next read of the
        // sockets notices.
        if socket.write_all(&piece).is_ok() { facts } else { Vec::new() }
    }
}

impl Owed {
    fn is_to(&self, command: CommandId) -> bool {
        self.held.as_ref().is_some_and(|held| held.command == Some(command))
    }

    /// Creates a reply. What the schedule does not control may be sent at once.
    fn new(held: Option<Held>, bytes: Bytes) -> Self {
        let due = bytes.len();
        Self { held, bytes, sent: 0, due, cut: At::Half }
    }

    /// Allows all of it, or the part before a cut.
    fn may_be_sent(&mut self, cut: Option<At>) {
        let all = self.bytes.len();
        self.due = match cut {
            None => all,
            Some(At::Half) => all / 2,
            Some(At::After(bytes)) => (bytes as usize).min(all - 1),
            Some(At::Before(bytes)) => all.saturating_sub(bytes as usize).max(1),
        };
        self.cut = cut.unwrap_or_default();
    }

    /// Replaces the reply to a command; none if the protocol has no such reply to it.
    fn replace(
        &mut self,
        command: CommandId,
        instead: Instead,
        protocol: &dyn Protocol,
    ) -> Option<()> {
        let held = self.held.as_mut().expect("a schedule answers commands of its calls");
        let key = held.asked.keys().first().expect("a command has a key").clone();
        let seal = Seal { key, command }.to_string();
        let (payload, answer) = match instead {
            Instead::Fault(fault) => {
                let text = format!("refused on purpose: {seal}");
                (Payload::Error, Answer::Error(kind(fault), text))
            }
            Instead::Form(form) => (Payload::Value(form), in_form(form, held, command, seal)),
        };
        self.bytes = protocol.answer(&held.received, &answer)?;
        held.payload = payload;
        Some(())
    }

    /// Returns the fact of sending what may be sent.
    fn fact(&self) -> Option<Fact> {
        let part = match (self.sent, self.due == self.bytes.len()) {
            (0, true) => Part::Whole,
            (_, true) => Part::Rest,
            (_, false) => Part::Start(self.cut),
        };
        let held = self.held.as_ref()?;
        Some(Fact::Sent { command: held.command?, part, payload: held.payload })
    }
}

/// Returns a command in the words of a trace; none if the schedule does not control it.
fn asked(received: &crosswire_protocol::Asked) -> Option<Asked> {
    let keys = received.keys.clone();
    let first = keys.first()?.clone();
    match received.what {
        _ if received.queued => None,
        What::Get => Some(Asked::Get(first)),
        What::Set => Some(Asked::Set(first, received.value.clone()?)),
        What::GetMany => Some(Asked::Mget(keys)),
        What::Increment => Some(Asked::Increment(first)),
        _ => None,
    }
}

/// Returns the answer to a command, with a seal where possible.
fn sealed(asked: &Asked, command: CommandId) -> Answer {
    let seal = |key: &String| Some(Seal { key: key.clone(), command }.to_string());
    match asked {
        Asked::Get(_) | Asked::Mget(_) => Answer::Values(asked.keys().iter().map(seal).collect()),
        Asked::Set(..) => Answer::Done,
        Asked::Increment(_) => Answer::Number(number_of(command) as i64),
    }
}

/// Returns the answer to a command in a form.
fn in_form(form: Form, held: &Held, command: CommandId, seal: String) -> Answer {
    match (form, held.received.what) {
        (Form::Value, _) => sealed(&held.asked, command),
        (Form::Nil, _) => Answer::Nil,
        (Form::Empty, _) => Answer::Empty,
        (Form::Nested, _) => Answer::Nested(seal),
        // The number says which reply it is.
        (Form::OtherType, What::Get) => Answer::Number(i64::from(command)),
        (Form::OtherType, _) => Answer::OtherType,
    }
}

fn kind(fault: Fault) -> ErrorKind {
    match fault {
        Fault::Refused => ErrorKind::Refused,
        Fault::ReadOnly => ErrorKind::ReadOnly,
        Fault::Loading => ErrorKind::Loading,
        Fault::Busy => ErrorKind::Busy,
        Fault::WrongType => ErrorKind::WrongType,
        Fault::NoAuth => ErrorKind::NoAuth,
    }
}

fn reply(protocol: &dyn Protocol, asked: &crosswire_protocol::Asked, answer: &Answer) -> Bytes {
    let reply = protocol.answer(asked, answer);
    reply.unwrap_or_else(|| panic!("the protocol has no reply {answer:?} to {asked}"))
}

/// Acknowledges the bytes read at once, not some milliseconds later.
fn acknowledge(socket: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(socket).set_tcp_quickack(true)?;
    Ok(())
}

/// Turns an operation that would block into `None`.
fn ready<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => Ok(None),
        Err(error) => Err(error),
    }
}
