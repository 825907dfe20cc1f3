//! Arbitrary bytes, as the server of each protocol reads them, and as its client does.

use bytes::BytesMut;
use crosswire_protocol::{
    Answer, BadBytes, Client, Command, Dialect, ErrorKind, Heard, Protocol, Received,
};

/// Feeds the bytes to a protocol, whole and cut in two. Both ways give the same messages, and each
/// has its usual answer. The first byte is the protocol, from 128 on as its client; the second is
/// the position of the cut.
pub fn target(data: &[u8]) {
    let [dialect, cut, bytes @ ..] = data else { return };
    if let Some(client) = dialect.checked_sub(128) {
        return as_client(client, usize::from(*cut).min(bytes.len()), bytes);
    }
    let dialect = Dialect::ALL[usize::from(*dialect) % Dialect::ALL.len()];
    let (mut whole, mut parts) = (dialect.open(1), dialect.open(1));
    let expected = read(&mut *whole, &[bytes]);
    let (head, tail) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    let found = read(&mut *parts, &[head, tail]);
    assert_eq!(expected, found, "{dialect}, cut at {cut}");
    for received in &expected.0 {
        answer(&*whole, received);
    }
}

/// Feeds the bytes to a client that waits for some replies, whole and cut in two. Both ways give
/// the same.
fn as_client(dialect: u8, cut: usize, bytes: &[u8]) {
    let dialect = Dialect::ALL[usize::from(dialect) % Dialect::ALL.len()];
    let (Some(mut whole), Some(mut parts)) = (dialect.connect(), dialect.connect()) else { return };
    let expected = heard(&mut *whole, &[bytes]);
    let (head, tail) = bytes.split_at(cut);
    let found = heard(&mut *parts, &[head, tail]);
    assert_eq!(expected, found, "{dialect} as client, cut at {cut}");
}

/// Returns all that a client hears, and the error after it, if there is one.
fn heard(client: &mut dyn Client, pieces: &[&[u8]]) -> (Vec<Heard>, Option<String>) {
    client.start();
    let (a, b) = (|| "a".to_owned(), || "b".to_owned());
    let commands = [Command::Get(a()), Command::GetMany(vec![a(), b()]), Command::Set(a(), b())];
    let commands = commands.into_iter().chain([Command::Increment(a())]);
    commands.for_each(|command| drop(client.send(&command)));
    let (mut input, mut all) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let before = input.len();
            match client.receive(&mut input) {
                Ok(Some(one)) => {
                    assert!(input.len() < before, "an event takes bytes: {one:?}");
                    all.push(one);
                }
                Ok(None) => break,
                Err(error) => return (all, Some(error)),
            }
        }
    }
    (all, None)
}

/// Returns all messages apart from the heads of incomplete ones, the error after them, if there is
/// one, and the bytes left over.
fn read(protocol: &mut dyn Protocol, pieces: &[&[u8]]) -> (Vec<Received>, Option<BadBytes>, usize) {
    let (mut input, mut messages) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let before = input.len();
            match protocol.receive(&mut input) {
                Ok(Some(Received::Begun(_))) => {
                    assert_eq!(protocol.receive(&mut input), Ok(None), "once only");
                    break;
                }
                Ok(Some(message)) => {
                    assert!(input.len() < before, "a message takes bytes: {message:?}");
                    messages.push(message);
                }
                Ok(None) => break,
                Err(bad) => return (messages, Some(bad), 0),
            }
        }
    }
    (messages, None, input.len())
}

/// Writes answers to a message.
fn answer(protocol: &dyn Protocol, received: &Received) {
    let asked = match received {
        Received::Asked(asked) | Received::Silent(asked) => asked,
        Received::Own(own) => &own.asked,
        Received::Begun(_) | Received::Cancel(_) | Received::Bye(_) => return,
    };
    let values = vec![Some("a#1".to_owned()); asked.keys.len()];
    let error = Answer::Error(ErrorKind::Refused, "a#1".to_owned());
    let answers = [asked.usual(), Answer::Values(values), Answer::Nil, Answer::Number(1), error];
    for (nth, answer) in answers.iter().enumerate() {
        let reply = protocol.answer(asked, answer);
        let must = nth == 0 && matches!(received, Received::Asked(_));
        assert!(reply.is_some() || !must, "{asked:?} has its usual answer");
        let Some(reply) = reply else { continue };
        let ends = protocol.boundaries(&reply);
        assert!(ends.iter().all(|end| 0 < *end && *end < reply.len()), "{ends:?} of {reply:?}");
    }
}
