//! The parts of a comparison that differ from protocol to protocol.

use crate::Connection;
use crate::model::Model;
use crate::server::Server;
use crate::talk::Talk;
use crosswire_protocol::{Dialect, Received};
use proptest::strategy::BoxedStrategy;
use std::collections::BTreeMap;

/// One request: what a client writes before it waits for the reply.
pub type Request = Vec<u8>;

/// A protocol and its real server.
pub trait Subject {
    /// Returns its name for people.
    fn name(&self) -> String;

    /// Starts the real server; none if it is not installed.
    fn start(&self) -> Option<Server>;

    /// Returns the protocol to compare.
    fn dialect(&self) -> Dialect;

    /// Returns the data of a server without data.
    fn model(&self) -> Model {
        Model::default()
    }

    /// Draws the requests of a connection.
    fn sequence(&self) -> BoxedStrategy<Vec<Request>>;

    /// Returns the commands that the sequences must contain.
    fn words(&self) -> &'static [&'static str];

    /// Sets up a connection to the real server, and deletes its data.
    fn prepare(&self, line: &mut Connection);

    /// Sets up our side of a connection.
    fn prepare_ours(&self, _talk: &mut Talk) {}

    /// Returns the end of the real server's replies, given what our side has replied.
    fn whole(&self, ours: &[u8], real: &[u8]) -> Option<usize>;

    /// Returns what a real server must be sent after a request so that the end of its replies is
    /// known.
    fn sentinel(&self) -> &'static [u8] {
        b""
    }

    /// Returns replies without the reply to the sentinel.
    fn without_sentinel<'a>(&self, real: &'a [u8]) -> &'a [u8] {
        real
    }

    /// Returns replies in the form in which both sides must agree.
    fn canonical(&self, replies: &[u8]) -> String {
        replies.escape_ascii().to_string()
    }

    /// Returns whether a request with this reply changes nothing, because it is a transaction that
    /// failed.
    fn is_undone(&self, _ours: &[u8]) -> bool {
        false
    }

    /// Describes a request for people.
    fn told(&self, request: &[u8]) -> String {
        request.escape_ascii().to_string()
    }
}

/// The extent of a comparison.
#[derive(Default)]
pub struct Tally {
    pub replies: u64,
    pub sequences: u64,
    /// The number of each command that was compared.
    pub by_command: BTreeMap<String, u64>,
}

impl Tally {
    /// Lists the commands with their numbers.
    pub fn commands(&self) -> String {
        let list = self.by_command.iter().map(|(name, count)| format!("{name} {count}"));
        list.collect::<Vec<_>>().join(", ")
    }
}

/// Runs requests on both sides, and compares the replies to each.
pub fn run(
    subject: &dyn Subject,
    server: &Server,
    requests: &[Request],
    tally: &mut Tally,
) -> Result<(), String> {
    let mut line = server.dial();
    subject.prepare(&mut line);
    let mut talk = Talk::new(subject.dialect().open(1));
    subject.prepare_ours(&mut talk);
    talk.model = subject.model();
    let mut story = Vec::new();
    for request in requests {
        story.push(subject.told(request));
        let said = |reason: String| format!("{}\n{reason}", story.join("\n"));
        line.send(&[request, subject.sentinel()].concat());
        let mut ours: Vec<u8> = Vec::new();
        let before = talk.model.items.clone();
        let heard = talk.hear(request).unwrap_or_else(|bad| {
            ours.extend_from_slice(&bad.reply);
            Vec::new()
        });
        for (received, reply) in &heard {
            let asked = match received {
                Received::Asked(asked) | Received::Silent(asked) => asked,
                Received::Own(own) => &own.asked,
                _ => continue,
            };
            *tally.by_command.entry(asked.name.clone()).or_default() += 1;
            ours.extend_from_slice(reply);
        }
        if subject.is_undone(&ours) {
            talk.model.items = before;
        }
        let real = line.receive(|real| subject.whole(&ours, real));
        let real = real.map_err(|error| {
            let ours = subject.canonical(&ours);
            said(format!("ours: {ours}\nreal: {error}, which is no whole reply"))
        })?;
        let real = subject.without_sentinel(&real);
        let (ours, real) = (subject.canonical(&ours), subject.canonical(real));
        if ours != real {
            return Err(said(format!("ours: {ours}\nreal: {real}")));
        }
        tally.replies += heard.len().max(1) as u64;
    }
    tally.sequences += 1;
    Ok(())
}
