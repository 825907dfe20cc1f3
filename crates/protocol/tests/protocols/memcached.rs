//! memcached.

use crate::talk;
use crate::told::told;
use crosswire_protocol::Dialect;

#[test]
fn classic_commands_and_their_replies() {
    let mut talk = talk(Dialect::Memcached);
    insta::assert_snapshot!(told(&mut talk, b"set a 0 0 3\r\na#1\r\nadd a 0 0 1\r\nx\r\n\
        set b 0 0 1 noreply\r\n7\r\nget a\r\nget c\r\ngets a b\r\nincr b 2\r\nincr c 1\r\ndelete a\r\ntouch a 0\r\n\
        version\r\nget\r\nset a 0 0 2\r\nxyz\r\nquit\r\n"), @r"
    asked Set: set a = a#1
        STORED\r\n
    asked Set: add a = x
        NOT_STORED\r\n
    silent Set: set b
        (nothing)
    asked Get: get a
        VALUE a 0 3\r\na#1\r\nEND\r\n
    asked Get: get c
        END\r\n
    asked GetMany: gets a b
        VALUE a 0 3 1\r\na#1\r\nVALUE b 0 1 1\r\n7\r\nEND\r\n
    asked Increment: incr b = 2
        9\r\n
    asked Increment: incr c = 1
        NOT_FOUND\r\n
    asked Delete: delete a
        DELETED\r\n
    asked Other: touch a
        NOT_FOUND\r\n
    own Housekeeping: version
        VERSION 1.6.18\r\n
    own Housekeeping: get
        ERROR\r\n
    own Housekeeping: set a
        CLIENT_ERROR bad data chunk\r\n
    own Housekeeping: 
        ERROR\r\n
    bye
        (nothing)
    ");
}

#[test]
fn meta_commands_and_their_replies() {
    let mut talk = talk(Dialect::Memcached);
    insta::assert_snapshot!(told(&mut talk, b"ms a 3 O1 k\r\na#1\r\nms b 1 q\r\n7\r\nmg a v k O2\r\nmg YQ== b k v\r\n\
        mg c v\r\nmg c v q\r\nmg a q O3\r\nms a 1 ME q O4\r\nx\r\nma b D2 v\r\nmd a q\r\nmd a\r\nmn\r\n"), @r"
    asked Set: ms a = a#1
        HD O1 ka\r\n
    asked Set: ms b = 7 quiet
        (nothing)
    asked Get: mg a
        VA 3 ka O2\r\na#1\r\n
    asked Get: mg a
        VA 3 kYQ== b\r\na#1\r\n
    asked Get: mg c
        EN\r\n
    asked Get: mg c quiet
        (nothing)
    asked Get: mg a quiet
        HD O3\r\n
    asked Set: ms a = x quiet
        NS O4\r\n
    asked Increment: ma b = 2
        VA 1\r\n9\r\n
    asked Delete: md a quiet
        (nothing)
    asked Delete: md a
        NF\r\n
    own Housekeeping: mn
        MN\r\n
    ");
}

#[test]
fn the_head_of_a_big_set_is_reported_once() {
    let mut talk = talk(Dialect::Memcached);
    insta::assert_snapshot!(told(&mut talk, b"set a 0 0 9\r\nabc"), @r"
    begun Set: set a
        (nothing)
    ");
    assert_eq!(told(&mut talk, b"def"), "");
    insta::assert_snapshot!(told(&mut talk, b"ghi\r\nset a 0 0 2000000\r\n"), @r"
    asked Set: set a = abcdefghi
        STORED\r\n
    own Housekeeping: set
        SERVER_ERROR object too large for cache\r\n
    ");
}

/// A reader that shares no code with the writer finds the seals again.
#[test]
fn another_reader_finds_the_seals() {
    let mut talk = talk(Dialect::Memcached);
    talk.hear(b"set a 0 0 3\r\na#1\r\nset c 0 0 3\r\nc#1\r\n").expect("two sets");
    let heard = talk.hear(b"get a b c\r\n").expect("a get");
    let reply = String::from_utf8(heard[0].1.to_vec()).expect("text");
    let mut lines = reply.split("\r\n");
    let mut found = Vec::new();
    while let Some(["VALUE", key, "0", len]) =
        lines.next().map(|line| line.split(' ').collect::<Vec<_>>()).as_deref()
    {
        let value = lines.next().expect("a value");
        assert_eq!(len.parse(), Ok(value.len()));
        found.push(format!("{key}={value}"));
    }
    assert_eq!(found, ["a=a#1", "c=c#1"]);
    assert_eq!(talk.protocol.boundaries(&heard[0].1), [13, 18, 31, 36]);
}
