//! Intended differences. docs/parity.md gives the reasons, one row each; a test compares page and
//! list, and runs each example on both servers.

use crate::generate::NAMES;
use crate::step::{Asked, frames};

/// An intended difference.
pub struct Intended {
    /// Its name on the page.
    pub name: &'static str,
    /// Lines of commands; the last one is answered differently.
    pub example: Option<Example>,
    /// Returns whether this difference explains two replies.
    covers: fn(&Exchange<'_>) -> bool,
    /// The simulated cache may hang up where the real server does not.
    hangs_up: bool,
}

impl Intended {
    /// Returns whether this difference explains two answers: what was said and who hung up.
    pub fn explains(&self, it: &Exchange<'_>) -> bool {
        let [ours, real] = it.hung_up;
        (ours == real || self.hangs_up && ours) && (self.covers)(it)
    }
}

/// Both replies to the last of some commands.
pub struct Example {
    /// The commands, in words. `WAIT 5` lets 5 ms pass.
    pub lines: &'static [&'static str],
    /// The simulated cache's reply, line ends escaped.
    pub ours: &'static str,
    /// The beginning of the real server's reply.
    pub real: &'static str,
}

/// A request and two replies that differ.
pub struct Exchange<'a> {
    /// The command; `None` for bytes that need not be one.
    pub command: Option<&'a Asked>,
    /// The bytes that were sent.
    pub sent: &'a [u8],
    /// The simulated cache's reply.
    pub ours: &'a [u8],
    /// The real server's reply.
    pub real: &'a [u8],
    /// For each server, ours first: did it hang up?
    pub hung_up: [bool; 2],
}

impl Exchange<'_> {
    fn asks(&self, name: &str) -> bool {
        self.command.is_some_and(|command| command.is(name))
    }

    fn asks_both(&self, name: &str, child: &[u8]) -> bool {
        let words = self.command.map(|command| command.at(0)).unwrap_or_default();
        self.asks(name) && words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(child))
    }
}

/// The real server gets an equivalent command instead, so the replies do not differ.
fn is_translated(_: &Exchange<'_>) -> bool {
    false
}

fn example(
    lines: &'static [&'static str],
    ours: &'static str,
    real: &'static str,
) -> Option<Example> {
    Some(Example { lines, ours, real })
}

/// Returns all intended differences.
pub fn intended() -> Vec<Intended> {
    vec![
        Intended {
            name: "resp3",
            example: example(
                &["HELLO 3"],
                r"-NOPROTO unsupported protocol version\r\n",
                r"%7\r\n$6\r\nserver\r\n",
            ),
            covers: |it| it.asks_both("HELLO", b"3") && it.ours.starts_with(b"-NOPROTO"),
            hangs_up: false,
        },
        Intended {
            name: "set-ifeq",
            example: example(&["SET a 1", "SET a 2 IFEQ 1"], r"+OK\r\n", r"-ERR syntax error\r\n"),
            covers: is_translated,
            hangs_up: false,
        },
        Intended {
            name: "client-setinfo",
            example: example(
                &["CLIENT SETINFO LIB-NAME redis-rs"],
                r"+OK\r\n",
                r"-ERR unknown subcommand \'SETINFO\'. Try CLIENT HELP.\r\n",
            ),
            covers: |it| {
                it.asks_both("CLIENT", b"SETINFO")
                    && it.real.starts_with(b"-ERR unknown subcommand")
            },
            hangs_up: false,
        },
        Intended {
            name: "command-tables",
            example: example(&["COMMAND COUNT"], r":41\r\n", r":24"),
            covers: |it| it.asks("COMMAND") && (it.ours == b"*0\r\n" || it.ours == b":41\r\n"),
            hangs_up: false,
        },
        Intended {
            name: "commands-not-here",
            example: example(
                &["PSUBSCRIBE news.*"],
                r"-ERR unknown command \'PSUBSCRIBE\', with args beginning with: \'news.*\' \r\n",
                r"*3\r\n$10\r\npsubscribe\r\n",
            ),
            covers: |it| {
                !NAMES.iter().any(|name| it.asks(name))
                    && it.ours.starts_with(b"-ERR unknown command '")
                    && !it.real.starts_with(b"-ERR unknown command '")
            },
            hangs_up: false,
        },
        Intended {
            name: "dbsize-of-expired",
            example: example(&["SET a 1 PX 2", "WAIT 5", "DBSIZE"], r":0\r\n", r":1\r\n"),
            covers: is_translated,
            hangs_up: false,
        },
        Intended {
            name: "unsubscribe-order",
            // Varies with each start of the real server.
            example: None,
            covers: |it| {
                // The channels in any order; the number left counts down in both.
                let answers = |replies| {
                    let parts = frames(replies).into_iter().filter_map(|frame| {
                        let at = frame.iter().rposition(|byte| *byte == b':')?;
                        Some(frame.split_at(at))
                    });
                    let (mut channels, left): (Vec<_>, Vec<_>) = parts.unzip();
                    channels.sort_unstable();
                    (channels, left)
                };
                it.asks("UNSUBSCRIBE") && answers(it.ours) == answers(it.real)
            },
            hangs_up: false,
        },
        Intended {
            name: "connection-numbers",
            example: None,
            covers: is_translated,
            hangs_up: false,
        },
        Intended {
            name: "array-limit",
            example: None,
            covers: |it| {
                it.command.is_none()
                    && it.sent.windows(10).any(|bytes| bytes == b"*1048577\r\n")
                    && it.ours.ends_with(b"-ERR Protocol error: invalid multibulk length\r\n")
            },
            hangs_up: true,
        },
        Intended {
            name: "attack-unsent",
            example: None,
            covers: |it| {
                let attack = |word: &[u8]| it.sent.windows(word.len()).any(|part| part == word);
                it.command.is_none()
                    && it.hung_up == [true, true]
                    && (attack(b"POST ") || attack(b"Host:"))
                    && (it.ours.starts_with(it.real) || it.real.starts_with(it.ours))
            },
            hangs_up: false,
        },
        // Never drawn: the result varies by chance with each start of the real server.
        Intended {
            name: "nul-behind-a-name",
            example: None,
            covers: is_translated,
            hangs_up: false,
        },
        // The limit on keys is compared in `eviction`, as far as possible.
        Intended { name: "eviction-limit", example: None, covers: is_translated, hangs_up: false },
        Intended { name: "loading", example: None, covers: is_translated, hangs_up: false },
        // What is announced is compared in `tracking`.
        Intended {
            name: "tracking",
            example: example(
                &["CLIENT TRACKING ON"],
                r"-ERR only BCAST mode is supported\r\n",
                r"+OK\r\n",
            ),
            covers: is_translated,
            hangs_up: false,
        },
    ]
}
