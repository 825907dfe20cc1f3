//! The steps of a sequence, and their form on a connection.

/// The number of connections in a sequence.
pub const LINES: usize = 3;

/// One step of a sequence.
#[derive(Clone, Debug)]
pub enum Step {
    /// Waits for so long, in milliseconds.
    Wait(u64),
    /// Sends commands on a connection, one after another without waiting for replies, in pieces
    /// that end at `cuts` (modulo the total length).
    Ask { line: usize, commands: Vec<Asked>, cuts: Vec<usize> },
    /// Sends a command on which the servers may differ on purpose, or which one of them gets in
    /// another form: alone, whole, on a connection with nothing unfinished.
    Alone { line: usize, command: Asked },
    /// Sends bytes that need not be commands.
    Junk { line: usize, bytes: Vec<u8>, cuts: Vec<usize> },
    /// Closes the client's end; the client dials again when there is more to send.
    HangUp { line: usize },
}

/// A command.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its name and arguments.
    pub words: Vec<Word>,
    /// As a line of text, the way a person types it, not as an array.
    pub inline: bool,
}

/// A part of a command.
#[derive(Clone, Debug)]
pub enum Word {
    /// Bytes.
    Plain(Vec<u8>),
    /// A millisecond of Unix time, relative to now.
    Ms(i64),
    /// A second of Unix time, relative to the present second.
    Second(i64),
}

impl Word {
    fn at(&self, now_ms: u64) -> Vec<u8> {
        match self {
            Self::Plain(bytes) => bytes.clone(),
            Self::Ms(ahead) => (now_ms as i64 + ahead).to_string().into_bytes(),
            Self::Second(ahead) => (now_ms as i64 / 1_000 + ahead).to_string().into_bytes(),
        }
    }
}

impl Asked {
    /// Returns the words at a given time.
    pub fn at(&self, now_ms: u64) -> Vec<Vec<u8>> {
        self.words.iter().map(|word| word.at(now_ms)).collect()
    }

    /// Returns the bytes on the connection.
    pub fn encoded(&self, now_ms: u64) -> Vec<u8> {
        let words = self.at(now_ms);
        if self.inline { typed(&words) } else { array(&words) }
    }

    /// Returns whether this is the command `name`, ignoring case.
    pub fn is(&self, name: &str) -> bool {
        matches!(&self.words[0], Word::Plain(word) if word.eq_ignore_ascii_case(name.as_bytes()))
    }
}

/// Encodes an array of bulk strings.
pub fn array(words: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Encodes a line of words, quoted where necessary.
fn typed(words: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in words {
        if !word.is_empty() && word.iter().all(u8::is_ascii_alphanumeric) {
            out.extend_from_slice(word);
        } else {
            out.push(b'"');
            for byte in word {
                match byte {
                    b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
                    b' '..=b'~' => out.push(*byte),
                    _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
                }
            }
            out.push(b'"');
        }
        out.push(b' ');
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Returns the pieces of some bytes, cut at positions that wrap round their length.
pub fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|piece| &bytes[piece[0]..piece[1]]).collect()
}

/// Returns whether a reply is complete, if it consists of bulk strings and numbers only.
pub fn is_whole(reply: &[u8]) -> bool {
    frame_end(reply).is_some()
}

/// Splits replies; the last one may be unfinished.
pub fn frames(mut replies: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    while !replies.is_empty() {
        let (frame, rest) = replies.split_at(frame_end(replies).unwrap_or(replies.len()));
        frames.push(frame);
        replies = rest;
    }
    frames
}

fn frame_end(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let count = || std::str::from_utf8(&bytes[1..line]).ok()?.parse::<i64>().ok();
    let mut end = line + 2;
    match bytes[0] {
        b'$' => end += usize::try_from(count()?).map_or(0, |len| len + 2),
        b'*' => {
            for _ in 0..count()? {
                end += frame_end(bytes.get(end..)?)?;
            }
        }
        _ => {}
    }
    if end <= bytes.len() { Some(end) } else { None }
}

/// Formats bytes for a person, with long runs cut short.
pub fn shown(bytes: &[u8]) -> String {
    const SHOWN_MAX: usize = 400;
    let text = bytes[..bytes.len().min(SHOWN_MAX)].escape_ascii().to_string();
    match bytes.len().checked_sub(SHOWN_MAX) {
        None | Some(0) => text,
        Some(more) => format!("{text} and {more} bytes more"),
    }
}
