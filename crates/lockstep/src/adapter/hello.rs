//! The hello of an adapter: its description of itself and of its library.

use super::{BadAdapter, PROTOCOL, shown};
use crate::words::{Vocabulary, Word};
use crosswire_output::format::printable;
use crosswire_protocol::Dialect;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;

/// The way a library uses a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Connections {
    /// One call at a time owns a connection: no command is sent while another call waits for a
    /// reply.
    Exclusive,
    /// Calls share a connection and send their commands without waiting for each other.
    Shared,
}

/// The number of calls that a client runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Calls {
    /// One: the next call begins when the previous one has ended.
    One,
    /// Many.
    Many,
}

/// The way a caller can give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cancel {
    /// On request, at any time.
    OnRequest,
    /// By the read time-out of the library, and therefore only while a reply is missing.
    ByTimeout,
    /// Not at all.
    Never,
}

/// The description of an adapter in its first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hello {
    /// The version of the protocol.
    pub crosswire: u64,
    /// The name of the library.
    pub library: String,
    /// Its version, as reported by the library itself where possible.
    pub version: String,
    /// The client of the library.
    pub client: String,
    /// The runtime of the adapter with its version, such as `Python 3.12.3`, if the hello names it.
    pub runtime: Option<String>,
    /// The way it uses a connection.
    pub connections: Connections,
    /// The number of calls that it runs at a time.
    pub calls: Calls,
    /// The way a caller can give up.
    pub cancel: Cancel,
    /// The protocol that the library speaks; `resp2` if the hello does not say.
    #[serde(serialize_with = "by_name")]
    #[schemars(with = "String")]
    pub protocol: Dialect,
    /// The words of schedules that the adapter knows, of those that an adapter must know.
    pub can: BTreeSet<Word>,
    /// The words that the adapter does not know, of those that an adapter without this field knows:
    /// `mget` and `pipeline`.
    pub lacks: BTreeSet<Word>,
}

impl Hello {
    /// Returns the reason why the adapter or its protocol cannot express a word; none if both can.
    pub fn cannot(&self, word: Word) -> Option<&'static str> {
        if word.needs_adapter() && !self.can.contains(&word) {
            return Some("the adapter's hello does not have it in `can`");
        }
        if self.lacks.contains(&word) {
            return Some("the adapter's hello has it in `lacks`");
        }
        if word.is_in(self.protocol) { None } else { Some("its protocol does not have it") }
    }

    /// Returns whether the client has a cache that the server keeps up to date.
    pub fn caches(&self) -> bool {
        self.can.contains(&Word::Invalidate)
    }

    /// Returns the words of a vocabulary that the adapter and its protocol can express.
    pub fn limit(&self, words: &Vocabulary) -> Vocabulary {
        words.filtered(|word| self.cannot(word).is_none())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn by_name<S: Serializer>(dialect: &Dialect, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(dialect.name())
}

impl fmt::Display for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { library, version, client, .. } = self;
        write!(f, "{} {} ({})", printable(library), printable(version), printable(client))
    }
}

/// Reads a hello.
///
/// # Errors
/// The line is not JSON, a field is missing or wrong, or the protocol has another version.
pub(super) fn read(line: &str) -> Result<Hello, BadAdapter> {
    let bad = |why: &dyn fmt::Display| {
        BadAdapter(format!(
            "the adapter's first line is `{}`, which is not a hello: {why}; see \
                         docs/adapter-protocol.md",
            shown(line)
        ))
    };
    let object: serde_json::Value = serde_json::from_str(line).map_err(|error| bad(&error))?;
    match object.get("crosswire").map(serde_json::Value::as_u64) {
        Some(Some(PROTOCOL)) => fields_of(&object).map_err(|why| bad(&why)),
        Some(Some(other)) => Err(BadAdapter(format!(
            "the adapter speaks version {other} of the protocol; this build speaks {PROTOCOL}"
        ))),
        _ => Err(bad(&"`crosswire`, the version of the protocol, is missing")),
    }
}

/// Reads the fields of a hello, or returns the first wrong one with the reason.
fn fields_of(hello: &serde_json::Value) -> Result<Hello, String> {
    Ok(Hello {
        crosswire: PROTOCOL,
        library: field(hello, "library")?,
        version: field(hello, "version")?,
        client: field(hello, "client")?,
        runtime: if hello.get("runtime").is_some() { field(hello, "runtime")? } else { None },
        connections: field(hello, "connections")?,
        calls: field(hello, "calls")?,
        cancel: field(hello, "cancel")?,
        protocol: match hello.get("protocol") {
            Some(_) => field::<String>(hello, "protocol")?.parse()?,
            None => Dialect::Resp2,
        },
        can: words(hello, "can")?,
        lacks: words(hello, "lacks")?,
    })
}

/// Reads a list of words; empty if the hello does not have it.
fn words(hello: &serde_json::Value, name: &str) -> Result<BTreeSet<Word>, String> {
    if hello.get(name).is_none() {
        return Ok(BTreeSet::new());
    }
    let mut words = BTreeSet::new();
    for word in field::<Vec<String>>(hello, name)? {
        words.insert(word.parse().map_err(|why| format!("`{name}`: {why}"))?);
    }
    Ok(words)
}

fn field<T: DeserializeOwned>(hello: &serde_json::Value, name: &str) -> Result<T, String> {
    let value = hello.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
    T::deserialize(value).map_err(|error| format!("`{name}`: {error}"))
}
