//! The client's side of HTTP/1.1 with keep-alive.

use super::{Client, Command, Heard, Outcome, unasked};
use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;

/// Largest number of headers of a response.
const HEADERS: usize = 64;

/// One connection.
#[derive(Default)]
pub(super) struct Http1 {
    waiting: VecDeque<Command>,
}

/// The head of a response: its length in bytes, its status, and the length of its body; `None` for
/// one in chunks.
struct Head {
    len: usize,
    status: u16,
    body: Option<usize>,
}

impl Client for Http1 {
    fn start(&mut self) -> Option<Bytes> {
        None
    }

    fn send(&mut self, command: &Command) -> Bytes {
        self.waiting.push_back(command.clone());
        let (method, key, value) = match command {
            Command::Get(key) | Command::Increment(key) => ("GET", key.clone(), None),
            Command::GetMany(keys) => ("GET", keys.join(","), None),
            Command::Set(key, value) => ("PUT", key.clone(), Some(value)),
        };
        let head = format!("{method} /{key} HTTP/1.1\r\nHost: crosswire.test\r\n");
        match value {
            Some(value) => format!("{head}Content-Length: {}\r\n\r\n{value}", value.len()).into(),
            None => format!("{head}\r\n").into(),
        }
    }

    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Heard>, String> {
        if input.is_empty() {
            return Ok(None);
        }
        if self.waiting.is_empty() {
            return Err(unasked());
        }
        let Some(head) = head(input)? else { return Ok(None) };
        let rest = &input[head.len..];
        let (body, len) = match head.body {
            Some(len) if rest.len() < len => return Ok(None),
            Some(len) => (rest[..len].to_vec(), len),
            None => match chunks(rest)? {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        input.advance(head.len + len);
        if (100..200).contains(&head.status) {
            return self.receive(input);
        }
        let command = self.waiting.pop_front().expect("a command waits");
        let text = String::from_utf8_lossy(&body).into_owned();
        let outcome = match (command, head.status) {
            (Command::Get(_), 200) => Outcome::Value(Some(text)),
            (Command::Get(_), 404) => Outcome::Value(None),
            (Command::Set(..), 200..300) => Outcome::Done,
            (_, status) => Outcome::Error(format!("{status} {}", text.trim())),
        };
        Ok(Some(Heard::Reply(outcome)))
    }
}

fn head(input: &[u8]) -> Result<Option<Head>, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let len = match response.parse(input).map_err(|error| error.to_string())? {
        httparse::Status::Complete(len) => len,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.expect("a complete head has a status");
    let value = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).trim().to_ascii_lowercase())
    };
    let body = match (value("Transfer-Encoding"), value("Content-Length")) {
        (Some(coding), _) if coding.contains("chunked") => None,
        (_, Some(len)) => {
            let len = len.parse().map_err(|_| format!("a length of {len:?}"))?;
            Some(len)
        }
        // Without a length a body ends with its connection, which no client reads here.
        (_, None) => Some(0),
    };
    Ok(Some(Head { len, status, body }))
}

/// Reads a body in chunks, with its length on the wire.
fn chunks(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let size = httparse::parse_chunk_size(&input[at..]);
        let (head, size) = match size.map_err(|_| "a chunk without its size".to_owned())? {
            httparse::Status::Complete(found) => found,
            httparse::Status::Partial => return Ok(None),
        };
        let size = usize::try_from(size).map_err(|_| "a chunk that is too large".to_owned())?;
        let Some(end) = at.checked_add(head).and_then(|from| from.checked_add(size)) else {
            return Err("a chunk that is too large".to_owned());
        };
        if input.len() < end.saturating_add(2) {
            return Ok(None);
        }
        if &input[end..end + 2] != b"\r\n" {
            return Err("a chunk without its end of line".to_owned());
        }
        if size == 0 {
            return Ok(Some((body, end + 2)));
        }
        body.extend_from_slice(&input[end - size..end]);
        at = end + 2;
    }
}
