//! The file that describes a proxy: how it starts, and what it speaks.

use crate::adapter::Connections;
use crosswire_output::format::printable;
use crosswire_output::user_files::read_text;
use crosswire_plan::nearest;
use crosswire_protocol::Dialect;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

/// Largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The words in braces that are replaced.
const WORDS: [&str; 4] = ["listen", "server", "folder", "free"];

/// The description of a proxy.
#[derive(Clone, Debug)]
pub struct Description {
    /// What is certified, such as `PgBouncer`, and its version.
    pub name: String,
    /// The version.
    pub version: String,
    /// The protocol that it speaks on both sides.
    pub protocol: Dialect,
    /// The way it uses its connections to the server.
    pub connections: Connections,
    /// The way a client gives up.
    pub gives_up: GivesUp,
    /// Whether a client sends several commands together.
    pub pipelines: bool,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Files by their names, which are written into the folder.
    pub files: BTreeMap<String, String>,
}

/// The way a client of a proxy gives up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GivesUp {
    /// It closes its connection.
    #[default]
    Close,
    /// It sends a request to cancel on a separate connection (PostgreSQL), and stays.
    Request,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    version: String,
    protocol: Spanned<String>,
    connections: Option<Connections>,
    gives_up: Option<Spanned<GivesUp>>,
    pipelines: Option<bool>,
    command: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    files: BTreeMap<String, Spanned<String>>,
}

/// The reason why a description cannot be used, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadDescription(String);

impl Description {
    /// Reads a file.
    ///
    /// # Errors
    /// The file is missing, a directory, too large or not text; or as for [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, BadDescription> {
        let name = printable(&path.display().to_string());
        let text = read_text(path, LARGEST_FILE, "the description of a proxy");
        let text = text.map_err(|why| BadDescription(format!("{name}: {why}")))?;
        Self::parse(&name, &text)
    }

    /// Parses the text of a description. Errors call the file `name`.
    ///
    /// # Errors
    /// The text is not TOML; a field is unknown, missing or of the wrong type; the protocol is
    /// unknown, or Crosswire has no client of it; a word in braces is unknown; `{listen}` or
    /// `{server}` occurs nowhere; or the name of a file leads out of the folder.
    pub fn parse(name: &str, text: &str) -> Result<Self, BadDescription> {
        let at = |place: usize, message: &str| {
            let line = text[..text.floor_char_boundary(place)].matches('\n').count() + 1;
            BadDescription(format!("{name}:{line}: {message}"))
        };
        let fields: Fields = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            match error.span() {
                Some(span) => at(span.start, &message),
                None => BadDescription(format!("{name}: {message}")),
            }
        })?;
        let place = fields.protocol.span().start;
        let protocol: Dialect =
            fields.protocol.get_ref().parse().map_err(|why: String| at(place, &why))?;
        if protocol.connect().is_none() {
            let known = Dialect::ALL.into_iter().filter(|dialect| dialect.connect().is_some());
            let known: Vec<_> = known.map(Dialect::name).collect();
            let known = known.join(", ");
            let message =
                format!("Crosswire has no client of `{protocol}`; expected one of {known}");
            return Err(at(place, &message));
        }
        let gives_up = fields.gives_up.as_ref();
        let asks = gives_up.filter(|it| *it.get_ref() == GivesUp::Request);
        if let Some(asks) = asks
            && protocol != Dialect::Postgres
        {
            let message = "only `postgres` has requests to cancel; expected `close`";
            return Err(at(asks.span().start, message));
        }
        let gives_up = gives_up.map(|it| *it.get_ref()).unwrap_or_default();
        check_words(&fields).map_err(|(place, message)| at(place, &message))?;
        let shares = matches!(protocol, Dialect::Resp2 | Dialect::Memcached);
        let usual = if shares { Connections::Shared } else { Connections::Exclusive };
        let command = fields.command.into_inner().into_iter().map(Spanned::into_inner).collect();
        let files = fields.files.into_iter().map(|(name, text)| (name, text.into_inner()));
        Ok(Self {
            name: fields.name,
            version: fields.version,
            protocol,
            connections: fields.connections.unwrap_or(usual),
            gives_up,
            pipelines: fields.pipelines.unwrap_or(shares),
            command,
            files: files.collect(),
        })
    }
}

/// Checks the words in braces, and the names of the files.
fn check_words(fields: &Fields) -> Result<(), (usize, String)> {
    let command = fields.command.get_ref();
    if command.is_empty() {
        let message = "`command` is empty; expected a program and its arguments";
        return Err((fields.command.span().start, message.to_owned()));
    }
    let mut used = Vec::new();
    for text in command.iter().chain(fields.files.values()) {
        for word in words(text.get_ref()) {
            if !WORDS.contains(&word) {
                let meant = nearest(word, WORDS);
                let meant =
                    meant.map_or_else(String::new, |it| format!("did you mean `{{{it}}}`? "));
                let known = WORDS.map(|word| format!("{{{word}}}")).join(", ");
                let message = format!("unknown word `{{{word}}}`; {meant}known: {known}");
                return Err((text.span().start, message));
            }
            used.push(word);
        }
    }
    for word in ["listen", "server"] {
        if !used.contains(&word) {
            let message = format!("`{{{word}}}` occurs neither in `command` nor in `files`");
            return Err((fields.command.span().start, message));
        }
    }
    for (name, text) in &fields.files {
        let plain = Path::new(name).file_name().is_some_and(|last| last == name.as_str());
        if !plain {
            let message = format!("`{name}` is no name of a file; expected one like `proxy.conf`");
            return Err((text.span().start, message));
        }
    }
    Ok(())
}

/// Returns the words in braces: letters alone, so that the braces of other languages stay as they
/// are.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| {
        let (word, _) = rest.split_once('}')?;
        let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        plain.then_some(word)
    })
}
