//! Sequences, drawn so that their commands interact: a handful of keys, times around the present,
//! numbers around overflow, and every command of the cache, valid and invalid.

use crate::step::{Asked, LINES, Step, Word};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Every command of the simulated cache; a subcommand is joined by a bar.
pub const NAMES: [&str; 49] = [
    "GET",
    "GETEX",
    "MGET",
    "SET",
    "SETNX",
    "SETEX",
    "PSETEX",
    "GETDEL",
    "MSET",
    "DEL",
    "UNLINK",
    "EXISTS",
    "INCR",
    "DECR",
    "INCRBY",
    "DECRBY",
    "APPEND",
    "STRLEN",
    "EXPIRE",
    "PEXPIRE",
    "EXPIREAT",
    "PEXPIREAT",
    "TTL",
    "PTTL",
    "PERSIST",
    "PING",
    "ECHO",
    "PUBLISH",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "SELECT",
    "FLUSHDB",
    "FLUSHALL",
    "DBSIZE",
    "HELLO",
    "AUTH",
    "CLIENT",
    "CLIENT|ID",
    "CLIENT|GETNAME",
    "CLIENT|SETNAME",
    "CLIENT|SETINFO",
    "COMMAND",
    "COMMAND|COUNT",
    "UNWATCH",
    "QUIT",
    "RESET",
    "COMMAND|DOCS",
    "COMMAND|INFO",
    "COMMAND|LIST",
];

/// The keys. Some contain NUL or line ends, and one is empty.
pub const KEYS: [&[u8]; 6] = [b"a", b"b", b"c", b"nul\0key", b"line\r\nkey", b""];

type Words = BoxedStrategy<Vec<Word>>;

fn plain(bytes: impl AsRef<[u8]>) -> Word {
    Word::Plain(bytes.as_ref().to_vec())
}

fn text(bytes: impl AsRef<[u8]>) -> Words {
    Just(vec![plain(bytes)]).boxed()
}

fn one_of(texts: &'static [&'static str]) -> Words {
    select(texts).prop_map(|text| vec![plain(text)]).boxed()
}

/// A name, in capitals or not.
fn name(name: &'static str) -> Words {
    let spell = move |case: u8| match case {
        0 => name.to_owned(),
        1 => name.to_lowercase(),
        _ => name
            .chars()
            .enumerate()
            .map(|(at, c)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c })
            .collect(),
    };
    (0_u8..3).prop_map(move |case| vec![plain(spell(case))]).boxed()
}

fn key() -> Words {
    prop_oneof![8 => select(&KEYS[..3]), 2 => select(&KEYS[3..])]
        .prop_map(|key| vec![plain(key)])
        .boxed()
}

fn keys() -> Words {
    many(key(), 1..4)
}

/// A number of `words` within `count`, concatenated.
fn many(words: Words, count: std::ops::Range<usize>) -> Words {
    vec(words, count).prop_map(|parts| parts.concat()).boxed()
}

/// All of `parts`, concatenated.
fn all(parts: Vec<Words>) -> Words {
    parts.prop_map(|parts| parts.concat()).boxed()
}

/// Numbers, and texts that only look like numbers.
fn number() -> Words {
    let written = [
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "9223372036854775806",
        "-9223372036854775809",
        "9223372036854775",
        "-9223372036854775",
        "9223372036854776",
        "01",
        "-0",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x10",
        "",
        "-",
        "x",
        "1\0",
        "18446744073709551615",
        "00000000000000000000000000000001",
        "4294967296",
        "-2147483649",
        "2147483648",
    ];
    prop_oneof![
        6 => (-3_i64..12).prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        2 => select(written.to_vec()).prop_map(str::to_owned),
    ]
    .prop_map(|number| vec![plain(number)])
    .boxed()
}

fn bytes() -> BoxedStrategy<Vec<u8>> {
    // Line ends, lengths and NUL are traps for a parser.
    let byte = prop_oneof![any::<u8>(), select(b"\r\n$*1\0'\" \\".to_vec())];
    prop_oneof![
        6 => vec(byte, 0..24),
        1 => (0_u8..=255, 1_000_usize..20_000).prop_map(|(byte, len)| vec![byte; len]),
    ]
    .boxed()
}

fn value() -> Words {
    prop_oneof![2 => number(), 1 => bytes().prop_map(|bytes| vec![Word::Plain(bytes)])].boxed()
}

/// A time span from now.
fn span() -> Words {
    prop_oneof![
        3 => (1_i64..12).prop_map(|span| vec![plain(span.to_string())]),
        1 => (400_i64..3_100).prop_map(|span| vec![plain(span.to_string())]),
        1 => number(),
    ]
    .boxed()
}

/// A time of the clock.
fn moment_ms() -> Words {
    prop_oneof![5 => (-8_i64..12).prop_map(|ahead| vec![Word::Ms(ahead)]), 1 => number()].boxed()
}

fn moment_s() -> Words {
    prop_oneof![4 => (-1_i64..3).prop_map(|ahead| vec![Word::Second(ahead)]), 1 => number()].boxed()
}

fn set() -> Words {
    let word = prop_oneof![
        5 => one_of(&["NX", "XX", "nx", "xX"]),
        3 => one_of(&["GET", "get"]),
        2 => one_of(&["KEEPTTL", "KeepTtl"]),
        8 => all(vec![one_of(&["PX", "px"]), span()]),
        3 => all(vec![one_of(&["EX", "ex"]), span()]),
        4 => all(vec![one_of(&["PXAT", "pxat"]), moment_ms()]),
        2 => all(vec![one_of(&["EXAT", "exat"]), moment_s()]),
        1 => one_of(&["EX", "FOO", "", "N\0X", "NX ", "NX\0", "xx\0x", "GET\0"]),
    ];
    let options = prop_oneof![3 => many(word.clone().boxed(), 0..2), 1 => many(word.boxed(), 0..5)];
    all(vec![name("SET"), key(), value(), options.boxed()])
}

fn get_ex() -> Words {
    let word = prop_oneof![
        6 => all(vec![one_of(&["PX", "px"]), span()]),
        3 => all(vec![one_of(&["EX", "ex"]), span()]),
        4 => all(vec![one_of(&["PXAT", "pxat"]), moment_ms()]),
        2 => all(vec![one_of(&["EXAT", "exat"]), moment_s()]),
        3 => one_of(&["PERSIST", "persist"]),
        1 => one_of(&["PX", "KEEPTTL", "GET", "NX", "", "PERSIST\0x", "PERSIST "]),
    ];
    let options = prop_oneof![3 => many(word.clone().boxed(), 0..2), 1 => many(word.boxed(), 0..4)];
    all(vec![name("GETEX"), key(), options.boxed()])
}

fn expire() -> Words {
    let conditions =
        many(one_of(&["NX", "XX", "GT", "LT", "gt", "FOO", "", "G\r\nT", "LT\0x"]), 0..3);
    let conditions = prop_oneof![2 => Just(Vec::new()), 1 => conditions].boxed();
    let form = |known, time| all(vec![name(known), key(), time, conditions.clone()]);
    prop_oneof![
        1 => form("EXPIRE", span()),
        3 => form("PEXPIRE", span()),
        1 => form("EXPIREAT", moment_s()),
        3 => form("PEXPIREAT", moment_ms()),
    ]
    .boxed()
}

/// Reading and writing.
fn data() -> Words {
    let on_key = |known| all(vec![name(known), key()]);
    let on_keys = |known| all(vec![name(known), keys()]);
    let pairs = many(all(vec![key(), value()]), 1..4);
    prop_oneof![
        10 => set(),
        8 => on_key("GET"),
        4 => get_ex(),
        4 => on_keys("MGET"),
        3 => all(vec![name("MSET"), pairs]),
        2 => all(vec![name("SETNX"), key(), value()]),
        2 => all(vec![name("PSETEX"), key(), span(), value()]),
        1 => all(vec![name("SETEX"), key(), span(), value()]),
        2 => on_key("GETDEL"),
        2 => on_keys("DEL"),
        1 => on_keys("UNLINK"),
        3 => on_keys("EXISTS"),
        4 => prop_oneof![on_key("INCR"), on_key("DECR")],
        4 => all(vec![prop_oneof![name("INCRBY"), name("DECRBY")].boxed(), key(), number()]),
        2 => all(vec![name("APPEND"), key(), value()]),
        2 => on_key("STRLEN"),
        6 => expire(),
        4 => on_key("TTL"),
        4 => on_key("PTTL"),
        3 => on_key("PERSIST"),
    ]
    .boxed()
}

/// Commands about the connection, or about publish and subscribe.
fn talk() -> Words {
    let channel = || one_of(&["news", "old", "", "c\0"]);
    prop_oneof![
        3 => all(vec![name("PING"), many(value(), 0..3)]),
        1 => all(vec![name("ECHO"), value()]),
        4 => all(vec![name("PUBLISH"), channel(), value()]),
        2 => all(vec![name("SUBSCRIBE"), many(channel(), 1..3)]),
        3 => all(vec![name("UNSUBSCRIBE"), many(channel(), 1..3)]),
        1 => name("RESET"),
        1 => name("UNWATCH"),
        1 => all(vec![name("QUIT"), many(value(), 0..2)]),
        4 => all(vec![name("SELECT"), select_from()]),
        1 => all(vec![name("FLUSHDB"), many(one_of(&["ASYNC", "sync", "FOO", "SYNC\0x"]), 0..2)]),
        1 => all(vec![name("FLUSHALL"), many(one_of(&["ASYNC", "SYNC", ""]), 0..3)]),
        2 => all(vec![name("AUTH"), many(one_of(&["default", "bob", "pw", ""]), 1..4)]),
        2 => all(vec![name("CLIENT"), name("GETNAME")]),
        2 => all(vec![name("CLIENT"), name("SETNAME"), client_name()]),
    ]
    .boxed()
}

fn select_from() -> Words {
    let known = (0_i64..3).prop_map(|db| vec![plain(db.to_string())]);
    prop_oneof![4 => known, 1 => one_of(&["15", "16", "-1"]), 1 => number()].boxed()
}

fn client_name() -> Words {
    prop_oneof![one_of(&["ann", "", "an n", "a\tb", "caf\u{e9}", "~!"]), value()].boxed()
}

/// Commands that are refused: a wrong number of arguments, or an unknown name.
fn wrong() -> Words {
    let known =
        select(&NAMES[..]).prop_map(|known| known.split('|').map(plain).collect::<Vec<_>>());
    let few = prop_oneof![Just(Vec::new()), many(value(), 6..9)].boxed();
    let long = (1_usize..200).prop_map(|len| vec![plain("q".repeat(len))]);
    let odd = prop_oneof![
        one_of(&["NOSUCH", "GETS", "", "G\0ET", "\0GET", "no\r\nsuch", "CLIENT|ID", "GET "]),
        long.boxed(),
    ];
    prop_oneof![
        4 => (known, few).prop_map(|(known, few)| [known, few].concat()),
        4 => all(vec![odd.boxed(), many(value(), 0..4)]),
        1 => all(vec![name("CLIENT"), unknown_subcommand()]),
        1 => all(vec![name("CLIENT"), name("SETNAME")]),
    ]
    // Commands that `alone` sends are not sent in company.
    .prop_filter("a command that is sent alone", |words| !goes_alone(words))
    .boxed()
}

/// Subcommands that do not exist.
fn unknown_subcommand() -> Words {
    one_of(&["NOSUCH", "", "I\0D", "SET NAME", "id|x"])
}

fn goes_alone(words: &[Word]) -> bool {
    let says = |at: usize, texts: &[&str]| match words.get(at) {
        Some(Word::Plain(word)) => {
            texts.iter().any(|text| word.eq_ignore_ascii_case(text.as_bytes()))
        }
        _ => false,
    };
    says(0, &["HELLO", "DBSIZE", "COMMAND"])
        || (says(0, &["UNSUBSCRIBE"]) && words.len() == 1)
        || (says(0, &["CLIENT"]) && says(1, &["ID", "SETINFO"]))
}

/// Commands that are compared separately, or known to differ: see `intended`.
fn alone() -> Words {
    let options = prop_oneof![
        3 => all(vec![one_of(&["AUTH", "auth"]), one_of(&["default", "bob"]), text("pw")]),
        3 => all(vec![one_of(&["SETNAME"]), client_name()]),
        1 => one_of(&["AUTH", "SETNAME", "FOO", "", "F\0", "setname\0"]),
    ];
    let version = prop_oneof![4 => text("2"), 1 => text("3"), 1 => number()].boxed();
    let hello = all(vec![name("HELLO"), version, many(options.boxed(), 0..3)]);
    let if_equal = all(vec![
        prop_oneof![Just(Vec::new()), all(vec![text("PX"), one_of(&["1", "3", "900"])])].boxed(),
        text("IFEQ"),
        value(),
    ]);
    let attribute = one_of(&["LIB-NAME", "lib-ver", "FOO"]);
    prop_oneof![
        6 => prop_oneof![2 => name("HELLO"), 5 => hello],
        6 => name("DBSIZE"),
        6 => all(vec![name("CLIENT"), name("ID")]),
        3 => name("UNSUBSCRIBE"),
        8 => all(vec![text("SET"), key(), value(), if_equal]),
        1 => all(vec![name("CLIENT"), name("SETINFO"), attribute, client_name()]),
        1 => all(vec![name("CLIENT"), name("ID"), value()]),
        1 => all(vec![name("COMMAND"), one_of(&["COUNT", "DOCS", "INFO", "LIST"])]),
        1 => all(vec![name("COMMAND"), unknown_subcommand()]),
        1 => all(vec![name("COMMAND"), name("COUNT"), value()]),
        1 => all(vec![one_of(&["LPUSH", "HGET", "PSUBSCRIBE", "SSUBSCRIBE"]), key(), value()]),
    ]
    .boxed()
}

/// Bytes that look like commands at first.
fn junk() -> BoxedStrategy<Vec<u8>> {
    let known: [&[u8]; 47] = [
        b"*1\r\n",
        b"*2\r\n",
        b"*3\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"*-5\r\n",
        b"*01\r\n",
        b"*x\r\n",
        b"*+1\r\n",
        b"*\r\n",
        b"* 1\r\n",
        b"*1 \r\n",
        b"*1\rx",
        b"*1\n",
        b"*1048576\r\n",
        b"*1048577\r\n",
        b"*9223372036854775808\r\n",
        b"$4\r\nPING\r\n",
        b"$3\r\nGET\r\n",
        b"$1\r\na\r\n",
        b"$1\r\naxy",
        b"$0\r\n\r\n",
        b"$-1\r\n",
        b"$x\r\n",
        b"$01\r\n",
        b"$\r\n",
        b"$1048577\r\n",
        b"$1048576\r\n",
        b":5\r\n",
        b"+OK\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"PING\r\n",
        b"ping\n",
        b" \t PING \t \r\n",
        b"ECHO 'a\\'b'\r\n",
        b"ECHO \"a\\x41\\n\\q\\xzz\"\r\n",
        b"ECHO \"abc\r\n",
        b"ECHO 'a'b\r\n",
        b"ECHO a\"b c\"\r\n",
        b"ECHO a\x0bb\x0c\r\n",
        b"GET \0a\r\n",
        b"POST / HTTP/1.1\r\n",
        b"Host: x\r\n",
        b"QUIT\r\n",
    ];
    let fragment = prop_oneof![
        8 => select(known.to_vec()).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..12),
    ];
    prop_oneof![
        20 => vec(fragment, 1..7).prop_map(|fragments| fragments.concat()),
        // Longer than a line may be, and without an end.
        1 => select(vec![b"x".to_vec(), b"*1".to_vec(), b"*1\r\n$1".to_vec()])
            .prop_map(|head| [head, vec![b'1'; 90_000]].concat()),
    ]
    .boxed()
}

/// Returns whether the words fit well within one line: the length at which the real server rejects
/// a line depends on how the line was read.
fn is_short(words: &[Word]) -> bool {
    const LEN_MAX: usize = 8_000;
    let len = |word: &Word| if let Word::Plain(word) = word { word.len() } else { 0 };
    words.iter().map(len).sum::<usize>() < LEN_MAX
}

fn step() -> BoxedStrategy<Step> {
    let line = || 0..LINES;
    let cuts = || prop_oneof![3 => Just(Vec::new()), 1 => vec(any::<usize>(), 1..4)];
    let words = || prop_oneof![12 => data(), 4 => talk(), 2 => wrong()];
    let asked = || {
        (words(), prop::bool::weighted(0.15))
            .prop_map(|(words, inline)| Asked { inline: inline && is_short(&words), words })
    };
    let whole = |command| Asked { words: command, inline: false };
    prop_oneof![
        16 => (line(), vec(asked(), 1..4), cuts())
            .prop_map(|(line, commands, cuts)| Step::Ask { line, commands, cuts }),
        3 => (line(), alone().prop_map(whole))
            .prop_map(|(line, command)| Step::Alone { line, command }),
        1 => (line(), junk(), cuts()).prop_map(|(line, bytes, cuts)| Step::Junk { line, bytes, cuts }),
        1 => line().prop_map(|line| Step::HangUp { line }),
        5 => prop_oneof![3 => 0_u64..6, 1 => 0_u64..1_500].prop_map(Step::Wait),
    ]
    .boxed()
}

/// A sequence.
pub fn sequence() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..80)
}
