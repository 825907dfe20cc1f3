//! HTTP/1.1 next to nginx, which serves and stores files.

use crate::Connection;
use crate::server::{Server, folder, program};
use crate::subject::{Request, Subject};
use crosswire_protocol::Dialect;
use proptest::collection::vec;
use proptest::prelude::*;
use std::process::Command;

/// nginx.
pub struct Http1;

const KEYS: [&str; 3] = ["a", "b", "c"];

/// A response: its status, whether the connection ends, and its body.
struct Response {
    status: u16,
    closes: bool,
    body: Vec<u8>,
    end: usize,
    has_body: bool,
}

/// Reads a response. Without `has_body`, one that states a length but has no bytes is taken for the
/// response to HEAD.
fn response(bytes: &[u8], has_body: Option<bool>) -> Option<Response> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = response.parse(bytes) else { return None };
    let find = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).into_owned())
    };
    let len = find("content-length").map_or(0, |len| len.parse().expect("a length"));
    let closes = find("connection").is_some_and(|word| word.eq_ignore_ascii_case("close"));
    let has_body = has_body.unwrap_or(bytes.len() >= head + len);
    let end = if has_body { head + len } else { head };
    let body = bytes.get(head..end)?.to_vec();
    Some(Response { status: response.code?, closes, body, end, has_body })
}

fn request() -> impl Strategy<Value = String> {
    let key = || prop::sample::select(KEYS.to_vec());
    let value = || prop_oneof!["[a-z]{1,4}#[0-9]{1,2}", Just(String::new())];
    prop_oneof![
        4 => key().prop_map(|key| format!("GET /{key} HTTP/1.1\r\nHost: h\r\n\r\n")),
        1 => key().prop_map(|key| format!("HEAD /{key} HTTP/1.1\r\nhost:h\r\n\r\n")),
        3 => (key(), value()).prop_map(|(key, value)| {
            let len = value.len();
            format!("PUT /{key} HTTP/1.1\r\nHost: h\r\nContent-Length: {len}\r\n\r\n{value}")
        }),
        1 => (key(), vec("[a-z]{1,9}", 0..3)).prop_map(|(key, chunks)| {
            let chunks = chunks.iter().map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len()));
            let chunks: String = chunks.collect();
            format!("PUT /{key} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
        }),
        1 => (key(), value()).prop_map(|(key, value)| {
            let len = value.len() + 1;
            let head = "Host: h\r\nExpect: 100-continue";
            format!("PUT /{key} HTTP/1.1\r\n{head}\r\nContent-Length: {len}\r\n\r\n{value}.")
        }),
        2 => key().prop_map(|key| format!("DELETE /{key} HTTP/1.1\r\nHost: h\r\n\r\n")),
        1 => key().prop_map(|key| format!("GET /{key} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")),
        1 => (key(), key()).prop_map(|(one, two)| {
            format!("GET /{one} HTTP/1.1\r\nHost: h\r\n\r\nGET /{two} HTTP/1.1\r\nHost: h\r\n\r\n")
        }),
        1 => key().prop_map(|key| format!("GET /{key}?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")),
        1 => Just("PATCH /a HTTP/1.1\r\nHost: h\r\n\r\n".to_owned()),
    ]
}

/// Requests after which the server closes the connection.
fn last() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /a HTTP/1.0\r\n\r\n",
        "GET /a HTTP/1.1\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    ])
    .prop_map(str::to_owned)
}

impl Subject for Http1 {
    fn name(&self) -> String {
        "HTTP/1.1 and nginx".to_owned()
    }

    fn start(&self) -> Option<Server> {
        let nginx = program("nginx")?;
        let folder = folder();
        let root = folder.path().display().to_string();
        let files = folder.path().join("files");
        std::fs::create_dir(&files).expect("create a folder");
        let settings = format!(
            "daemon off; master_process off; pid {root}/pid; error_log {root}/errors;
             events {{ worker_connections 64; }}
             http {{
                 access_log off; client_body_temp_path {root}/bodies; default_type text/plain;
                 proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u;
                 scgi_temp_path {root}/s; keepalive_requests 100000;
                 server {{ listen unix:{root}/socket; root {root}/files; dav_methods PUT DELETE; }}
             }}"
        );
        std::fs::write(folder.path().join("settings"), settings).expect("write the settings");
        let mut command = Command::new(nginx);
        command.args(["-p", &root, "-c", &format!("{root}/settings")]);
        Some(Server::start(folder, "socket", &mut command))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Http1
    }

    fn sequence(&self) -> BoxedStrategy<Vec<Request>> {
        (vec(request(), 1..15), last())
            .prop_map(|(mut requests, last)| {
                requests.push(last);
                requests.into_iter().map(String::into_bytes).collect()
            })
            .boxed()
    }

    fn words(&self) -> &'static [&'static str] {
        &["GET", "HEAD", "PUT", "DELETE", "PATCH"]
    }

    fn prepare(&self, line: &mut Connection) {
        for key in KEYS {
            line.send(format!("DELETE /{key} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
            line.receive(|real| Some(response(real, Some(true))?.end)).expect("DELETE");
        }
    }

    fn whole(&self, mut ours: &[u8], real: &[u8]) -> Option<usize> {
        let mut at = 0;
        while !ours.is_empty() {
            let expected = response(ours, None).expect("our own response");
            at += response(&real[at..], Some(expected.has_body))?.end;
            ours = &ours[expected.end..];
        }
        Some(at)
    }

    /// Pages about errors differ, and whether a PUT created the item is not shown.
    fn canonical(&self, mut replies: &[u8]) -> String {
        let mut lines = Vec::new();
        while let Some(found) = response(replies, None) {
            let status = if found.status == 201 { 204 } else { found.status };
            let body = if found.status >= 400 {
                String::new()
            } else {
                found.body.escape_ascii().to_string()
            };
            let closes = if found.closes { " close" } else { "" };
            lines.push(format!("{status}{closes} {body}"));
            replies = &replies[found.end..];
        }
        assert!(replies.is_empty(), "{}", replies.escape_ascii());
        lines.join(", ")
    }
}
