//! The signatures that a hunt announces on standard output.
//!
//! A paragraph each: the signature, `new` or `known: FILE`, the run, the story, `replay: COMMAND`
//! and `file: FILE`.

use std::path::PathBuf;

/// The most characters of a signature in the name of a file.
const SIGNATURE_MAX: usize = 60;

/// A signature that a hunt announces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// The signature.
    pub signature: String,
    /// The saved run with the signature, unless it is new.
    pub known: Option<String>,
    /// The lines after these: the run, the story, the command, the file.
    pub lines: Vec<String>,
    /// The scenario, the client and the service of the run, unless it is the standard one.
    pub place: String,
    /// The file of the run.
    pub file: PathBuf,
}

impl Announced {
    /// Returns the name under which the run is saved: its place and its signature.
    pub fn saved_as(&self) -> String {
        let place = self.place.rsplit('/').next().unwrap_or_default();
        let signature: String = plain(&self.signature).chars().take(SIGNATURE_MAX).collect();
        format!("{}.toml", plain(&format!("{place}-{signature}")))
    }
}

/// Returns the letters and digits of a text in lower case, with a hyphen for everything between.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for char in text.chars() {
        match char.to_ascii_lowercase() {
            char @ ('a'..='z' | '0'..='9') => plain.push(char),
            _ if plain.ends_with('-') => {}
            _ => plain.push('-'),
        }
    }
    plain
}

/// Reads what a hunt has printed. Paragraphs that announce nothing are left out.
pub fn parse(text: &str) -> Vec<Announced> {
    let mut all = Vec::new();
    for paragraph in text.split("\n\n") {
        let lines: Vec<_> = paragraph.trim_matches('\n').lines().collect();
        let [signature, state, rest @ ..] = &lines[..] else { continue };
        let known = match state.strip_prefix("  known: ") {
            Some(file) => Some(file.to_owned()),
            None if *state == "  new" => None,
            None => continue,
        };
        let mut announced =
            Announced { signature: (*signature).to_owned(), known, ..Announced::default() };
        for line in rest {
            announced.lines.push((*line).to_owned());
            if let Some(file) = line.strip_prefix("  file: ") {
                announced.file = file.into();
            } else if let Some(place) = place(line) {
                announced.place = place;
            }
        }
        all.push(announced);
    }
    all
}

/// Returns the place of a run, if a line is about one: `  SCENARIO, CLIENT, SERVICE, seed 7: …`.
fn place(line: &str) -> Option<String> {
    let line = line.strip_prefix("  ")?;
    let (names, rest) = line.split_once(", seed ")?;
    let (seed, _) = rest.split_once(": ")?;
    if line.starts_with(' ') || seed.is_empty() || !seed.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut names = names.split(", ");
    let (scenario, client) = (names.next()?, names.next()?);
    match names.next() {
        None | Some("standard") => Some(format!("{scenario}-{client}")),
        Some(service) => Some(format!("{scenario}-{client}-{service}")),
    }
}
