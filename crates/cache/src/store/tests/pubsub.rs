//! Publish and subscribe: the shapes of RESP2, the texts of Redis 7.0, and the recipients.

use super::{Fixture, Session, Store};
use bytes::{Bytes, BytesMut};

#[test]
fn a_connection_with_subscriptions_can_do_little_else() {
    let only = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this \
                context";
    let refused = |name: &str| format!(r"-ERR Can\'t execute \'{name}\': {only}\r\n");
    let (get, set_name) = (refused("get"), refused("client|setname"));
    let (command, docs) = (refused("command"), refused("command|docs"));
    let table = [
        ("PUBLISH a x", r":0\r\n"),
        ("UNSUBSCRIBE", r"*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n"),
        ("UNSUBSCRIBE a", r"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n"),
        ("PING", r"+PONG\r\n"),
        (
            "SUBSCRIBE a bb",
            r"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$2\r\nbb\r\n:2\r\n",
        ),
        ("SUBSCRIBE a", r"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:2\r\n"),
        ("PING", r"*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
        ("PING x", r"*2\r\n$4\r\npong\r\n$1\r\nx\r\n"),
        ("PING x y", r"-ERR wrong number of arguments for \'ping\' command\r\n"),
        ("GET a", &get),
        ("CLIENT SETNAME x", &set_name),
        ("COMMAND", &command),
        ("COMMAND DOCS get", &docs),
        ("GET", r"-ERR wrong number of arguments for \'get\' command\r\n"),
        ("SUBSCRIBE", r"-ERR wrong number of arguments for \'subscribe\' command\r\n"),
        (
            "UNSUBSCRIBE",
            r"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$2\r\nbb\r\n:0\r\n",
        ),
        ("GET a", r"$-1\r\n"),
        ("SUBSCRIBE a", r"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"),
        ("RESET", r"+RESET\r\n"),
        ("PUBLISH a x", r":0\r\n"),
        ("PUBLISH a", r"-ERR wrong number of arguments for \'publish\' command\r\n"),
    ];
    let mut fixture = Fixture::new(0);
    for (line, expected) in table {
        assert_eq!(fixture.reply(line), expected, "to {line:?}");
    }
}

/// Returns the reply to a connection's command, and the messages that the command causes.
fn execute(store: &mut Store, session: &mut Session, line: &str) -> (String, Vec<(u64, String)>) {
    let command: Vec<_> =
        line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
    let mut out = BytesMut::new();
    store.execute(1_000, session, &command, &mut out);
    let messages = store.take_messages().into_iter();
    let messages = messages.map(|(to, message)| (to, message.escape_ascii().to_string()));
    (out.escape_ascii().to_string(), messages.collect())
}

#[test]
fn a_message_goes_to_all_subscribers_and_to_no_other_connection() {
    let mut store = Store::new(0);
    let [mut one, mut two, mut other] = [1, 2, 3].map(Session::new);
    execute(&mut store, &mut one, "SUBSCRIBE news");
    execute(&mut store, &mut two, "SUBSCRIBE old news");
    let message = r"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n".to_owned();
    let published = execute(&mut store, &mut other, "PUBLISH news hi");
    assert_eq!(published, (r":2\r\n".to_owned(), vec![(1, message.clone()), (2, message.clone())]));
    store.hang_up(&mut one);
    let published = execute(&mut store, &mut other, "PUBLISH news hi");
    assert_eq!(published, (r":1\r\n".to_owned(), vec![(2, message)]));
    execute(&mut store, &mut two, "UNSUBSCRIBE news");
    assert_eq!(execute(&mut store, &mut other, "PUBLISH news hi").1, []);
}

/// The bytes are those of Redis 7.0.15, to the same commands.
#[test]
fn a_connection_that_tracks_is_told_of_each_changed_key() {
    let mut store = Store::new(0);
    let (mut one, mut two) = (Session::new(1), Session::new(2));
    let told = |keys: &str| {
        let message = r"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
        vec![(1, format!("{message}{keys}"))]
    };
    execute(&mut store, &mut one, "CLIENT TRACKING ON REDIRECT 1 BCAST");
    assert_eq!(execute(&mut store, &mut two, "SET k v").1, [], "it has not subscribed");
    execute(&mut store, &mut one, "SUBSCRIBE __redis__:invalidate");
    let table = [
        ("SET k v PX 50", told(r"*1\r\n$1\r\nk\r\n")),
        ("GET k", vec![]),
        ("MSET a 1 b 2", told(r"*2\r\n$1\r\na\r\n$1\r\nb\r\n")),
        ("DEL a", told(r"*1\r\n$1\r\na\r\n")),
        ("DEL a", vec![]),
        ("APPEND b x", told(r"*1\r\n$1\r\nb\r\n")),
        ("EXPIRE b 9", told(r"*1\r\n$1\r\nb\r\n")),
        ("PERSIST b", told(r"*1\r\n$1\r\nb\r\n")),
        ("FLUSHALL", told(r"$-1\r\n")),
        ("SET k v PX 50", told(r"*1\r\n$1\r\nk\r\n")),
    ];
    for (line, expected) in table {
        assert_eq!(execute(&mut store, &mut two, line).1, expected, "at {line:?}");
    }
    store.announce_expired(1_051);
    let expired: Vec<_> = store.take_messages().into_iter().map(|(to, _)| to).collect();
    assert_eq!(expired, [1]);
    store.hang_up(&mut one);
    assert_eq!(execute(&mut store, &mut two, "SET k v").1, []);
}

#[test]
fn what_cannot_be_tracked_is_refused_as_redis_does() {
    let overlap = "Prefixes for a single client must not overlap.";
    let table = [
        ("CLIENT TRACKING MAYBE", r"-ERR syntax error\r\n"),
        ("CLIENT TRACKING ON FOO", r"-ERR syntax error\r\n"),
        (
            "CLIENT TRACKING ON REDIRECT 99999",
            r"-ERR The client ID you want redirect to does not exist\r\n",
        ),
        ("CLIENT TRACKING ON REDIRECT x", r"-ERR value is not an integer or out of range\r\n"),
        (
            "CLIENT TRACKING ON PREFIX a",
            r"-ERR PREFIX option requires BCAST mode to be enabled\r\n",
        ),
        (
            "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
            &format!(
                r"-ERR Prefix \'a\' overlaps with another provided prefix \'ab\'. {overlap}\r\n"
            ),
        ),
        ("CLIENT TRACKING ON BCAST PREFIX k", r"+OK\r\n"),
        (
            "CLIENT TRACKING ON BCAST PREFIX kk",
            &format!(r"-ERR Prefix \'kk\' overlaps with an existing prefix \'k\'. {overlap}\r\n"),
        ),
        ("CLIENT TRACKING OFF", r"+OK\r\n"),
    ];
    let mut fixture = Fixture::new(0);
    for (line, expected) in table {
        assert_eq!(fixture.reply(line), expected, "to {line:?}");
    }
}
