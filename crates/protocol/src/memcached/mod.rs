//! The text protocol of memcached: the classic commands and the meta commands.
//!
//! Written by hand, because the maintained crates are clients, which write commands and read
//! replies.

mod classic;
mod meta;
mod reply;

use crate::answer::{Answer, Extra};
use crate::message::{Asked, BadBytes, OwnKind, Received, What};
use crate::{Protocol, lines};
use bytes::{Buf, Bytes, BytesMut};

/// The longest key.
const MAX_KEY_LEN: usize = 250;
/// The longest value. The real server has the same limit for an item, with its key and its head.
const MAX_VALUE_LEN: usize = 1024 * 1024;
/// The longest line, which is one with many keys.
const MAX_LINE_LEN: usize = 64 * 1024;

/// The version that the server reports.
const VERSION: &str = "VERSION 1.6.18";

/// One connection.
#[derive(Default)]
pub(crate) struct Memcached {
    /// The command whose value has not arrived yet.
    head: Option<Head>,
    /// True once that command has been reported.
    is_begun: bool,
    /// The number of bytes to throw away: a value that is too long, and its line end.
    skipped: usize,
}

/// A command that is followed by a value.
struct Head {
    asked: Asked,
    len: usize,
    is_silent: bool,
}

/// A command line.
enum Line {
    /// A command that is complete.
    Whole(Received),
    /// A command that is followed by a value.
    Head(Head),
    /// An error, after which this number of bytes is thrown away.
    Refused(&'static str, usize),
}

impl Line {
    /// A command that does not exist.
    const ERROR: Self = Self::Refused("ERROR", 0);
    /// A command that is malformed.
    const BAD_FORMAT: Self = Self::Refused("CLIENT_ERROR bad command line format", 0);

    /// Returns a command whose reply a schedule controls, unless it asked for none.
    fn asked(asked: Asked, is_silent: bool) -> Self {
        Self::Whole(whole(asked, is_silent))
    }

    /// Returns a command that the server answers by itself with a line.
    fn own(name: &str, reply: &str, is_silent: bool) -> Self {
        let asked = Asked::new(What::Other, name);
        if is_silent {
            return Self::Whole(Received::Silent(asked));
        }
        Self::Whole(asked.own(OwnKind::Housekeeping, format!("{reply}\r\n")))
    }
}

fn whole(asked: Asked, is_silent: bool) -> Received {
    if is_silent { Received::Silent(asked) } else { Received::Asked(asked) }
}

impl Memcached {
    /// Throws away what belongs to a refused command. Returns whether there may be more.
    fn skip(&mut self, input: &mut BytesMut) -> bool {
        let len = self.skipped.min(input.len());
        input.advance(len);
        self.skipped -= len;
        self.skipped == 0
    }

    /// Takes the value of a command, if it is complete.
    fn value(&mut self, head: Head, input: &mut BytesMut) -> Option<Received> {
        if input.len() < head.len + 2 {
            let is_news = !self.is_begun && !head.is_silent;
            let begun = if is_news { Some(Received::Begun(head.asked.clone())) } else { None };
            self.is_begun = true;
            self.head = Some(head);
            return begun;
        }
        self.is_begun = false;
        let value = input.split_to(head.len);
        let end = input.split_to(2);
        if &end[..] != b"\r\n" {
            let reply = &b"CLIENT_ERROR bad data chunk\r\n"[..];
            return Some(head.asked.own(OwnKind::Housekeeping, reply));
        }
        let value = Some(String::from_utf8_lossy(&value).into_owned());
        Some(whole(Asked { value, ..head.asked }, head.is_silent))
    }
}

impl Protocol for Memcached {
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, BadBytes> {
        if !self.skip(input) {
            return Ok(None);
        }
        if let Some(head) = self.head.take() {
            return Ok(self.value(head, input));
        }
        let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
            if input.len() > MAX_LINE_LEN {
                let reply = Bytes::from("CLIENT_ERROR line too long\r\n");
                let reason = format!("a line of more than {MAX_LINE_LEN} bytes");
                return Err(BadBytes { reason, reply });
            }
            return Ok(None);
        };
        let line = input.split_to(end + 1);
        let line = line[..end].strip_suffix(b"\r").unwrap_or(&line[..end]);
        let text = String::from_utf8_lossy(line);
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        let name = words.first().copied().unwrap_or_default();
        let args = words.get(1..).unwrap_or_default();
        let line = match name {
            "mg" | "ms" | "md" | "ma" | "mn" | "me" => meta::line(name, args),
            _ => classic::line(name, args),
        };
        match line {
            Line::Whole(received) => Ok(Some(received)),
            Line::Refused(reply, skipped) => {
                self.skipped = skipped;
                let asked = Asked::new(What::Other, name);
                Ok(Some(asked.own(OwnKind::Housekeeping, format!("{reply}\r\n"))))
            }
            Line::Head(head) => Ok(self.value(head, input)),
        }
    }

    fn answer(&self, asked: &Asked, answer: &Answer) -> Option<Bytes> {
        reply::answer(asked, answer)
    }

    fn extra(&self, extra: &Extra) -> Option<Bytes> {
        reply::extra(extra)
    }

    fn boundaries(&self, reply: &[u8]) -> Vec<usize> {
        lines::ends(reply, |line| {
            let mut words = std::str::from_utf8(line).ok()?.split(' ');
            let nth = match words.next()? {
                "VALUE" => 2,
                "VA" => 0,
                _ => return None,
            };
            words.nth(nth)?.parse().ok()
        })
    }
}
