//! The client's side of protocols, against the server's.

use crate::talk::Talk;
use bytes::BytesMut;
use crosswire_protocol::{Client, Command, Dialect, Heard, Outcome, What};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The protocols with a client's side.
fn dialects() -> impl Iterator<Item = Dialect> {
    Dialect::ALL.into_iter().filter(|dialect| dialect.connect().is_some())
}

fn command() -> impl Strategy<Value = Command> {
    let key = || prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("c".to_owned())];
    prop_oneof![
        key().prop_map(Command::Get),
        (key(), "[a-z0-9#]{0,12}").prop_map(|(key, value)| Command::Set(key, value)),
        Just(Command::GetMany(vec!["a".to_owned(), "c".to_owned()])),
        key().prop_map(Command::Increment),
    ]
}

/// Returns whether a client of the protocol has a command.
fn has(dialect: Dialect, command: &Command) -> bool {
    let what = match command {
        Command::Get(_) => What::Get,
        Command::GetMany(_) => What::GetMany,
        Command::Set(..) => What::Set,
        Command::Increment(_) => What::Increment,
    };
    dialect.commands().contains(&what)
}

/// Returns what a client must be told, from a map with the items.
fn told(items: &mut BTreeMap<String, String>, command: &Command) -> Option<Outcome> {
    Some(match command {
        Command::Get(key) => Outcome::Value(items.get(key).cloned()),
        Command::GetMany(keys) => {
            Outcome::Values(keys.iter().map(|key| items.get(key).cloned()).collect())
        }
        Command::Set(key, value) => {
            items.insert(key.clone(), value.clone());
            Outcome::Done
        }
        // What an increment of a text says differs between protocols.
        Command::Increment(_) => return None,
    })
}

/// Feeds bytes to a client, in pieces of this size, and returns what it hears.
fn hears(client: &mut dyn Client, bytes: &[u8], piece: usize) -> Vec<Heard> {
    let (mut input, mut heard) = (BytesMut::new(), Vec::new());
    for piece in bytes.chunks(piece) {
        input.extend_from_slice(piece);
        while let Some(one) = client.receive(&mut input).expect("the server's bytes") {
            heard.push(one);
        }
    }
    assert!(input.is_empty(), "{input:?} is left");
    heard
}

proptest! {
    #[test]
    fn both_sides_agree(commands in prop::collection::vec(command(), 1..12), piece in 1usize..40) {
        for dialect in dialects() {
            let mut talk = Talk::new(dialect.open(1));
            let mut client = dialect.connect().expect("a client");
            let mut items = BTreeMap::new();
            if let Some(start) = client.start() {
                let heard = talk.hear(&start).expect("a handshake");
                let replies: Vec<u8> = heard.iter().flat_map(|(_, reply)| reply.to_vec()).collect();
                prop_assert_eq!(hears(&mut *client, &replies, piece), [Heard::Ready]);
            }
            let all = commands.iter().filter(|command| has(dialect, command));
            for command in all {
                let heard = talk.hear(&client.send(command)).expect("a command");
                let replies: Vec<u8> = heard.iter().flat_map(|(_, reply)| reply.to_vec()).collect();
                let got = hears(&mut *client, &replies, piece);
                prop_assert_eq!(got.len(), 1, "{}: {:?}", dialect, command);
                if let Some(expected) = told(&mut items, command) {
                    prop_assert_eq!(&got, &[Heard::Reply(expected)], "{}", dialect);
                } else {
                    // The items of the server's side went on without this one.
                    items = talk.model.items.clone();
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_waited_for(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for dialect in dialects() {
            let mut client = dialect.connect().expect("a client");
            client.start();
            client.send(&Command::Get("a".to_owned()));
            let mut input = BytesMut::from(&bytes[..]);
            for _ in 0..=bytes.len() {
                match client.receive(&mut input) {
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => break,
                }
            }
        }
    }
}

#[test]
fn a_request_to_cancel_names_its_connection() {
    let (mut talk, mut client) =
        (Talk::new(Dialect::Postgres.open(7)), Dialect::Postgres.connect().expect("a client"));
    assert_eq!(client.cancel(), None, "nothing is known yet");
    let start = client.start().expect("a start");
    let heard = talk.hear(&start).expect("a handshake");
    hears(&mut *client, &heard[0].1, 1);
    let request = client.cancel().expect("a request");
    let heard = Talk::new(Dialect::Postgres.open(8)).hear(&request).expect("a request");
    assert_eq!(heard[0].0, crosswire_protocol::Received::Cancel(Some(7)));
}
