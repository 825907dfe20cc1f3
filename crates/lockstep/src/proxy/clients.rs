//! The clients of a proxy. A call is made by the first client without one, or by a new one.

use super::description::{Description, GivesUp};
use bytes::{Bytes, BytesMut};
use crosswire_protocol::{Client, Command, Dialect, Heard, Outcome};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use serde_json::{Value, json};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The token of all sockets: whenever one is ready, all are read in a fixed order.
const ANY: Token = Token(0);

/// The end of a call: `value`, `error` or `cancelled`, with its content.
pub(super) struct Answer {
    pub(super) id: u64,
    pub(super) end: (&'static str, Value),
}

/// All clients of a schedule.
pub(super) struct Clients {
    registry: Registry,
    protocol: Dialect,
    gives_up: GivesUp,
    port: u16,
    wires: Vec<Wire>,
    /// Connections with nothing but a request to cancel.
    requests: Vec<TcpStream>,
    ended: Vec<Answer>,
}

/// A client's connection.
struct Wire {
    socket: TcpStream,
    client: Box<dyn Client + Send>,
    input: BytesMut,
    is_ready: bool,
    /// What is sent once the connection is ready.
    pending: BytesMut,
    call: Option<Call>,
}

/// A call that has not ended.
struct Call {
    id: u64,
    /// Whether its result is a list of results.
    is_list: bool,
    commands: usize,
    got: Vec<Outcome>,
}

impl Clients {
    pub(super) fn new(registry: Registry, of: &Description) -> Self {
        Self {
            registry,
            protocol: of.protocol,
            gives_up: of.gives_up,
            port: 0,
            wires: Vec::new(),
            requests: Vec::new(),
            ended: Vec::new(),
        }
    }

    pub(super) fn connect_to(&mut self, port: u16) {
        self.port = port;
    }

    /// Ends all connections. Calls that have not ended never do.
    pub(super) fn close(&mut self) {
        for wire in self.wires.drain(..) {
            // A reset leaves nothing behind in the kernel.
            let _ = socket2::SockRef::from(&wire.socket).set_linger(Some(Duration::ZERO));
        }
        self.requests.clear();
        self.ended.clear();
    }

    /// Returns the calls that have ended since the last time.
    pub(super) fn ended(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.ended)
    }

    /// Makes a call.
    ///
    /// # Errors
    /// The adapter protocol has no such request.
    pub(super) fn call(&mut self, id: u64, op: &str, request: &Value) -> Result<(), String> {
        let commands = commands(op, request).ok_or_else(|| format!("the proxy has no `{op}`"))?;
        let free = self.wires.iter().position(|wire| wire.call.is_none());
        let place = match free {
            Some(place) => place,
            None => match self.open() {
                Ok(()) => self.wires.len() - 1,
                Err(error) => {
                    self.ended.push(Answer { id, end: ("error", error.to_string().into()) });
                    return Ok(());
                }
            },
        };
        let wire = &mut self.wires[place];
        let is_list = op == "pipeline";
        wire.call = Some(Call { id, is_list, commands: commands.len(), got: Vec::new() });
        for command in &commands {
            let bytes = wire.client.send(command);
            wire.pending.extend_from_slice(&bytes);
        }
        wire.flush();
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        let mut socket = self.socket()?;
        let mut client = self.protocol.connect().expect("the description names a known protocol");
        let start = client.start();
        if let Some(start) = &start {
            socket.write_all(start)?;
        }
        let (input, pending, is_ready) = (BytesMut::new(), BytesMut::new(), start.is_none());
        self.wires.push(Wire { socket, client, input, is_ready, pending, call: None });
        Ok(())
    }

    fn socket(&self) -> io::Result<TcpStream> {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let socket = std::net::TcpStream::connect(to)?;
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let mut socket = TcpStream::from_std(socket);
        self.registry.register(&mut socket, ANY, Interest::READABLE)?;
        Ok(socket)
    }

    /// Lets the caller of a call go away.
    pub(super) fn give_up(&mut self, id: u64) {
        let of = |wire: &Wire| wire.call.as_ref().is_some_and(|call| call.id == id);
        let Some(place) = self.wires.iter().position(of) else { return };
        if self.gives_up == GivesUp::Request
            && let Some(request) = self.wires[place].client.cancel()
        {
            // A proxy that takes no connection cancels nothing.
            let _ = self.request(&request);
            return;
        }
        self.wires.remove(place);
        self.ended.push(Answer { id, end: ("cancelled", true.into()) });
    }

    fn request(&mut self, request: &Bytes) -> io::Result<()> {
        let mut socket = self.socket()?;
        socket.write_all(request)?;
        self.requests.push(socket);
        Ok(())
    }

    /// Reads everything that has arrived, and returns whether anything was sent meanwhile.
    pub(super) fn read(&mut self) -> bool {
        let mut sent = false;
        for socket in &mut self.requests {
            while matches!(socket.read(&mut [0; 64]), Ok(1..)) {}
        }
        let mut place = 0;
        while place < self.wires.len() {
            let wire = &mut self.wires[place];
            let open = wire.take_in();
            let heard = wire.hear(&mut self.ended);
            sent |= wire.flush();
            if open && heard.is_ok() {
                place += 1;
                continue;
            }
            let why = heard.err().unwrap_or_else(|| "the connection was closed".to_owned());
            let wire = self.wires.remove(place);
            if let Some(call) = wire.call {
                self.ended.push(Answer { id: call.id, end: ("error", why.into()) });
            }
        }
        sent
    }
}

impl Wire {
    /// Reads what has arrived, and returns whether the connection is still open.
    fn take_in(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        loop {
            match self.socket.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => self.input.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    /// Takes replies for its call. What arrives while it has none stays where it is: the next call
    /// finds it, as that of a plain client would.
    fn hear(&mut self, ended: &mut Vec<Answer>) -> Result<(), String> {
        while !self.is_ready || self.call.is_some() {
            match self.client.receive(&mut self.input)? {
                None => return Ok(()),
                Some(Heard::Ready) => self.is_ready = true,
                Some(Heard::Reply(outcome)) => {
                    let call = self.call.as_mut().expect("a reply is taken for a call");
                    call.got.push(outcome);
                    if call.got.len() == call.commands {
                        let call = self.call.take().expect("a reply is taken for a call");
                        ended.push(Answer { id: call.id, end: call.end() });
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends what waits for the connection to be ready, and returns whether there was anything.
    fn flush(&mut self) -> bool {
        if !self.is_ready || self.pending.is_empty() {
            return false;
        }
        // If the write fails, the peer is gone, which the next read notices.
        let _ = self.socket.write_all(&self.pending.split());
        true
    }
}

impl Call {
    fn end(mut self) -> (&'static str, Value) {
        if self.is_list {
            return ("value", self.got.into_iter().map(inside).collect());
        }
        shown(self.got.pop().expect("a call has a command"))
    }
}

/// Returns an outcome as part of a list.
fn inside(outcome: Outcome) -> Value {
    match shown(outcome) {
        ("error", text) => json!({ "error": text }),
        (_, value) => value,
    }
}

fn shown(outcome: Outcome) -> (&'static str, Value) {
    match outcome {
        Outcome::Value(value) => ("value", value.into()),
        Outcome::Values(values) => ("value", values.into()),
        Outcome::Done => ("value", true.into()),
        Outcome::Number(number) => ("value", number.into()),
        Outcome::List(parts) => ("value", parts.into_iter().map(inside).collect()),
        Outcome::Error(text) => ("error", text.into()),
        Outcome::Odd(text) => ("value", text.into()),
    }
}

/// Returns the commands of a request; none if it is unknown.
fn commands(op: &str, request: &Value) -> Option<Vec<Command>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let key = || text(&request["key"]);
    let one = match op {
        "get" => Command::Get(key()?),
        "set" => Command::Set(key()?, text(&request["value"])?),
        "incr" => Command::Increment(key()?),
        "mget" => {
            let keys: Option<_> = request["keys"].as_array()?.iter().map(text).collect();
            Command::GetMany(keys?)
        }
        "pipeline" => {
            let commands = request["commands"].as_array()?;
            return commands.iter().map(of_pipeline).collect();
        }
        _ => return None,
    };
    Some(vec![one])
}

fn of_pipeline(words: &Value) -> Option<Command> {
    let word = |place: usize| words.get(place).and_then(Value::as_str).map(str::to_owned);
    match word(0)?.as_str() {
        "get" => Some(Command::Get(word(1)?)),
        "set" => Some(Command::Set(word(1)?, word(2)?)),
        "incr" => Some(Command::Increment(word(1)?)),
        _ => None,
    }
}
