//! Keys evicted for lack of room, and keys that expire.

use super::Fixture;
use crate::store::{CommandName, Executed, Session, Store};
use bytes::{BufMut, Bytes, BytesMut};
use proptest::{collection::vec, prelude::*};

#[test]
fn the_least_recently_used_key_is_evicted() {
    let mut fixture = Fixture::new(3);
    fixture.reply("MSET a 1 b 2 c 3");
    fixture.reply("GET a");
    let (done, _) = fixture.execute(&["SET", "d", "4"]);
    assert_eq!(done.evicted, 1);
    assert_eq!(fixture.reply("MGET a b c d"), r"*4\r\n$1\r\n1\r\n$-1\r\n$1\r\n3\r\n$1\r\n4\r\n");
}

#[test]
fn a_look_at_a_key_is_not_a_use() {
    let mut fixture = Fixture::new(2);
    fixture.reply("MSET a 1 b 2");
    fixture.reply("EXISTS a");
    fixture.reply("TTL a");
    fixture.reply("SET c 3");
    assert_eq!(fixture.reply("EXISTS a"), r":0\r\n");
}

#[test]
fn the_limit_is_over_all_databases() {
    let mut fixture = Fixture::new(2);
    fixture.reply("SET a 1");
    fixture.reply("SELECT 1");
    fixture.reply("MSET a 1 b 2");
    assert_eq!(fixture.store.len(), 2);
    fixture.reply("SELECT 0");
    assert_eq!(fixture.reply("DBSIZE"), r":0\r\n");
}

#[test]
fn keys_that_are_never_read_again_do_not_pile_up() {
    let mut fixture = Fixture::new(0);
    let mut most = 0;
    for number in 0..20_000 {
        fixture.execute(&["SET", &format!("key-{number}"), "v", "PX", "100"]);
        fixture.now_ms += 1;
        most = most.max(fixture.store.len());
    }
    assert!((101..160).contains(&most), "{most} keys held, 101 alive");
}

#[test]
fn a_crash_empties_the_store() {
    let mut fixture = Fixture::new(0);
    fixture.reply("MSET a 1 b 2");
    fixture.store.clear();
    assert!(fixture.store.is_empty());
    assert_eq!(fixture.reply("GET a"), r"$-1\r\n");
}

#[test]
fn each_value_sent_goes_through_emit_and_the_stored_value_stays() {
    let (mut store, mut session) = (Store::new(0), Session::new(1));
    let mut run = |line: &'static str| {
        let command: Vec<_> =
            line.split(' ').map(|word| Bytes::from_static(word.as_bytes())).collect();
        let mut out = BytesMut::new();
        let mut seen = 0;
        let done = store.execute_with(0, &mut session, &command, &mut out, &mut |value, out| {
            seen += 1;
            out.put_bytes(b'0' + seen, value.len());
        });
        (done, out.escape_ascii().to_string())
    };
    run("MSET a xx b yyy");
    let (done, reply) = run("MGET a none b");
    assert_eq!(reply, r"*3\r\n$2\r\n11\r\n$-1\r\n$3\r\n222\r\n");
    let expected = Executed {
        name: CommandName::Mget,
        found: 2,
        evicted: 0,
        number: None,
        failed: false,
        close: false,
    };
    assert_eq!(done, expected);
    assert_eq!(run("APPEND a x").1, r":3\r\n");
    assert_eq!(store.execute(0, &mut session, &[], &mut BytesMut::new()).found, 0);
}

proptest! {
    /// Compares the store with a list ordered from the most to the least recently used key.
    #[test]
    fn eviction_follows_the_list(steps in vec((0_u8..3, 0_u8..8), 1..200), max in 1_usize..6) {
        let mut fixture = Fixture::new(max);
        let mut used: Vec<u8> = Vec::new();
        for (what, key) in steps {
            let held = used.contains(&key);
            let name = key.to_string();
            used.retain(|other| *other != key);
            let (line, there_after): (&[&str], bool) = match what {
                0 => (&["GET", &name], held),
                1 => (&["SET", &name, "v"], true),
                _ => (&["DEL", &name], false),
            };
            let (done, _) = fixture.execute(line);
            prop_assert_eq!(done.found, u32::from(held));
            if there_after {
                used.insert(0, key);
            }
            prop_assert_eq!(done.evicted == 1, used.len() > max);
            used.truncate(max);
            prop_assert_eq!(fixture.store.len(), used.len());
        }
    }
}
