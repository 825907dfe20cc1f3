//! The vocabulary of schedules: the words beyond the plain ones, each with what it provokes.
//!
//! Every library knows calls, replies, cuts in the middle, errors, and connections that are lost
//! while a call waits. What is here goes further; a certificate says which of it was tried.

use super::schedule::{Act, At, Fault, Form, Request, Single, Step, Where};
use crosswire_plan::nearest;
use crosswire_protocol::{Dialect, What};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A word of schedules.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// A call reads several keys in one command.
    Mget,
    /// A call sends several commands together.
    Pipeline,
    /// A reply says that a key has no value.
    Nil,
    /// A reply has a value without bytes.
    Empty,
    /// A reply has its value in a list in a list.
    Nested,
    /// A reply is of a type that its command never has.
    OtherType,
    /// An error is one that libraries know and act on, such as READONLY.
    TypedError,
    /// A reply is cut at any byte, not in the middle.
    CutAnywhere,
    /// A connection is lost while no call waits on it.
    IdleLoss,
    /// The server stops to read.
    Stall,
    /// A call adds to a number.
    #[serde(rename = "incr")]
    Increment,
    /// A call has a value that the library cannot encode.
    Unencodable,
    /// A call sends several commands in a transaction.
    Transaction,
    /// The server carries out a request to cancel late.
    Land,
    /// The server says that a value has changed.
    Invalidate,
    /// The server sends an unsolicited reply.
    Extra,
}

impl Word {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Mget,
        Self::Pipeline,
        Self::Nil,
        Self::Empty,
        Self::Nested,
        Self::OtherType,
        Self::TypedError,
        Self::CutAnywhere,
        Self::IdleLoss,
        Self::Stall,
        Self::Increment,
        Self::Unencodable,
        Self::Transaction,
        Self::Land,
        Self::Invalidate,
        Self::Extra,
    ];

    /// Returns its name, as on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mget => "mget",
            Self::Pipeline => "pipeline",
            Self::Nil => "nil",
            Self::Empty => "empty",
            Self::Nested => "nested",
            Self::OtherType => "other-type",
            Self::TypedError => "typed-error",
            Self::CutAnywhere => "cut-anywhere",
            Self::IdleLoss => "idle-loss",
            Self::Stall => "stall",
            Self::Increment => "incr",
            Self::Unencodable => "unencodable",
            Self::Transaction => "transaction",
            Self::Land => "land",
            Self::Invalidate => "invalidate",
            Self::Extra => "extra",
        }
    }

    /// Describes it in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Mget => "a call reads several keys in one command",
            Self::Pipeline => "a call sends several commands together",
            Self::Nil => "a reply says that a key has no value",
            Self::Empty => "a reply has a value without bytes",
            Self::Nested => "a reply has its value in a list in a list",
            Self::OtherType => "a reply is of a type that its command never has",
            Self::TypedError => "an error is one that libraries act on, such as READONLY",
            Self::CutAnywhere => "a reply is cut at any byte, not in the middle",
            Self::IdleLoss => "a connection is lost while no call waits on it",
            Self::Stall => "the server stops to read from a connection",
            Self::Increment => "a call adds to a number",
            Self::Unencodable => "a call has a value that the library cannot encode",
            Self::Transaction => "a call sends several commands in a transaction",
            Self::Land => "the server carries out a request to cancel late",
            Self::Invalidate => "the server says that a value which the client caches has changed",
            Self::Extra => "the server sends an unsolicited reply",
        }
    }

    /// Returns whether a server that keeps its protocol can do this. A mix-up that only another
    /// server provokes is no mistake of a library that trusts its server.
    pub const fn is_lawful(self) -> bool {
        !matches!(self, Self::Extra)
    }

    /// Returns whether an adapter must know it: then its hello lists it in `can`.
    pub const fn needs_adapter(self) -> bool {
        matches!(
            self,
            Self::Increment | Self::Unencodable | Self::Transaction | Self::Land | Self::Invalidate
        )
    }

    /// Returns whether a protocol has it.
    pub fn is_in(self, protocol: Dialect) -> bool {
        let (lacks, commands) = (protocol.lacks(), protocol.commands());
        match self {
            Self::Mget => commands.contains(&What::GetMany),
            Self::Transaction => commands.contains(&What::Exec),
            Self::Increment => commands.contains(&What::Increment),
            Self::Nil => !lacks.answers.contains(&"nil"),
            Self::Empty => !lacks.answers.contains(&"empty"),
            Self::Nested => !lacks.answers.contains(&"nested"),
            Self::OtherType => !lacks.answers.contains(&"number"),
            Self::Land => !lacks.errors.contains(&"cancelled"),
            Self::Invalidate => !lacks.extras.contains(&"invalidation"),
            Self::Extra => !lacks.extras.contains(&"value"),
            Self::TypedError
            | Self::Pipeline
            | Self::CutAnywhere
            | Self::IdleLoss
            | Self::Stall
            | Self::Unencodable => true,
        }
    }

    /// Returns the words that a step uses; none for a plain step.
    pub fn of(step: &Step) -> BTreeSet<Self> {
        let mut words = BTreeSet::new();
        if let Act::Call(_, request) = &step.act {
            match request {
                Request::One(_) => {}
                Request::Mget(_) => drop(words.insert(Self::Mget)),
                Request::Pipeline(_) => drop(words.insert(Self::Pipeline)),
                Request::Transaction(_) => drop(words.insert(Self::Transaction)),
            }
            for single in request.singles() {
                match single {
                    Single::Increment(_) => drop(words.insert(Self::Increment)),
                    Single::Unencodable(_) => drop(words.insert(Self::Unencodable)),
                    Single::Get(_) | Single::Set(_) => {}
                }
            }
        }
        words.extend(Self::of_server(&step.act));
        words
    }

    /// Returns the word that an act of the server uses.
    fn of_server(act: &Act) -> Option<Self> {
        match act {
            Act::Reply(_, Form::Nil) => Some(Self::Nil),
            Act::Reply(_, Form::Empty) => Some(Self::Empty),
            Act::Reply(_, Form::Nested) => Some(Self::Nested),
            Act::Reply(_, Form::OtherType) => Some(Self::OtherType),
            Act::Cut(_, At::After(_) | At::Before(_)) => Some(Self::CutAnywhere),
            Act::Error(_, fault) if *fault != Fault::Refused => Some(Self::TypedError),
            Act::Reset(_, Where::Idle) | Act::Close(_, Where::Idle) => Some(Self::IdleLoss),
            Act::Stall(_) | Act::Resume(_) => Some(Self::Stall),
            Act::Extra(_) => Some(Self::Extra),
            Act::Land(_) => Some(Self::Land),
            Act::Invalidate(_) => Some(Self::Invalidate),
            _ => None,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Word {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|word| word.name() == name);
        found.ok_or_else(|| unknown(name, &[]))
    }
}

/// A set of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary(BTreeSet<Word>);

impl Default for Vocabulary {
    /// The words of a server that keeps its protocol.
    fn default() -> Self {
        Self(Word::ALL.into_iter().filter(|word| word.is_lawful()).collect())
    }
}

impl Vocabulary {
    /// Creates the vocabulary of plain steps, which every adapter of the first version knows.
    pub fn plain() -> Self {
        Self([Word::Mget, Word::Pipeline].into())
    }

    /// Returns whether it has a word.
    pub fn has(&self, word: Word) -> bool {
        self.0.contains(&word)
    }

    /// Returns whether each word of a step is in it.
    pub fn allows(&self, step: &Step) -> bool {
        Word::of(step).into_iter().all(|word| self.has(word))
    }

    /// Returns the words that are kept.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(Word) -> bool) -> Self {
        Self(self.0.iter().copied().filter(|word| keep(*word)).collect())
    }
}

impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::plain() {
            return f.write_str("plain");
        }
        let names: Vec<_> = self.0.iter().map(|word| word.name()).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Vocabulary {
    type Err = String;

    /// Reads `plain`, `lawful`, `all`, or names with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "plain" => return Ok(Self::plain()),
            "lawful" => return Ok(Self::default()),
            "all" => return Ok(Self(Word::ALL.into_iter().collect())),
            _ => {}
        }
        let mut words = BTreeSet::new();
        for name in text.split(',') {
            let found = Word::ALL.into_iter().find(|word| word.name() == name.trim());
            words.insert(found.ok_or_else(|| unknown(name.trim(), &["plain", "lawful", "all"]))?);
        }
        Ok(Self(words))
    }
}

fn unknown(name: &str, sets: &[&'static str]) -> String {
    let known: Vec<_> = sets.iter().copied().chain(Word::ALL.map(Word::name)).collect();
    let meant = nearest(name, known.iter().copied());
    let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    format!("unknown word `{name}`; {meant}known: {}", known.join(", "))
}
