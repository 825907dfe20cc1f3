//! The commands by name, and the checks that precede all of them.

use bytes::{Bytes, BytesMut};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $arity:literal;)*) => {
        /// A command that the server knows. As in Redis, each subcommand of CLIENT and COMMAND has
        /// a name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CommandName {
            $($(#[$doc])* $name,)*
            /// No such command.
            Unknown,
        }

        impl CommandName {
            /// Returns the name as Redis writes it in errors, for example `get` or
            /// `client|setname`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown => "unknown",
                }
            }

            /// Returns the number of arguments, the name included; a negative number is a minimum.
            fn arity(self) -> i32 {
                match self {
                    $(Self::$name => $arity,)*
                    Self::Unknown => -1,
                }
            }

            fn from_lower(text: &[u8]) -> Option<Self> {
                match std::str::from_utf8(text).ok()? {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }

        const ALL: &[CommandName] = &[$(CommandName::$name,)*];
    };
}

commands! {
    /// GET key
    Get = "get", 2;
    /// GETEX key, with EX, PX, EXAT, PXAT, PERSIST
    GetEx = "getex", -2;
    /// MGET key...
    Mget = "mget", -2;
    /// SET key value, with NX, XX, IFEQ, GET, EX, PX, EXAT, PXAT, KEEPTTL
    Set = "set", -3;
    /// SETNX key value
    SetNx = "setnx", 3;
    /// SETEX key seconds value
    SetEx = "setex", 4;
    /// PSETEX key milliseconds value
    PSetEx = "psetex", 4;
    /// GETDEL key
    GetDel = "getdel", 2;
    /// MSET key value...
    Mset = "mset", -3;
    /// DEL key...
    Del = "del", -2;
    /// UNLINK key...; here equivalent to DEL
    Unlink = "unlink", -2;
    /// EXISTS key...
    Exists = "exists", -2;
    /// INCR key
    Incr = "incr", 2;
    /// DECR key
    Decr = "decr", 2;
    /// INCRBY key number
    IncrBy = "incrby", 3;
    /// DECRBY key number
    DecrBy = "decrby", 3;
    /// APPEND key value
    Append = "append", 3;
    /// STRLEN key
    StrLen = "strlen", 2;
    /// EXPIRE key seconds, with NX, XX, GT, LT
    Expire = "expire", -3;
    /// PEXPIRE key milliseconds, with NX, XX, GT, LT
    PExpire = "pexpire", -3;
    /// EXPIREAT key unix-seconds, with NX, XX, GT, LT
    ExpireAt = "expireat", -3;
    /// PEXPIREAT key unix-milliseconds, with NX, XX, GT, LT
    PExpireAt = "pexpireat", -3;
    /// TTL key
    Ttl = "ttl", 2;
    /// PTTL key
    Pttl = "pttl", 2;
    /// PERSIST key
    Persist = "persist", 2;
    /// PING, with an optional message
    Ping = "ping", -1;
    /// ECHO message
    Echo = "echo", 2;
    /// PUBLISH channel message
    Publish = "publish", 3;
    /// SUBSCRIBE channel...
    Subscribe = "subscribe", -2;
    /// UNSUBSCRIBE, with channels
    Unsubscribe = "unsubscribe", -1;
    /// SELECT database
    Select = "select", 2;
    /// FLUSHDB, with ASYNC or SYNC
    FlushDb = "flushdb", -1;
    /// FLUSHALL, with ASYNC or SYNC
    FlushAll = "flushall", -1;
    /// DBSIZE
    DbSize = "dbsize", 1;
    /// HELLO, with a version, AUTH and SETNAME
    Hello = "hello", -1;
    /// AUTH, with a user, and a password
    Auth = "auth", -2;
    /// CLIENT without a subcommand, which is an error
    Client = "client", -2;
    /// CLIENT ID
    ClientId = "client|id", 2;
    /// CLIENT GETNAME
    ClientGetName = "client|getname", 2;
    /// CLIENT SETNAME name
    ClientSetName = "client|setname", 3;
    /// CLIENT SETINFO attribute value
    ClientSetInfo = "client|setinfo", 4;
    /// CLIENT TRACKING ON or OFF, with REDIRECT, PREFIX, BCAST, NOLOOP
    ClientTracking = "client|tracking", -3;
    /// COMMAND
    Command = "command", -1;
    /// COMMAND DOCS, with names
    CommandDocs = "command|docs", -2;
    /// COMMAND INFO, with names
    CommandInfo = "command|info", -2;
    /// COMMAND LIST, with a filter
    CommandList = "command|list", -2;
    /// COMMAND COUNT
    CommandCount = "command|count", 2;
    /// UNWATCH; without transactions, nothing is ever watched
    Unwatch = "unwatch", 1;
    /// QUIT
    Quit = "quit", -1;
    /// RESET
    Reset = "reset", 1;
}

impl CommandName {
    /// Returns whether Redis runs the command while it loads its data: commands about the
    /// connection, except PING and ECHO.
    pub(super) fn runs_while_loading(self) -> bool {
        matches!(
            self,
            Self::Select
                | Self::Hello
                | Self::Auth
                | Self::ClientId
                | Self::ClientGetName
                | Self::ClientSetName
                | Self::ClientSetInfo
                | Self::ClientTracking
                | Self::Command
                | Self::CommandDocs
                | Self::CommandInfo
                | Self::CommandList
                | Self::CommandCount
                | Self::Unwatch
                | Self::Quit
                | Self::Reset
        )
    }
}

/// The result of looking up a request.
pub(super) enum Lookup {
    /// Run it: it exists and has a permitted number of arguments.
    Found(CommandName),
    /// Answer with this error.
    Refused(CommandName, Vec<u8>),
    /// Hang up.
    Attack,
}

/// The longest name, `client|tracking`, with some slack.
const NAME_LEN_MAX: usize = 24;

/// Finds the command with which `args`, never empty, begins.
pub(super) fn look_up(args: &[Bytes]) -> Lookup {
    let name = find(&[&args[0]]);
    let (name, known) = match (name, args.get(1)) {
        (Some(parent @ (CommandName::Client | CommandName::Command)), Some(child)) => {
            let found = find(&[&args[0], child]);
            (found.unwrap_or(parent), found.is_some())
        }
        (name, _) => (name.unwrap_or(CommandName::Unknown), name.is_some()),
    };
    if !known {
        // Checked first, since these are not commands.
        let first = c_string(&args[0], usize::MAX);
        if ["host:", "post"].iter().any(|word| first.eq_ignore_ascii_case(word.as_bytes())) {
            return Lookup::Attack;
        }
        return Lookup::Refused(name, unknown(args, name));
    }
    let (arity, count) = (name.arity(), args.len() as i32);
    if (arity > 0 && arity != count) || count < -arity {
        return Lookup::Refused(name, wrong_arity(name.as_str()).into_bytes());
    }
    Lookup::Found(name)
}

/// Finds the command whose name is `words` joined by `|`, in any case.
fn find(words: &[&[u8]]) -> Option<CommandName> {
    let mut name = [0; NAME_LEN_MAX];
    let mut len = 0;
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            *name.get_mut(len)? = b'|';
            len += 1;
        }
        // A word that contains a bar is no subcommand.
        if word.contains(&b'|') {
            return None;
        }
        let room = name.get_mut(len..len + word.len())?;
        room.copy_from_slice(word);
        room.make_ascii_lowercase();
        len += word.len();
    }
    CommandName::from_lower(&name[..len])
}

/// Returns the number of commands, subcommands not counted.
pub(super) fn count() -> i64 {
    ALL.iter().filter(|name| !name.as_str().contains('|')).count() as i64
}

pub(super) fn wrong_arity(name: &str) -> String {
    format!("ERR wrong number of arguments for '{name}' command")
}

/// Returns the error for a command that does not exist, or for an unknown subcommand of `parent`.
fn unknown(args: &[Bytes], parent: CommandName) -> Vec<u8> {
    let mut text = BytesMut::new();
    if parent != CommandName::Unknown {
        text.extend_from_slice(b"ERR unknown subcommand '");
        text.extend_from_slice(c_string(&args[1], SHOWN_MAX));
        text.extend_from_slice(b"'. Try ");
        text.extend_from_slice(parent.as_str().to_ascii_uppercase().as_bytes());
        text.extend_from_slice(b" HELP.");
        return text.to_vec();
    }
    text.extend_from_slice(b"ERR unknown command '");
    text.extend_from_slice(c_string(&args[0], SHOWN_MAX));
    text.extend_from_slice(b"', with args beginning with: ");
    let start = text.len();
    for arg in &args[1..] {
        let shown = text.len() - start;
        if shown >= SHOWN_MAX {
            break;
        }
        text.extend_from_slice(b"'");
        text.extend_from_slice(c_string(arg, SHOWN_MAX - shown));
        text.extend_from_slice(b"' ");
    }
    text.to_vec()
}

/// The number of bytes of a request that Redis repeats in an error.
const SHOWN_MAX: usize = 128;

/// Returns the text as C's `%.*s` prints it: up to a NUL, and at most `most` bytes.
pub(super) fn c_string(text: &[u8], most: usize) -> &[u8] {
    let text = text.split(|byte| *byte == 0).next().unwrap_or(text);
    &text[..text.len().min(most)]
}
