//! HTTP/1.1 with keep-alive: items are resources, `GET /a`, `PUT /a`, `DELETE /a`.
//!
//! `httparse` reads the head of a request. Where its body ends, which is where the next request
//! begins, is worked out here.

mod body;
mod reply;

use crate::answer::{Answer, Extra};
use crate::form::{Detail, Form, HttpForm};
use crate::message::{Asked, BadBytes, OwnKind, Received, What};
use crate::{Protocol, lines};
use body::Length;
use bytes::{Buf, Bytes, BytesMut};

/// The most header lines of a request.
const MAX_HEADERS: usize = 100;
/// The longest head.
const MAX_HEAD_LEN: usize = 64 * 1024;

/// One connection.
#[derive(Default)]
pub(crate) struct Http1 {
    /// The request whose body has not arrived yet.
    head: Option<Head>,
    /// True once that request has been reported.
    is_begun: bool,
    /// True after a request with `Connection: close`: what follows is not read.
    is_over: bool,
}

/// The head of a request.
struct Head {
    asked: Asked,
    closes: bool,
    body: Length,
    /// True if the client waits for `100 Continue` before it sends the body.
    expects: bool,
}

impl Http1 {
    /// Takes the body of a request, if it is complete. A client that waits for permission to send
    /// the body gets that first.
    fn body(&mut self, mut head: Head, input: &mut BytesMut) -> Result<Option<Received>, BadBytes> {
        if std::mem::take(&mut head.expects) && head.body != Length::Bytes(0) {
            let asked = Asked { what: What::Other, ..head.asked.clone() };
            self.head = Some(head);
            let reply = &b"HTTP/1.1 100 Continue\r\n\r\n"[..];
            return Ok(Some(asked.own(OwnKind::Handshake, reply)));
        }
        let Some((value, end)) = body::read(head.body, input).map_err(bad_request)? else {
            let is_news = !std::mem::replace(&mut self.is_begun, true);
            let is_set = head.asked.what == What::Set;
            let begun = (is_news && is_set).then(|| Received::Begun(head.asked.clone()));
            self.head = Some(head);
            return Ok(begun);
        };
        input.advance(end);
        self.is_begun = false;
        self.is_over = head.closes;
        let mut asked = head.asked;
        match asked.what {
            What::Other => {
                let reply = reply::fixed(&asked, 405);
                Ok(Some(asked.own(OwnKind::Housekeeping, reply)))
            }
            What::Set => {
                asked.value = Some(String::from_utf8_lossy(&value).into_owned());
                Ok(Some(Received::Asked(asked)))
            }
            _ => Ok(Some(Received::Asked(asked))),
        }
    }
}

impl Protocol for Http1 {
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, BadBytes> {
        if self.is_over {
            input.clear();
            return Ok(None);
        }
        if let Some(head) = self.head.take() {
            return self.body(head, input);
        }
        let Some((head, len)) = head(input).map_err(bad_request)? else { return Ok(None) };
        input.advance(len);
        self.body(head, input)
    }

    fn answer(&self, asked: &Asked, answer: &Answer) -> Option<Bytes> {
        reply::answer(asked, answer)
    }

    fn extra(&self, extra: &Extra) -> Option<Bytes> {
        reply::extra(extra)
    }

    fn boundaries(&self, reply: &[u8]) -> Vec<usize> {
        lines::ends(reply, |_| None)
    }
}

fn bad_request(reason: String) -> BadBytes {
    BadBytes { reason, reply: reply::bad_request() }
}

/// Reads the head of a request, with its length.
fn head(input: &[u8]) -> Result<Option<(Head, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let len = match request.parse(input) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) if input.len() > MAX_HEAD_LEN => {
            return Err(format!("the head of a request has more than {MAX_HEAD_LEN} bytes"));
        }
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("the head of a request is malformed: {error}")),
    };
    let method = request.method.unwrap_or_default();
    let path = request.path.unwrap_or_default();
    let is_old = request.version == Some(0);
    let all = |name: &str| {
        let found = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).trim().to_owned()).collect()
    };
    let hosts: Vec<String> = all("host");
    if hosts.len() > 1 || (hosts.is_empty() && !is_old) {
        return Err(format!("a request has {} hosts, expected 1", hosts.len()));
    }
    let words: Vec<String> = all("connection");
    let says = |word: &str| words.iter().any(|words| has(words, word));
    let closes = if is_old { !says("keep-alive") } else { says("close") };
    let body = Length::of(&all("transfer-encoding"), &all("content-length"))?;
    let expects: Vec<String> = all("expect");
    let expects = !is_old && expects.iter().any(|word| word.eq_ignore_ascii_case("100-continue"));
    let what = match method {
        "GET" | "HEAD" => What::Get,
        "PUT" => What::Set,
        "DELETE" => What::Delete,
        _ => What::Other,
    };
    let path = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let key = path.to_owned();
    let form = HttpForm { is_head: method == "HEAD", closes, is_old };
    let form = Form(Detail::Http(form));
    let asked = Asked { form, ..Asked::new(what, method).on(vec![key]) };
    Ok(Some((Head { asked, closes, body, expects }, len)))
}

/// Returns whether a list of words contains a word, in any case.
fn has(words: &str, word: &str) -> bool {
    words.split(',').any(|found| found.trim().eq_ignore_ascii_case(word))
}
