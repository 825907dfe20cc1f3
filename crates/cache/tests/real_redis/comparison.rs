//! Runs a sequence on both servers, step by step, and compares their replies.

use crate::generate::KEYS;
use crate::intended::{Exchange, intended};
use crate::ours::{self, LATENCY_MS, World};
use crate::real::{self, Server};
use crate::step::{Asked, LINES, Step, array, frames, is_whole, pieces, shown};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The numbers of a comparison.
#[derive(Default)]
pub struct Tally {
    /// Commands that were sent, and junk that need not be one.
    pub sent: u64,
    /// Whole replies to the asking connection that were equal in every byte. A request that neither
    /// server answered, because it followed junk or a closed connection, does not count.
    pub replies: u64,
    /// Intended differences, by name.
    pub intended: BTreeMap<&'static str, u64>,
}

/// A connection to each server.
struct Pair {
    ours: ours::Line,
    real: real::Line,
    /// The last bytes sent may be the beginning of a command.
    unfinished: bool,
}

/// The bytes that a server sent on a connection, and whether it hung up.
type Answer = (Vec<u8>, bool);

/// Both servers, and the story so far.
pub struct Comparison<'a> {
    real: &'a mut Server,
    world: World,
    pairs: [Option<Pair>; LINES],
    tally: &'a mut Tally,
    story: String,
}

/// Two servers that answer differently: the whole story, the difference last.
#[derive(Debug)]
pub struct Difference(pub String);

impl<'a> Comparison<'a> {
    /// Starts with both servers empty.
    pub fn new(real: &'a mut Server, world: World, tally: &'a mut Tally) -> Self {
        real.set_clock(world.now_ms());
        real.flush();
        Self { real, world, pairs: [const { None }; LINES], tally, story: String::new() }
    }

    /// Runs a sequence until the servers differ.
    pub async fn through(mut self, steps: &[Step]) -> Result<(), Difference> {
        for step in steps {
            let differs = self.step(step).await.is_err();
            if differs {
                return Err(Difference(self.story));
            }
        }
        self.end().await;
        Ok(())
    }

    async fn end(&mut self) {
        self.pairs = [const { None }; LINES];
        // Both servers notice before another sequence begins.
        self.world.settle().await;
        self.real.settle(0);
    }

    async fn step(&mut self, step: &Step) -> Result<(), Differs> {
        match step {
            Step::Wait(ms) => {
                self.note(&format!("wait {ms} ms"));
                self.world.pass(*ms).await;
            }
            Step::HangUp { line } => {
                self.note(&format!("line {line} hangs up"));
                self.hang_up(*line).await;
            }
            Step::Ask { line, commands, cuts } => {
                self.tally.sent += commands.len() as u64;
                let then_ms = self.ready(*line).await;
                self.note_commands(*line, commands, then_ms);
                let sent: Vec<_> = commands.iter().flat_map(|it| it.encoded(then_ms)).collect();
                self.send_pieces(*line, &sent, cuts).await?;
            }
            Step::Junk { line, bytes, cuts } => {
                self.tally.sent += 1;
                self.ready(*line).await;
                self.note(&format!("line {line} sends bytes: {}", shown(bytes)));
                self.send_pieces(*line, bytes, cuts).await?;
                if let Some(pair) = &mut self.pairs[*line] {
                    pair.unfinished = true;
                }
            }
            Step::Alone { line, command } => {
                self.tally.sent += 1;
                self.alone(*line, command).await?;
            }
        }
        Ok(())
    }

    async fn send_pieces(&mut self, at: usize, sent: &[u8], cuts: &[usize]) -> Result<(), Differs> {
        let pieces = pieces(sent, cuts);
        for (number, piece) in pieces.iter().enumerate() {
            if pieces.len() > 1 {
                let _ = writeln!(self.story, "  piece {}: {}", number + 1, shown(piece));
            }
            let answers = self.exchange(at, piece, piece).await;
            self.compare(at, None, sent, answers).await?;
            if self.pairs[at].is_none() {
                // They hung up: the rest would begin in mid-command on another connection.
                break;
            }
        }
        Ok(())
    }

    /// Runs a command that is compared separately, or known to differ.
    async fn alone(&mut self, at: usize, command: &Asked) -> Result<(), Differs> {
        if self.pairs[at].as_ref().is_some_and(|pair| pair.unfinished) {
            self.hang_up(at).await;
        }
        self.ready(at).await;
        let numbers =
            if command.is("HELLO") || command.is("CLIENT") { self.numbers(at).await } else { None };
        let then_ms = self.ready(at).await;
        self.note_commands(at, std::slice::from_ref(command), then_ms);
        if command.is("DBSIZE") {
            self.meet_what_has_expired(then_ms);
        }
        let sent = command.encoded(then_ms);
        let script = compare_and_set(&command.at(then_ms));
        let mut answers = self.exchange(at, &sent, script.as_deref().unwrap_or(&sent)).await;
        let (_, (real, _)) = &mut answers[at];
        if let Some((ours, theirs)) = numbers {
            *real = replaced(real, &theirs, &ours);
        }
        if script.is_some() && real.starts_with(b"-ERR Can't execute") {
            *real = replaced(real, b"'eval'", b"'set'");
        }
        self.compare(at, Some(command), &sent, answers).await
    }

    /// Returns the connection's numbers, as replies: each server counts separately.
    async fn numbers(&mut self, at: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let ask = array(&["CLIENT", "ID"]);
        let answers = self.exchange(at, &ask, &ask).await;
        let ((ours, _), (real, _)) = answers.into_iter().nth(at)?;
        if ours.starts_with(b":") && real.starts_with(b":") { Some((ours, real)) } else { None }
    }

    /// Visits expired keys, since DBSIZE of the real server counts them until they are visited.
    fn meet_what_has_expired(&mut self, now_ms: u64) {
        self.real.set_clock(now_ms);
        for db in 0..crosswire_cache::store::DATABASES {
            self.real.ask(&["SELECT", &db.to_string()]);
            let words: Vec<_> = [&b"EXISTS"[..]].into_iter().chain(KEYS).collect();
            self.real.ask(&words);
        }
    }

    /// Ensures that there is a connection. Returns the time at which bytes sent on it now arrive.
    async fn ready(&mut self, at: usize) -> u64 {
        if self.pairs[at].is_none() {
            let (ours, real) = (self.world.dial().await, self.real.dial());
            // One turn of the server's loop to accept the connection, before the turns that read
            // from it.
            self.real.settle(0);
            self.pairs[at] = Some(Pair { ours, real, unfinished: false });
        }
        self.world.now_ms() + LATENCY_MS
    }

    /// Sends bytes on one connection to each server. Returns what arrived on all connections.
    async fn exchange(&mut self, at: usize, ours: &[u8], real: &[u8]) -> Vec<(Answer, Answer)> {
        let then_ms = self.ready(at).await;
        self.real.set_clock(then_ms);
        if let Some(pair) = &mut self.pairs[at] {
            pair.ours.write(ours).await;
            pair.real.write(real);
        }
        self.world.settle().await;
        self.collect(real.len())
    }

    fn collect(&mut self, mut sent: usize) -> Vec<(Answer, Answer)> {
        let mut answers: Vec<(Answer, Answer)> = self
            .pairs
            .iter_mut()
            .map(|pair| match pair {
                Some(pair) => (pair.ours.take(), (Vec::new(), false)),
                None => Default::default(),
            })
            .collect();
        // Data that does not fit into a socket arrives in parts.
        const PART: usize = 32 * 1024;
        loop {
            self.real.settle(std::mem::take(&mut sent));
            let mut most = 0;
            for (pair, (_, (bytes, hung_up))) in self.pairs.iter_mut().zip(&mut answers) {
                if let Some(pair) = pair {
                    let (more, gone) = pair.real.take();
                    most = most.max(more.len());
                    bytes.extend(more);
                    *hung_up = gone;
                }
            }
            if most < PART {
                return answers;
            }
        }
    }

    async fn compare(
        &mut self,
        at: usize,
        command: Option<&Asked>,
        sent: &[u8],
        answers: Vec<(Answer, Answer)>,
    ) -> Result<(), Differs> {
        for (line, (ours, real)) in answers.into_iter().enumerate() {
            if ours == real {
                self.note_answer(line, "both", &ours);
                if line == at {
                    self.tally.replies += whole(&ours.0);
                }
                if ours.1 {
                    self.pairs[line] = None;
                }
                continue;
            }
            let hung_up = [ours.1, real.1];
            let exchange = Exchange { command, sent, ours: &ours.0, real: &real.0, hung_up };
            let meant =
                intended().into_iter().find(|known| line == at && known.explains(&exchange));
            self.note_answer(line, "ours", &ours);
            self.note_answer(line, "real", &real);
            let Some(meant) = meant else { return Err(Differs) };
            *self.tally.intended.entry(meant.name).or_default() += 1;
            let _ = writeln!(self.story, "  as intended: {}", meant.name);
            return self.start_afresh().await;
        }
        Ok(())
    }

    /// Empties both servers: after an intended difference their data may differ.
    async fn start_afresh(&mut self) -> Result<(), Differs> {
        self.end().await;
        let flush = array(&["FLUSHALL"]);
        let answers = self.exchange(0, &flush, &flush).await;
        if answers[0].0 == answers[0].1 { Ok(()) } else { Err(Differs) }
    }

    async fn hang_up(&mut self, at: usize) {
        self.pairs[at] = None;
        self.world.settle().await;
        self.real.settle(0);
    }

    fn note(&mut self, what: &str) {
        let _ = writeln!(self.story, "{:>6} ms  {what}", self.world.now_ms());
    }

    fn note_commands(&mut self, line: usize, commands: &[Asked], now_ms: u64) {
        for command in commands {
            let words: Vec<_> = command.at(now_ms).iter().map(|word| quoted(word)).collect();
            let how = if command.inline { " types" } else { "" };
            self.note(&format!("line {line}{how}: {}", words.join(" ")));
        }
    }

    fn note_answer(&mut self, line: usize, who: &str, (bytes, hung_up): &Answer) {
        if bytes.is_empty() && !hung_up && who == "both" {
            return;
        }
        let end = if *hung_up { " <hangs up>" } else { "" };
        let _ = writeln!(self.story, "  {who} to line {line}: {}{end}", shown(bytes));
    }
}

/// The servers' answers differ, and not on purpose.
struct Differs;

/// Counts the complete replies.
fn whole(replies: &[u8]) -> u64 {
    frames(replies).into_iter().filter(|reply| is_whole(reply)).count() as u64
}

fn quoted(word: &[u8]) -> String {
    if !word.is_empty() && word.iter().all(u8::is_ascii_graphic) {
        shown(word)
    } else {
        format!("\"{}\"", shown(word))
    }
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match text.windows(from.len()).position(|part| part == from) {
        Some(at) => [&text[..at], to, &text[at + from.len()..]].concat(),
        None => text.to_vec(),
    }
}

/// Translates SET with IFEQ into the usual script, for a server that does not have it.
fn compare_and_set(words: &[Vec<u8>]) -> Option<Vec<u8>> {
    const SCRIPT: &[u8] = b"if redis.call('GET', KEYS[1]) == ARGV[1] then \
        return redis.call('SET', KEYS[1], unpack(ARGV, 2)) else return false end";
    let [.., word, expected] = words else { return None };
    if !(words[0] == b"SET" && word == b"IFEQ") {
        return None;
    }
    let [_, key, set @ ..] = &words[..words.len() - 2] else { return None };
    let head: [&[u8]; 5] = [b"EVAL", SCRIPT, b"1", key, expected];
    let words: Vec<_> = head.into_iter().chain(set.iter().map(Vec::as_slice)).collect();
    Some(array(&words))
}
