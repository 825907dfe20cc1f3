//! The data and the commands of a cache server: the part of Redis 7 over RESP2 that a caching
//! client needs, with Redis' replies and error texts.
//!
//! Start at [`Store::execute_with`]. It is pure: each command carries the time, eviction is exact
//! least-recently-used, and there is no randomness, so the same commands at the same times give the
//! same bytes.
//!
//! * `command`: the names, and the number of arguments of each.
//! * `keyspace`: 16 databases of values that expire and are evicted.
//! * `strings`, `expiry`, `connection`, `pubsub`, `tracking`: the commands, one family per file.
//!
//! Intended differences from Redis 7.0:
//! * RESP3 is refused: `HELLO 3` is answered as by a server that does not know it.
//! * SET has IFEQ, as from 8.4 on: the compare-and-set that leases and fences need.
//! * CLIENT SETINFO exists, as from 7.2 on, because client libraries send it when they connect.
//! * COMMAND and COMMAND DOCS, INFO, LIST return an empty array, COMMAND COUNT the number of
//!   commands here.
//! * CLIENT TRACKING has broadcast mode only; see `tracking`.
//! * Publish and subscribe support channels, but neither patterns nor shard channels.
//! * DBSIZE never counts an expired key; Redis does until its background job has visited the key.
//! * The limit is a number of keys, not bytes, and eviction is exact, not sampled.

mod command;
mod connection;
mod expiry;
mod keyspace;
mod pubsub;
mod session;
mod strings;
#[cfg(test)]
mod tests;
mod tracking;

pub use command::CommandName;
pub use pubsub::Message;
pub use session::{DATABASES, Session};

use crate::resp;
use bytes::{BufMut, Bytes, BytesMut};
use command::Lookup;
use keyspace::Keyspace;
use pubsub::Channels;
use tracking::Trackers;

/// Appends a stored value to the outgoing bytes, and observes it.
pub type Emit<'a> = &'a mut dyn FnMut(&[u8], &mut BytesMut);

/// The effects of a command, besides the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// The command; [`CommandName::Unknown`] if it is not known.
    pub name: CommandName,
    /// The number of looked-up keys that existed, each mention counted: 0 or 1 for GET and SET, up
    /// to the number of arguments for MGET.
    pub found: u32,
    /// Keys evicted by the limit.
    pub evicted: u32,
    /// The number that a command on a counter replied.
    pub number: Option<i64>,
    /// The reply is an error.
    pub failed: bool,
    /// The server must close the connection once the reply is sent.
    pub close: bool,
}

/// The data of one cache server.
#[derive(Debug)]
pub struct Store {
    keyspace: Keyspace,
    /// The time until which the server loads its data.
    loading_until_ms: u64,
    /// The next command that needs the data is refused.
    refuses_next: bool,
    channels: Channels,
    trackers: Trackers,
}

impl Store {
    /// Creates an empty store for at most `max_keys` keys in all databases; 0 means no limit.
    /// Beyond the limit, a new key evicts the least recently used one.
    pub fn new(max_keys: usize) -> Self {
        Self {
            keyspace: Keyspace::new(max_keys),
            channels: Channels::default(),
            trackers: Trackers::default(),
            loading_until_ms: 0,
            refuses_next: false,
        }
    }

    /// Returns the limit on keys; 0 means no limit.
    pub fn max_keys(&self) -> usize {
        self.keyspace.max_keys()
    }

    /// Forgets everything, subscriptions included, as a crash does.
    pub fn clear(&mut self) {
        self.keyspace.clear();
        self.hang_up_on_all();
    }

    /// Drops all subscriptions, as if every connection had been closed.
    pub fn hang_up_on_all(&mut self) {
        self.channels = Channels::default();
        self.trackers = Trackers::default();
        self.keyspace.note_changes(false);
    }

    /// Drops expired keys and announces them, if any connection tracks changes.
    pub fn announce_expired(&mut self, now_ms: u64) {
        if self.trackers.any() {
            self.keyspace.expire_all(i64::try_from(now_ms).unwrap_or(i64::MAX));
            self.announce(0);
        }
    }

    /// Announces what the connection `by` has changed.
    fn announce(&mut self, by: u64) {
        let Self { keyspace, channels, trackers, .. } = self;
        trackers.announce(&keyspace.take_changes(), by, channels);
    }

    /// Takes the messages published since the last call, in order, each with its recipient.
    pub fn take_messages(&mut self) -> Vec<Message> {
        self.channels.take_messages()
    }

    /// Drops the subscriptions of a closed connection.
    pub fn hang_up(&mut self, session: &mut Session) {
        self.channels.hang_up(session);
        self.trackers.hang_up(session.id);
        self.keyspace.note_changes(self.trackers.any());
    }

    /// Refuses commands that need the data until `until_ms`, as a starting server does while it
    /// loads. Nothing is really loaded: Redis leaves out entries that have expired meanwhile.
    pub fn load_until(&mut self, until_ms: u64) {
        self.loading_until_ms = until_ms;
    }

    /// Refuses the next command if it needs the data, as a loading server does.
    pub fn refuse_next(&mut self) {
        self.refuses_next = true;
    }

    /// Counts the keys in all databases, including expired ones that were not visited yet.
    pub fn len(&self) -> usize {
        self.keyspace.len()
    }

    /// Returns whether the store holds no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether a database has a key, without counting that as a use of the key.
    pub fn has(&mut self, now_ms: u64, db: usize, key: &[u8]) -> bool {
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        self.keyspace.peek(now_ms, db, key).is_some()
    }

    /// Returns the value of a key in the first database, for a harness that inspects the store.
    /// Does not count as a use of the key.
    pub fn held(&mut self, now_ms: u64, key: &[u8]) -> Option<&[u8]> {
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let place = self.keyspace.peek(now_ms, 0, key)?;
        Some(self.keyspace.value(place))
    }

    /// Executes one command at `now_ms` (Unix time, which must not go back) and appends the reply
    /// to `out`. Values are sent as they are stored.
    pub fn execute(
        &mut self,
        now_ms: u64,
        session: &mut Session,
        command: &[Bytes],
        out: &mut BytesMut,
    ) -> Executed {
        self.execute_with(now_ms, session, command, out, &mut |value, out| out.put_slice(value))
    }

    /// As [`Store::execute`], but `emit` writes every value that is read from the store and sent
    /// (GET, GETEX, MGET, GETDEL, SET with GET), in the order of the reply. The stored value does
    /// not change. An empty `command` gets no reply.
    ///
    /// # Panics
    /// If `emit` appends a number of bytes other than the value's: the length has already been
    /// sent.
    pub fn execute_with(
        &mut self,
        now_ms: u64,
        session: &mut Session,
        command: &[Bytes],
        out: &mut BytesMut,
        emit: Emit<'_>,
    ) -> Executed {
        let refuses = std::mem::take(&mut self.refuses_next);
        let loading = refuses || now_ms < self.loading_until_ms;
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        self.keyspace.sweep(now_ms, command.len());
        let done = Executed {
            name: CommandName::Unknown,
            found: 0,
            evicted: 0,
            number: None,
            failed: false,
            close: false,
        };
        let Self { keyspace, channels, trackers, .. } = self;
        let (args, by) = (command, session.id);
        let call =
            Call { keyspace, channels, trackers, session, now_ms, loading, args, out, emit, done };
        let executed = call.run();
        if self.trackers.any() {
            self.announce(by);
        }
        executed
    }
}

/// One command being executed; the command families are methods of it.
struct Call<'a> {
    keyspace: &'a mut Keyspace,
    channels: &'a mut Channels,
    trackers: &'a mut Trackers,
    session: &'a mut Session,
    now_ms: i64,
    loading: bool,
    args: &'a [Bytes],
    out: &'a mut BytesMut,
    emit: Emit<'a>,
    done: Executed,
}

/// An error that stops a command: the reply without the `-`. Bytes, since Redis repeats input
/// verbatim.
struct Refused(Vec<u8>);

impl From<&str> for Refused {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Refused {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Refused {
    /// Formats a text with an argument in it, as C prints it: up to a NUL, trailing line ends
    /// removed.
    fn quoting(before: &str, argument: &[u8], after: &str) -> Self {
        let argument = command::c_string(argument, argument.len());
        let mut text = [before.as_bytes(), argument, after.as_bytes()].concat();
        while text.pop_if(|byte| matches!(byte, b'\r' | b'\n')).is_some() {}
        Self(text)
    }
}

const LOADING: &str = "LOADING Redis is loading the dataset in memory";
const SYNTAX: &str = "ERR syntax error";
const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";

impl Call<'_> {
    fn run(mut self) -> Executed {
        if self.args.is_empty() {
            return self.done;
        }
        let outcome = match command::look_up(self.args) {
            Lookup::Found(name) => {
                self.done.name = name;
                if self.loading && !name.runs_while_loading() {
                    Err(LOADING.into())
                } else {
                    self.check_context().and_then(|()| self.dispatch(name))
                }
            }
            Lookup::Attack => {
                // An attacker made a browser talk to the cache: Redis hangs up without a reply.
                self.done.close = true;
                Ok(())
            }
            Lookup::Refused(name, text) => {
                self.done.name = name;
                Err(Refused(text))
            }
        };
        if let Err(Refused(text)) = outcome {
            resp::write_error(self.out, &text);
            self.done.failed = true;
        }
        self.done
    }

    fn dispatch(&mut self, name: CommandName) -> Result<(), Refused> {
        use CommandName as Name;
        match name {
            Name::Get => self.get(),
            Name::Set => return self.set(),
            Name::SetNx => self.set_nx(),
            Name::SetEx | Name::PSetEx => return self.set_ex(),
            Name::GetDel => self.get_del(),
            Name::GetEx => return self.get_ex(),
            Name::Mget => self.mget(),
            Name::Mset => return self.mset(),
            Name::Del | Name::Unlink => self.del(),
            Name::Exists => self.exists(),
            Name::Incr | Name::Decr | Name::IncrBy | Name::DecrBy => return self.incr(),
            Name::Append => return self.append(),
            Name::StrLen => self.str_len(),
            Name::Expire | Name::PExpire | Name::ExpireAt | Name::PExpireAt => {
                return self.expire();
            }
            Name::Ttl | Name::Pttl => self.ttl(),
            Name::Persist => self.persist(),
            Name::Ping => return self.ping(),
            Name::Echo => resp::write_bulk(self.out, &self.args[1]),
            Name::Publish => self.publish(),
            Name::Subscribe => self.subscribe(),
            Name::Unsubscribe => self.unsubscribe(),
            Name::Select => return self.select(),
            Name::FlushDb | Name::FlushAll => return self.flush(),
            Name::DbSize => self.db_size(),
            Name::Hello => return self.hello(),
            Name::Auth => return self.auth(),
            Name::ClientId | Name::ClientGetName | Name::ClientSetName | Name::ClientSetInfo => {
                return self.client();
            }
            Name::ClientTracking => return self.tracking(),
            Name::Command | Name::CommandDocs | Name::CommandInfo | Name::CommandList => {
                resp::write_array_header(self.out, 0);
            }
            Name::CommandCount => resp::write_int(self.out, command::count()),
            Name::Unwatch => self.ok(),
            Name::Quit => {
                self.done.close = true;
                self.ok();
            }
            Name::Reset => self.reset(),
            // Neither is ever looked up as itself.
            Name::Client | Name::Unknown => {}
        }
        Ok(())
    }

    fn ok(&mut self) {
        self.out.put_slice(b"+OK\r\n");
    }

    fn int(&mut self, number: i64) {
        resp::write_int(self.out, number);
    }

    /// Returns the name as errors show it.
    fn name(&self) -> &'static str {
        self.done.name.as_str()
    }

    /// Returns whether the argument is `word`, which is in upper case, ignoring case. As in C, a
    /// NUL ends the argument.
    fn says(&self, at: usize, word: &str) -> bool {
        command::c_string(&self.args[at], usize::MAX).eq_ignore_ascii_case(word.as_bytes())
    }

    fn number(&self, at: usize) -> Result<i64, Refused> {
        resp::parse_int(&self.args[at]).ok_or_else(|| NOT_AN_INTEGER.into())
    }

    fn wrong_arity(&self) -> Refused {
        command::wrong_arity(self.name()).into()
    }
}
