//! Certifies what stands between clients and a server: a pooler, a proxy. Crosswire is both.
//!
//! To the rest of lockstep this is an adapter, in a process like any other: it reads calls and
//! writes how they end ([`serve`]). But its calls are made by clients of Crosswire, each with a
//! connection to the proxy, and its barrier waits until the kernel says that the proxy sleeps. Its
//! clients trust the proxy as a plain client does: the next reply on a connection is the reply to
//! the first command without one.
//!
//! ```text
//! lockstep ─▶ calls ─▶ clients ─▶ the proxy ─▶ lockstep's server
//! ```

mod clients;
mod description;
mod running;

pub use description::{BadDescription, Description, GivesUp};

use crate::adapter::lines::{Lines, Said};
use crate::adapter::{Connections, PROTOCOL};
use clients::{Answer, Clients};
use mio::{Events, Poll};
use running::Running;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

/// Serves the adapter protocol on standard input and output until the input ends.
///
/// # Errors
/// Standard input or output failed, or a line is not a request.
pub fn serve(description: &Description) -> io::Result<()> {
    let poll = Poll::new()?;
    on_one_processor();
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let lines = Lines::of(input, poll.registry())?;
    say(&hello(description))?;
    let clients = Clients::new(poll.registry().try_clone()?, description);
    Adapter { description, poll, lines, clients, proxy: None }.serve()
}

/// Keeps this process, and the proxy that it starts, on one processor: threads that are woken at
/// the same moment then run in one order. Where that is impossible, several may run at once.
fn on_one_processor() {
    #[cfg(target_os = "linux")]
    {
        let mut one = rustix::thread::CpuSet::new();
        one.set(rustix::thread::sched_getcpu());
        let _ = rustix::thread::sched_setaffinity(None, &one);
    }
}

fn hello(of: &Description) -> Value {
    let connections = match of.connections {
        Connections::Exclusive => "exclusive",
        Connections::Shared => "shared",
    };
    let increments = of.protocol.commands().contains(&crosswire_protocol::What::Increment);
    let mut can = if increments { vec!["incr"] } else { Vec::new() };
    if of.gives_up == GivesUp::Request {
        can.push("land");
    }
    let mut lacks = if of.pipelines { Vec::new() } else { vec!["pipeline"] };
    if !of.protocol.commands().contains(&crosswire_protocol::What::GetMany) {
        lacks.push("mget");
    }
    json!({
        "crosswire": PROTOCOL, "library": of.name, "version": of.version, "client": "proxy",
        "connections": connections, "calls": "many", "cancel": "on-request",
        "protocol": of.protocol.name(), "can": can, "lacks": lacks,
    })
}

fn say(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// An adapter whose library is a proxy with its clients.
struct Adapter<'a> {
    description: &'a Description,
    poll: Poll,
    lines: Lines,
    clients: Clients,
    proxy: Option<Running>,
}

impl Adapter<'_> {
    fn serve(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(64);
        loop {
            while let Some(said) = self.lines.next() {
                match said {
                    Said::Line(line) => self.take(&serde_json::from_str(&line)?)?,
                    Said::NoLine(what) => return Err(io::Error::other(what)),
                    Said::End => return Ok(()),
                }
            }
            self.report()?;
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
    }

    /// Says which calls have ended.
    fn report(&mut self) -> io::Result<()> {
        self.clients.read();
        for Answer { id, end } in self.clients.ended() {
            let (name, content) = end;
            say(&json!({ "id": id, name: content }))?;
        }
        Ok(())
    }

    fn take(&mut self, request: &Value) -> io::Result<()> {
        let id = request["id"].as_u64().ok_or_else(|| io::Error::other("a request without id"))?;
        match request["op"].as_str().unwrap_or_default() {
            "connect" => {
                let server = request["port"].as_u64().and_then(|port| u16::try_from(port).ok());
                let server = server.ok_or_else(|| io::Error::other("a connect without port"))?;
                match Running::start(self.description, server) {
                    Ok(running) => {
                        self.clients.connect_to(running.port);
                        running.settle();
                        self.proxy = Some(running);
                    }
                    Err(why) => return say(&json!({ "id": id, "error": why })),
                }
            }
            "close" => {
                self.clients.close();
                self.proxy = None;
            }
            "barrier" => self.settle()?,
            "hold" => {
                self.settle()?;
                return self.hold(id, request["gate"].as_str().unwrap_or_default());
            }
            "cancel" => self.clients.give_up(request["of"].as_u64().unwrap_or_default()),
            op => return self.clients.call(id, op, request).map_err(io::Error::other),
        }
        say(&json!({ "id": id, "value": true }))
    }

    /// Waits until the proxy sleeps and its clients have read all that it sent.
    fn settle(&mut self) -> io::Result<()> {
        loop {
            if let Some(proxy) = &self.proxy {
                proxy.settle();
            }
            let sent = self.clients.read();
            self.report()?;
            if !sent {
                return Ok(());
            }
        }
    }

    /// Stops the proxy until the gate opens, and makes the calls of the breath meanwhile: it finds
    /// everything at once.
    fn hold(&mut self, id: u64, gate: &str) -> io::Result<()> {
        if let Some(proxy) = &self.proxy {
            proxy.stop();
        }
        say(&json!({ "id": id, "value": true }))?;
        File::open(gate)?.read_exact(&mut [0])?;
        while let Some(Said::Line(line)) = self.lines.next() {
            let request: Value = serde_json::from_str(&line)?;
            let waits = matches!(request["op"].as_str(), Some("barrier" | "hold" | "close"));
            if waits && let Some(proxy) = &self.proxy {
                proxy.go_on();
            }
            self.take(&request)?;
        }
        if let Some(proxy) = &self.proxy {
            proxy.go_on();
        }
        Ok(())
    }
}
