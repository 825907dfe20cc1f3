//! Exact replies. All but the last few are redis-server 7.0.15's to the same commands in the same
//! order, on a connection with the number 7.

use super::Fixture;

const FROM_REDIS: &[(&str, &str)] = &[
    ("GET a", r"$-1\r\n"),
    ("SET a 1", r"+OK\r\n"),
    ("GET a", r"$1\r\n1\r\n"),
    ("get a", r"$1\r\n1\r\n"),
    ("SET a 2 NX", r"$-1\r\n"),
    ("SET a 2 XX GET", r"$1\r\n1\r\n"),
    ("SET b 2 XX", r"$-1\r\n"),
    ("SET b 2 XX GET", r"$-1\r\n"),
    ("SET b 2 NX GET", r"$-1\r\n"),
    ("SET a 3 NX GET", r"$1\r\n2\r\n"),
    ("SET a 1 NX XX", r"-ERR syntax error\r\n"),
    ("SET a 1 EX", r"-ERR syntax error\r\n"),
    ("SET a 1 EX 0", r"-ERR invalid expire time in \'set\' command\r\n"),
    ("SET a 1 PX -1", r"-ERR invalid expire time in \'set\' command\r\n"),
    ("SET a 1 EX x", r"-ERR value is not an integer or out of range\r\n"),
    ("SET a 1 EX 9223372036854775", r"-ERR invalid expire time in \'set\' command\r\n"),
    ("SET a 1 EX 9223372036854776", r"-ERR invalid expire time in \'set\' command\r\n"),
    ("SET a 1 PX 9223372036854775807", r"-ERR invalid expire time in \'set\' command\r\n"),
    ("SET a 1 PXAT 9223372036854775807", r"+OK\r\n"),
    ("SET a 1 EX 10 PX 10", r"-ERR syntax error\r\n"),
    ("SET a 1 EX 10 KEEPTTL", r"-ERR syntax error\r\n"),
    ("SET a 1 KEEPTTL EX 10", r"-ERR syntax error\r\n"),
    ("SET a 1 EX 10 EX 20", r"+OK\r\n"),
    ("TTL a", r":20\r\n"),
    ("SET a 2 KEEPTTL", r"+OK\r\n"),
    ("TTL a", r":20\r\n"),
    ("SET a 2", r"+OK\r\n"),
    ("TTL a", r":-1\r\n"),
    ("SET a 1 FOO", r"-ERR syntax error\r\n"),
    ("SET a", r"-ERR wrong number of arguments for \'set\' command\r\n"),
    ("SET a 1 EXAT 1000", r"+OK\r\n"),
    ("GET a", r"$-1\r\n"),
    ("SETNX b 9", r":0\r\n"),
    ("SETNX b 9", r":0\r\n"),
    ("SETEX c 100 v", r"+OK\r\n"),
    ("TTL c", r":100\r\n"),
    ("SETEX c 0 v", r"-ERR invalid expire time in \'setex\' command\r\n"),
    ("PSETEX c x v", r"-ERR value is not an integer or out of range\r\n"),
    ("GETDEL c", r"$1\r\nv\r\n"),
    ("GETDEL c", r"$-1\r\n"),
    ("GETEX c PX x", r"$-1\r\n"),
    ("SETEX c 100 v", r"+OK\r\n"),
    ("GETEX c", r"$1\r\nv\r\n"),
    ("TTL c", r":100\r\n"),
    ("GETEX c PX 5000", r"$1\r\nv\r\n"),
    ("PTTL c", r":5000\r\n"),
    ("GETEX c PX 1 PERSIST", r"-ERR syntax error\r\n"),
    ("GETEX c PERSIST EX 1", r"-ERR syntax error\r\n"),
    ("GETEX c EX", r"-ERR syntax error\r\n"),
    ("GETEX c EX 0", r"-ERR invalid expire time in \'getex\' command\r\n"),
    ("GETEX c PERSIST", r"$1\r\nv\r\n"),
    ("TTL c", r":-1\r\n"),
    ("GETEX c EXAT 1", r"$1\r\nv\r\n"),
    ("GETEX c", r"$-1\r\n"),
    ("MSET a 1 b two", r"+OK\r\n"),
    ("MSET a 1 b", r"-ERR wrong number of arguments for \'mset\' command\r\n"),
    ("MSET a", r"-ERR wrong number of arguments for \'mset\' command\r\n"),
    ("MGET a none b a", r"*4\r\n$1\r\n1\r\n$-1\r\n$3\r\ntwo\r\n$1\r\n1\r\n"),
    ("MGET", r"-ERR wrong number of arguments for \'mget\' command\r\n"),
    ("EXISTS a a none", r":2\r\n"),
    ("DEL a a none", r":1\r\n"),
    ("UNLINK b", r":1\r\n"),
    ("INCR n", r":1\r\n"),
    ("INCRBY n 10", r":11\r\n"),
    ("DECR n", r":10\r\n"),
    ("DECRBY n -5", r":15\r\n"),
    ("DECRBY n -9223372036854775808", r"-ERR decrement would overflow\r\n"),
    ("INCRBY n 9223372036854775807", r"-ERR increment or decrement would overflow\r\n"),
    ("INCRBY n 1.5", r"-ERR value is not an integer or out of range\r\n"),
    ("SET t x", r"+OK\r\n"),
    ("INCR t", r"-ERR value is not an integer or out of range\r\n"),
    ("SET t 01", r"+OK\r\n"),
    ("INCR t", r"-ERR value is not an integer or out of range\r\n"),
    ("SET t 9223372036854775807", r"+OK\r\n"),
    ("INCR t", r"-ERR increment or decrement would overflow\r\n"),
    ("APPEND t abc", r":22\r\n"),
    ("APPEND u abc", r":3\r\n"),
    ("STRLEN u", r":3\r\n"),
    ("STRLEN none", r":0\r\n"),
    ("EXPIRE none 10", r":0\r\n"),
    ("EXPIRE u 100 XX", r":0\r\n"),
    ("EXPIRE u 100 GT", r":0\r\n"),
    ("EXPIRE u 100 LT", r":1\r\n"),
    ("EXPIRE u 200 NX", r":0\r\n"),
    ("EXPIRE u 200 LT", r":0\r\n"),
    ("EXPIRE u 200 GT", r":1\r\n"),
    ("TTL u", r":200\r\n"),
    ("PERSIST u", r":1\r\n"),
    ("PERSIST u", r":0\r\n"),
    ("TTL u", r":-1\r\n"),
    ("PTTL u", r":-1\r\n"),
    ("TTL none", r":-2\r\n"),
    (
        "EXPIRE u 1 NX XX",
        r"-ERR NX and XX, GT or LT options at the same time are not compatible\r\n",
    ),
    ("EXPIRE u 1 GT LT", r"-ERR GT and LT options at the same time are not compatible\r\n"),
    ("EXPIRE u 1 FOO", r"-ERR Unsupported option FOO\r\n"),
    ("EXPIRE u x", r"-ERR value is not an integer or out of range\r\n"),
    ("EXPIRE u 9223372036854775807", r"-ERR invalid expire time in \'expire\' command\r\n"),
    ("PEXPIRE u 9223372036854775807", r"-ERR invalid expire time in \'pexpire\' command\r\n"),
    ("EXPIREAT u -9223372036854775808", r"-ERR invalid expire time in \'expireat\' command\r\n"),
    ("EXPIREAT u 1000", r":1\r\n"),
    ("EXISTS u", r":0\r\n"),
    ("SET u 1", r"+OK\r\n"),
    ("EXPIRE u 0", r":1\r\n"),
    ("PEXPIREAT u 1", r":0\r\n"),
    ("PING", r"+PONG\r\n"),
    ("PING hi", r"$2\r\nhi\r\n"),
    ("PING a b", r"-ERR wrong number of arguments for \'ping\' command\r\n"),
    ("ECHO hi", r"$2\r\nhi\r\n"),
    ("ECHO", r"-ERR wrong number of arguments for \'echo\' command\r\n"),
    ("SELECT 1", r"+OK\r\n"),
    ("DBSIZE", r":0\r\n"),
    ("SELECT 16", r"-ERR DB index is out of range\r\n"),
    ("SELECT -1", r"-ERR DB index is out of range\r\n"),
    ("SELECT x", r"-ERR value is not an integer or out of range\r\n"),
    (
        "SELECT 3000000000",
        r"-ERR value is out of range, value must between -2147483648 and 2147483647\r\n",
    ),
    ("SET other 1", r"+OK\r\n"),
    ("FLUSHDB", r"+OK\r\n"),
    ("DBSIZE", r":0\r\n"),
    ("SELECT 0", r"+OK\r\n"),
    ("FLUSHALL FOO", r"-ERR syntax error\r\n"),
    ("FLUSHALL ASYNC SYNC", r"-ERR syntax error\r\n"),
    ("DBSIZE", r":2\r\n"),
    ("FLUSHALL ASYNC", r"+OK\r\n"),
    ("DBSIZE", r":0\r\n"),
    ("DBSIZE x", r"-ERR wrong number of arguments for \'dbsize\' command\r\n"),
    ("CLIENT", r"-ERR wrong number of arguments for \'client\' command\r\n"),
    ("CLIENT NOSUCH", r"-ERR unknown subcommand \'NOSUCH\'. Try CLIENT HELP.\r\n"),
    ("CLIENT SETNAME", r"-ERR wrong number of arguments for \'client|setname\' command\r\n"),
    ("CLIENT GETNAME", r"$-1\r\n"),
    ("CLIENT SETNAME bob", r"+OK\r\n"),
    ("CLIENT GETNAME", r"$3\r\nbob\r\n"),
    (
        "CLIENT SETNAME bo\tb",
        r"-ERR Client names cannot contain spaces, newlines or special characters.\r\n",
    ),
    ("CLIENT SETNAME ''", r"+OK\r\n"),
    ("CLIENT GETNAME", r"$-1\r\n"),
    ("CLIENT ID", r":7\r\n"),
    ("CLIENT|ID", r"-ERR unknown command \'CLIENT|ID\', with args beginning with: \r\n"),
    ("HELLO x", r"-ERR Protocol version is not an integer or out of range\r\n"),
    ("HELLO 1", r"-NOPROTO unsupported protocol version\r\n"),
    ("HELLO 2 FOO", r"-ERR Syntax error in HELLO option \'FOO\'\r\n"),
    ("HELLO 2 AUTH default", r"-ERR Syntax error in HELLO option \'AUTH\'\r\n"),
    ("HELLO 2 AUTH bob pw", r"-WRONGPASS invalid username-password pair or user is disabled.\r\n"),
    (
        "HELLO 2 AUTH default pw SETNAME ann",
        r"*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n",
    ),
    ("CLIENT GETNAME", r"$3\r\nann\r\n"),
    (
        "HELLO",
        r"*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n",
    ),
    ("RESET", r"+RESET\r\n"),
    ("CLIENT GETNAME", r"$-1\r\n"),
    (
        "AUTH pw",
        r"-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n",
    ),
    ("AUTH default pw", r"+OK\r\n"),
    ("AUTH bob pw", r"-WRONGPASS invalid username-password pair or user is disabled.\r\n"),
    ("AUTH a b c", r"-ERR syntax error\r\n"),
    ("NOSUCH", r"-ERR unknown command \'NOSUCH\', with args beginning with: \r\n"),
    ("NOSUCH a b", r"-ERR unknown command \'NOSUCH\', with args beginning with: \'a\' \'b\' \r\n"),
    ("COMMAND NOSUCH", r"-ERR unknown subcommand \'NOSUCH\'. Try COMMAND HELP.\r\n"),
    ("COMMAND COUNT x", r"-ERR wrong number of arguments for \'command|count\' command\r\n"),
    ("QUIT now", r"+OK\r\n"),
];

/// In C a NUL ends a string, so bytes after a NUL in an option are ignored; in a name or a number
/// they are not.
const BEHIND_A_NUL: &[(&str, &str)] = &[
    ("SET z 1 NX\0x", r"+OK\r\n"),
    ("SET z 2 NX\0", r"$-1\r\n"),
    ("SET z 2 N\0X", r"-ERR syntax error\r\n"),
    ("SET z 2 xx\0y GET\0", r"$1\r\n1\r\n"),
    ("EXPIRE z 100 LT\0x", r":1\r\n"),
    ("EXPIRE z 100\0", r"-ERR value is not an integer or out of range\r\n"),
    (
        "HELLO 2 setname\0 \t",
        r"-ERR Client names cannot contain spaces, newlines or special characters.\r\n",
    ),
    ("G\0ET z", r"-ERR unknown command \'G\', with args beginning with: \'z\' \r\n"),
    ("FLUSHALL SYNC\0x", r"+OK\r\n"),
    ("GET z", r"$-1\r\n"),
];

/// Commands that Redis refuses while it loads its data, and commands with the flag `loading` in its
/// command table, which it runs all the same.
const WHILE_LOADING: &[(&str, &str)] = &[
    ("GET a", r"-LOADING Redis is loading the dataset in memory\r\n"),
    ("SET a 1", r"-LOADING Redis is loading the dataset in memory\r\n"),
    ("PING", r"-LOADING Redis is loading the dataset in memory\r\n"),
    ("GET", r"-ERR wrong number of arguments for \'get\' command\r\n"),
    ("SELECT 1", r"+OK\r\n"),
    ("CLIENT ID", r":7\r\n"),
    ("RESET", r"+RESET\r\n"),
];

/// Intended differences, or features of later versions; see the top of `store`.
const OUR_OWN: &[(&str, &str)] = &[
    ("HELLO 3", r"-NOPROTO unsupported protocol version\r\n"),
    ("CLIENT SETINFO LIB-NAME redis-rs", r"+OK\r\n"),
    ("CLIENT SETINFO lib-ver 1.8.1", r"+OK\r\n"),
    ("CLIENT SETINFO FOO 1", r"-ERR Unrecognized option \'FOO\'\r\n"),
    (
        "CLIENT SETINFO lib-name a\tb",
        r"-ERR lib-name cannot contain spaces, newlines or special characters.\r\n",
    ),
    (
        "CLIENT SETINFO lib-name",
        r"-ERR wrong number of arguments for \'client|setinfo\' command\r\n",
    ),
    // As documented from 8.4 on.
    ("SET e 1 IFEQ 1", r"$-1\r\n"),
    ("GET e", r"$-1\r\n"),
    ("SET e 1", r"+OK\r\n"),
    ("SET e 2 IFEQ 7", r"$-1\r\n"),
    ("SET e 2 PX 5000 IFEQ 1", r"+OK\r\n"),
    ("SET e 3 IFEQ 1 GET", r"$1\r\n2\r\n"),
    ("GET e", r"$1\r\n2\r\n"),
    ("SET e 3 IFEQ", r"-ERR syntax error\r\n"),
    ("SET e 3 NX IFEQ 2", r"-ERR syntax error\r\n"),
    ("SET e 3 IFEQ 2 XX", r"-ERR syntax error\r\n"),
    ("DEL e", r":1\r\n"),
    ("COMMAND", r"*0\r\n"),
    ("COMMAND DOCS", r"*0\r\n"),
    ("COMMAND INFO get set", r"*0\r\n"),
    ("COMMAND COUNT", r":41\r\n"),
];

#[test]
fn replies_are_those_of_redis() {
    let mut fixture = Fixture::new(0);
    for (line, expected) in FROM_REDIS.iter().chain(OUR_OWN) {
        let reply = fixture.reply(line);
        assert_eq!(reply, *expected, "to {line:?}");
    }
}

#[test]
fn a_nul_ends_an_option() {
    let mut fixture = Fixture::new(0);
    for (line, expected) in BEHIND_A_NUL {
        assert_eq!(fixture.reply(line), *expected, "to {line:?}");
    }
}

#[test]
fn commands_that_need_the_data_are_refused_until_it_is_loaded() {
    let mut fixture = Fixture::new(0);
    fixture.store.load_until(fixture.now_ms + 100);
    for (line, expected) in WHILE_LOADING {
        assert_eq!(fixture.reply(line), *expected, "to {line:?}");
    }
    fixture.now_ms += 100;
    assert_eq!(fixture.reply("GET a"), r"$-1\r\n");
}

#[test]
fn one_command_is_refused_and_its_neighbours_are_not() {
    let mut fixture = Fixture::new(0);
    fixture.store.refuse_next();
    assert_eq!(fixture.reply("SET a 1"), r"-LOADING Redis is loading the dataset in memory\r\n");
    assert_eq!(fixture.reply("GET a"), r"$-1\r\n");
}

#[test]
fn a_key_is_there_in_the_millisecond_in_which_it_expires_and_gone_in_the_next() {
    let mut fixture = Fixture::new(0);
    fixture.reply("SET a 1 PX 100");
    fixture.now_ms += 100;
    assert_eq!(fixture.reply("PTTL a"), r":0\r\n");
    assert_eq!(fixture.reply("GET a"), r"$1\r\n1\r\n");
    fixture.now_ms += 1;
    assert_eq!(fixture.reply("GET a"), r"$-1\r\n");
    assert_eq!(fixture.reply("PTTL a"), r":-2\r\n");
}

#[test]
fn values_are_compared_under_their_seals() {
    use crate::seal::{Sealer, Written};
    use crosswire_history::{CallId, KeyId};
    let mut fixture = Fixture::new(0);
    let sealed = |by, value: &[u8]| {
        let written = Written { key: KeyId(1), by: CallId(by), as_of: u64::from(by) };
        Sealer::new(9).seal(written, value)
    };
    let mut set = |words: &[&[u8]]| fixture.execute(words).1;
    assert_eq!(set(&[b"SET", b"a", &sealed(1, b"v")]), r"+OK\r\n");
    // The seals differ in their bytes, as two seals of one value may.
    let [other, same] = [sealed(2, b"u"), sealed(2, b"v")];
    assert_eq!(set(&[b"SET", b"a", b"w", b"IFEQ", &other]), r"$-1\r\n");
    assert_eq!(set(&[b"SET", b"a", b"w", b"IFEQ", &same]), r"+OK\r\n");
    assert_eq!(set(&[b"SET", b"a", b"x", b"IFEQ", b"w"]), r"+OK\r\n");
}

#[test]
fn ttl_rounds_to_the_nearest_second() {
    let mut fixture = Fixture::new(0);
    for (left_ms, expected) in [("1499", r":1\r\n"), ("1500", r":2\r\n"), ("499", r":0\r\n")] {
        fixture.execute(&["SET", "a", "1", "PX", left_ms]);
        assert_eq!(fixture.reply("TTL a"), expected, "{left_ms} ms");
    }
}

#[test]
fn an_unknown_command_repeats_at_most_128_bytes_of_its_arguments() {
    let mut fixture = Fixture::new(0);
    let long = "q".repeat(200);
    let (done, reply) = fixture.execute(&["NOSUCH", "a", &long, "b"]);
    let shown = "q".repeat(128 - 4);
    let expected = format!(
        r"-ERR unknown command \'NOSUCH\', with args beginning with: \'a\' \'{shown}\' \r\n"
    );
    assert_eq!(reply, expected);
    assert!(done.failed);
}
