//! A reply that the server owes, and what the schedule makes of it.

use crate::schedule::{At, Fault, Form};
use crate::trace::{Asked, CommandId, Fact, Part, Payload, Seal, number_of};
use bytes::Bytes;
use crosswire_protocol::{Answer, ErrorKind, Protocol, What};

/// The reply that a step sends in place of the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// A value in this form.
    Form(Form),
    /// An error.
    Fault(Fault),
    /// The error of a command that was cancelled.
    Cancelled,
}

/// A reply that is not sent yet, or not completely.
pub(super) struct Owed {
    /// The command, for replies that the schedule controls.
    pub(super) held: Option<Held>,
    /// Empty until the command has its number.
    pub(super) bytes: Bytes,
    pub(super) sent: usize,
    /// The number of bytes that may be sent.
    pub(super) due: usize,
    /// The place of the cut, if not all of it may be sent.
    pub(super) cut: At,
}

/// A command whose reply the schedule controls.
pub(super) struct Held {
    pub(super) asked: Asked,
    /// The command as the protocol received it.
    pub(super) received: crosswire_protocol::Asked,
    pub(super) command: Option<CommandId>,
    pub(super) payload: Payload,
}

impl Owed {
    pub(super) fn is_to(&self, command: CommandId) -> bool {
        self.held.as_ref().is_some_and(|held| held.command == Some(command))
    }

    /// Creates a reply. What the schedule does not control may be sent at once.
    pub(super) fn new(held: Option<Held>, bytes: Bytes) -> Self {
        let due = bytes.len();
        Self { held, bytes, sent: 0, due, cut: At::Half }
    }

    /// Allows all of it, or the part before a cut.
    pub(super) fn may_be_sent(&mut self, cut: Option<At>) {
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
    pub(super) fn replace(
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
            Instead::Cancelled => {
                let text = format!("canceling statement due to user request: {seal}");
                (Payload::Error, Answer::Error(ErrorKind::Cancelled, text))
            }
            Instead::Form(form) => {
                let answer = in_form(form, &held.received, &held.asked, command);
                (Payload::Value(form), answer)
            }
        };
        self.bytes = protocol.answer(&held.received, &answer)?;
        held.payload = payload;
        Some(())
    }

    /// Returns the fact of sending what may be sent.
    pub(super) fn fact(&self, protocol: &dyn Protocol) -> Option<Fact> {
        let part = match (self.sent, self.due == self.bytes.len()) {
            (0, true) => Part::Whole,
            (_, true) => Part::Rest,
            (_, false) if self.due >= protocol.saying(&self.bytes) => Part::Enough(self.cut),
            (_, false) => Part::Start(self.cut),
        };
        let held = self.held.as_ref()?;
        Some(Fact::Sent { command: held.command?, part, payload: held.payload })
    }
}
/// Returns a command in the words of a trace; none if the schedule does not control it.
pub(super) fn asked(received: &crosswire_protocol::Asked) -> Option<Asked> {
    let keys = received.keys.clone();
    let first = keys.first()?.clone();
    match received.what {
        _ if received.queued => None,
        What::Get => Some(Asked::Get(first)),
        What::Set => Some(Asked::Set(first, received.value.clone()?)),
        What::GetMany => Some(Asked::Mget(keys)),
        What::Increment => Some(Asked::Increment(first)),
        What::Exec => Asked::exec(received.parts.iter().filter_map(asked).collect()),
        _ => None,
    }
}

/// Returns the answer to a command, with a seal where possible.
pub(super) fn sealed(
    received: &crosswire_protocol::Asked,
    asked: &Asked,
    command: CommandId,
) -> Answer {
    if received.what == What::Exec {
        return Answer::Many(received.parts.iter().map(|part| part_of(part, command)).collect());
    }
    let seal = |key: &String| Some(Seal { key: key.clone(), command }.to_string());
    match asked {
        Asked::Get(_) | Asked::Mget(_) => Answer::Values(asked.keys().iter().map(seal).collect()),
        Asked::Set(..) => Answer::Done,
        Asked::Increment(_) => Answer::Number(number_of(command) as i64),
        Asked::Exec { .. } => panic!("a command that is no EXEC runs no commands"),
    }
}

/// Returns the answer to a command of a transaction; one that the schedule does not control has its
/// usual one.
fn part_of(part: &crosswire_protocol::Asked, command: CommandId) -> Answer {
    match asked(part) {
        Some(asked) => sealed(part, &asked, command),
        None => part.usual(),
    }
}

/// Returns the answer to a command in a form; the commands of a transaction have it one by one. A
/// transaction without a value was not carried out.
fn in_form(
    form: Form,
    received: &crosswire_protocol::Asked,
    asked: &Asked,
    command: CommandId,
) -> Answer {
    let seal = || Seal { key: asked.keys()[0].clone(), command }.to_string();
    match (form, received.what) {
        (Form::Value, _) => sealed(received, asked, command),
        (Form::Nil, What::Exec) if matches!(asked, Asked::Exec { .. }) => Answer::Nil,
        (_, What::Exec) => {
            let part = |part: &crosswire_protocol::Asked| match self::asked(part) {
                Some(asked) => in_form(form, part, &asked, command),
                None => part.usual(),
            };
            Answer::Many(received.parts.iter().map(part).collect())
        }
        (Form::Nil, _) => Answer::Nil,
        (Form::Empty, _) => Answer::Empty,
        (Form::Nested, _) => Answer::Nested(seal()),
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

pub(super) fn reply(
    protocol: &dyn Protocol,
    asked: &crosswire_protocol::Asked,
    answer: &Answer,
) -> Bytes {
    let reply = protocol.answer(asked, answer);
    reply.unwrap_or_else(|| panic!("the protocol has no reply {answer:?} to {asked}"))
}
