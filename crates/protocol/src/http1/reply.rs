//! Responses of HTTP/1.1.

use crate::answer::{Answer, ErrorKind, Extra};
use crate::form::{Detail, HttpForm};
use crate::message::{Asked, What};
use bytes::Bytes;
use std::fmt::Write;

/// Returns the response to a request; none if the request has no such response.
pub(super) fn answer(asked: &Asked, answer: &Answer) -> Option<Bytes> {
    let form = form(asked);
    let response = match (asked.what, answer) {
        (_, Answer::Error(kind, text)) => error(asked, kind, text)?,
        (What::Get, Answer::Values(found)) => match found.first()? {
            Some(value) => Response::of(200, value),
            None => Response::of(404, "not found\n"),
        },
        (What::Get, Answer::Empty) => Response::of(200, ""),
        (What::Get, Answer::Number(number)) => Response::of(200, &number.to_string()),
        (What::Get, Answer::OtherType)
        | (What::Set, Answer::Done)
        | (What::Delete, Answer::Done | Answer::Number(1..)) => Response::of(204, ""),
        (What::Get, Answer::Nil) => Response::of(404, "not found\n"),
        (What::Set, Answer::NotDone) => Response::of(412, "the condition does not hold\n"),
        (What::Set | What::Delete, Answer::OtherType) => Response::of(200, "other\n"),
        (What::Delete, Answer::Nil | Answer::NotDone | Answer::Number(_)) => {
            Response::of(404, "not found\n")
        }
        _ => return None,
    };
    Some(response.bytes(form))
}

fn form(asked: &Asked) -> HttpForm {
    match &asked.form.0 {
        Detail::Http(form) => *form,
        _ => HttpForm::default(),
    }
}

/// Returns a response without a choice.
pub(super) fn fixed(asked: &Asked, status: u16) -> Bytes {
    Response::of(status, "").bytes(form(asked))
}

/// Returns the response to what is no request, after which the server closes the connection.
pub(super) fn bad_request() -> Bytes {
    Response::of(400, "bad request\n").bytes(HttpForm { closes: true, ..HttpForm::default() })
}

fn error(asked: &Asked, kind: &ErrorKind, text: &str) -> Option<Response> {
    let status = match kind {
        ErrorKind::Refused => 500,
        ErrorKind::ReadOnly => 403,
        ErrorKind::Loading => 503,
        ErrorKind::Busy => 429,
        ErrorKind::WrongType => 409,
        ErrorKind::NoAuth => 401,
        ErrorKind::Cancelled => return None,
        ErrorKind::Moved { address, .. } | ErrorKind::Ask { address, .. } => {
            let key = asked.keys.first()?;
            let is_for_good = matches!(kind, ErrorKind::Moved { .. });
            let location = Some(format!("http://{address}/{key}"));
            return Some(Response {
                location,
                ..Response::of(if is_for_good { 308 } else { 307 }, text)
            });
        }
    };
    Some(Response::of(status, text))
}

/// Returns a response that no request has asked for.
pub(super) fn extra(extra: &Extra) -> Option<Bytes> {
    let stays = HttpForm::default();
    match extra {
        Extra::Value(_, value) => Some(Response::of(200, value).bytes(stays)),
        Extra::Done => Some(Response::of(204, "").bytes(stays)),
        Extra::Error(kind, text) => {
            let asked = Asked::new(What::Get, "GET").on(vec![String::new()]);
            Some(error(&asked, kind, text)?.bytes(stays))
        }
        Extra::TimedOut => Some(Response::of(408, "").bytes(HttpForm { closes: true, ..stays })),
        _ => None,
    }
}

/// A response.
struct Response {
    status: u16,
    body: String,
    location: Option<String>,
}

impl Response {
    fn of(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), location: None }
    }

    fn bytes(&self, form: HttpForm) -> Bytes {
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        if self.status != 204 {
            let _ =
                write!(out, "Content-Type: text/plain\r\nContent-Length: {}\r\n", self.body.len());
        }
        if let Some(location) = &self.location {
            let _ = write!(out, "Location: {location}\r\n");
        }
        match (form.closes, form.is_old) {
            (true, _) => out.push_str("Connection: close\r\n"),
            (false, true) => out.push_str("Connection: keep-alive\r\n"),
            (false, false) => {}
        }
        out.push_str("\r\n");
        if !form.is_head && self.status != 204 {
            out.push_str(&self.body);
        }
        out.into()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
