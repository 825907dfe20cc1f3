//! The lines that an adapter writes, read without blocking and without a thread: the pipe is one of
//! the files that the session waits for, beside the sockets of the server.

use mio::unix::pipe::Receiver;
use mio::{Interest, Registry, Token};
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;

/// Longest line of an adapter that is accepted.
const LONGEST_LINE: usize = 1 << 20;

/// The token of the pipe.
const LINES: Token = Token(1);

/// Something that an adapter wrote.
pub(crate) enum Said {
    Line(String),
    /// Output that is not a line of text.
    NoLine(&'static str),
    End,
}

/// The output of an adapter.
pub(crate) struct Lines {
    pipe: Receiver,
    /// Bytes that were read and are not returned yet.
    unread: Vec<u8>,
    /// The number of them in which there is no end of a line.
    searched: usize,
}

impl Lines {
    /// Reads from a pipe, and lets the poll of this registry wait for it.
    pub(crate) fn of(pipe: OwnedFd, registry: &Registry) -> io::Result<Self> {
        let mut pipe = Receiver::from(pipe);
        pipe.set_nonblocking(true)?;
        registry.register(&mut pipe, LINES, Interest::READABLE)?;
        Ok(Self { pipe, unread: Vec::new(), searched: 0 })
    }

    /// Returns the next line, if it has arrived. If not, the pipe has been read until it was empty,
    /// so that the poll reports what comes later.
    pub(crate) fn next(&mut self) -> Option<Said> {
        let mut chunk = [0; 16 * 1024];
        loop {
            let fresh = &self.unread[self.searched..];
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n') {
                let line = self.unread.drain(..=self.searched + end).collect();
                self.searched = 0;
                return Some(text(line));
            }
            self.searched = self.unread.len();
            if self.searched >= LONGEST_LINE {
                return Some(Said::NoLine("a line of 1 MiB or more"));
            }
            match self.pipe.read(&mut chunk) {
                Ok(count @ 1..) => self.unread.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) if self.unread.is_empty() => return Some(Said::End),
                Ok(0) | Err(_) => {
                    self.searched = 0;
                    return Some(text(std::mem::take(&mut self.unread)));
                }
            }
        }
    }
}

fn text(line: Vec<u8>) -> Said {
    String::from_utf8(line).map_or(Said::NoLine("bytes that are not UTF-8"), Said::Line)
}
