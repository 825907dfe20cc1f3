//! HTTP/1.1.

use crate::talk;
use crate::told::told;
use crosswire_protocol::{Answer, Dialect, ErrorKind, Extra, Received};

#[test]
fn requests_and_their_responses() {
    let mut talk = talk(Dialect::Http1);
    insta::assert_snapshot!(told(&mut talk, b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na#1\
        GET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n\
        PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nb#\r\n1;x\r\n2\r\n0\r\n\r\n\
        PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx\
        DELETE /a HTTP/1.1\r\nHost: h\r\n\r\nPATCH /a HTTP/1.1\r\nHost: h\r\n\r\n\
        GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n\
        GET /ignored HTTP/1.1\r\nHost: h\r\n\r\n"), @r"
    asked Set: PUT a = a#1
        HTTP/1.1 204 No Content\r\n\r\n
    asked Get: GET a
        HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    asked Get: HEAD a
        HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n
    asked Get: GET b
        HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nnot found\n
    asked Set: PUT b = b#2
        HTTP/1.1 204 No Content\r\n\r\n
    own Handshake: PUT b
        HTTP/1.1 100 Continue\r\n\r\n
    asked Set: PUT b = x
        HTTP/1.1 204 No Content\r\n\r\n
    asked Delete: DELETE a
        HTTP/1.1 204 No Content\r\n\r\n
    own Housekeeping: PATCH a
        HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n
    asked Get: GET b
        HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx
    asked Get: GET b
        HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx
    ");
}

#[test]
fn the_head_of_a_put_is_reported_once() {
    let mut talk = talk(Dialect::Http1);
    insta::assert_snapshot!(told(&mut talk, b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab"), @r"
    begun Set: PUT a
        (nothing)
    ");
    assert_eq!(told(&mut talk, b"c"), "");
    insta::assert_snapshot!(told(&mut talk, b"d"), @r"
    asked Set: PUT a = abcd
        HTTP/1.1 204 No Content\r\n\r\n
    ");
}

#[test]
fn what_is_no_request_is_refused() {
    let refused = |bytes: &[u8]| told(&mut talk(Dialect::Http1), bytes);
    let texts = [
        refused(b"GET /a HTTP/1.1\r\n\r\n"),
        refused(b"\0\0"),
        refused(b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        refused(b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx"),
        refused(b"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
    ];
    insta::assert_snapshot!(texts.join("\n"), @r"
    error: a request has 0 hosts, expected 1
    error: the head of a request is malformed: invalid token
    error: more than one length of a body
    error: a body of `+1` bytes, expected at most 1048576
    error: a chunk of `x` bytes
    ");
}

#[test]
fn errors_have_the_nearest_status() {
    let mut talk = talk(Dialect::Http1);
    let heard = talk.hear(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n").expect("a request");
    let Received::Asked(asked) = &heard[0].0 else { panic!("{heard:?}") };
    let address = || "127.0.0.1:7001".to_owned();
    let kinds = [
        ErrorKind::Refused,
        ErrorKind::ReadOnly,
        ErrorKind::Loading,
        ErrorKind::Busy,
        ErrorKind::WrongType,
        ErrorKind::NoAuth,
        ErrorKind::Moved { slot: 7, address: address() },
        ErrorKind::Ask { slot: 7, address: address() },
    ];
    let mut lines = kinds
        .map(|kind| {
            let answer = Answer::Error(kind, "a#1".to_owned());
            talk.protocol.answer(asked, &answer).expect("an error").escape_ascii().to_string()
        })
        .to_vec();
    let extra = talk.protocol.extra(&Extra::TimedOut).expect("HTTP has it");
    lines.push(extra.escape_ascii().to_string());
    insta::assert_snapshot!(lines.join("\n"), @r"
    HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na#1
    HTTP/1.1 308 Permanent Redirect\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nLocation: http://127.0.0.1:7001/a\r\n\r\na#1
    HTTP/1.1 307 Temporary Redirect\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nLocation: http://127.0.0.1:7001/a\r\n\r\na#1
    HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n
    ");
}

/// `httparse` reads the seals again.
#[test]
fn another_parser_reads_the_seals() {
    let mut talk = talk(Dialect::Http1);
    talk.model.items.insert("a".to_owned(), "a#1".to_owned());
    let heard = talk.hear(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n").expect("a request");
    let reply = &heard[0].1;
    let mut headers = [httparse::EMPTY_HEADER; 8];
    let mut response = httparse::Response::new(&mut headers);
    let end = response.parse(reply).expect("a response").unwrap();
    let length = response.headers.iter().find(|header| header.name == "Content-Length");
    assert_eq!((response.code, length.map(|header| header.value)), (Some(200), Some(&b"3"[..])));
    assert_eq!(&reply[end..], b"a#1");
    assert!(talk.protocol.boundaries(reply).contains(&end));
}
