//! Bodies of requests: their length, and chunks.

use crate::lines;

/// The longest body, and the longest chunk.
const MAX_LEN: usize = 1024 * 1024;
/// The longest line with the length of a chunk.
const MAX_LINE_LEN: usize = 4 * 1024;

/// The length of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Its number of bytes.
    Bytes(usize),
    /// It ends with a chunk of no bytes.
    Chunked,
}

impl Length {
    /// Returns the length that the headers of a request state. With two that disagree, a proxy and
    /// a server would see different requests.
    pub(super) fn of(encodings: &[String], lengths: &[String]) -> Result<Self, String> {
        match (encodings, lengths) {
            ([], []) => Ok(Self::Bytes(0)),
            ([encoding], []) if encoding.eq_ignore_ascii_case("chunked") => Ok(Self::Chunked),
            ([], [text]) => match text.parse::<usize>() {
                Ok(len) if len <= MAX_LEN && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Ok(Self::Bytes(len))
                }
                _ => Err(format!("a body of `{text}` bytes, expected at most {MAX_LEN}")),
            },
            _ => Err("more than one length of a body".to_owned()),
        }
    }
}

/// Reads a whole body, and returns it with the offset after it. `None` means that more bytes are
/// needed.
pub(super) fn read(length: Length, input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    match length {
        Length::Bytes(len) => Ok(input.get(..len).map(|body| (body.to_vec(), len))),
        Length::Chunked => chunks(input),
    }
}

fn chunks(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(line) = line(&input[at..])? else { return Ok(None) };
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let digits = String::from_utf8_lossy(digits).trim_end().to_owned();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let len = match usize::from_str_radix(&digits, 16) {
            Ok(len) if is_hex && len + body.len() <= MAX_LEN => len,
            _ => return Err(format!("a chunk of `{}` bytes", digits.escape_debug())),
        };
        at += line.len() + 2;
        if len == 0 {
            return Ok(trailer(input, at)?.map(|end| (body, end)));
        }
        match input.get(at..at + len + 2) {
            None => return Ok(None),
            Some(chunk) if chunk.ends_with(b"\r\n") => body.extend_from_slice(&chunk[..len]),
            Some(_) => return Err(format!("a chunk of {len} bytes does not end in a line end")),
        }
        at += len + 2;
    }
}

/// Returns the offset after the header lines that may follow the last chunk.
fn trailer(input: &[u8], mut at: usize) -> Result<Option<usize>, String> {
    loop {
        let Some(line) = line(&input[at..])? else { return Ok(None) };
        at += line.len() + 2;
        if line.is_empty() {
            return Ok(Some(at));
        }
        if at > MAX_LEN * 2 {
            return Err("the headers after a body do not end".to_owned());
        }
    }
}

/// Returns the first line without its end.
fn line(input: &[u8]) -> Result<Option<&[u8]>, String> {
    match lines::first(&input[..input.len().min(MAX_LINE_LEN)]) {
        Some(len) => Ok(Some(&input[..len])),
        None if input.len() >= MAX_LINE_LEN => Err("the line of a chunk does not end".to_owned()),
        None => Ok(None),
    }
}
