//! `crosswire view`, over the loopback address.

use crate::support::{Place, Ran, TINY, begun, crosswire, ran, refused, signal};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::Child;

/// A server and its port.
struct Served {
    child: Child,
    port: u16,
}

impl Served {
    /// Serves a directory on a free port.
    fn of(dir: &str) -> Self {
        let mut child = begun(&["view", dir]);
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut line).expect("a line");
        let port = line.trim_end().strip_prefix("http://127.0.0.1:").expect("an address");
        let port = port.trim_end_matches('/').parse().expect("a port");
        Self { child, port }
    }

    /// Sends a request as it is written here, and returns the whole answer.
    fn ask(&self, method: &str, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("it listens");
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path, &format!("127.0.0.1:{}", self.port))
    }

    /// Ends the server as Ctrl-C does.
    fn end(self) -> Ran {
        signal(self.child.id(), "INT");
        ran(self.child)
    }
}

/// Hunts in a directory of this name.
fn hunt(place: &Place, name: &str) {
    let (file, out) = (place.file("tiny.toml", TINY), place.name(name));
    let hunt = crosswire(&["hunt", &file, "--seeds", "8", "--out", &out]);
    assert!(hunt.status == 0, "{}", hunt.err);
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "expected {status}:\n{answer}");
}

#[test]
fn a_hunt_is_served_with_its_progress() {
    let place = Place::new();
    hunt(&place, "hunt");
    let served = Served::of(&place.name("hunt"));
    for path in ["/", "/index.html", "/?"] {
        let index = served.get(path);
        assert_status(&index, 200);
        assert!(index.contains("<h1>clean: 8 runs"), "{index}");
        let policy = "\nContent-Security-Policy: default-src 'none'; connect-src 'self'; style-src";
        assert!(index.contains(policy) && index.contains("\nContent-Type: text/html;"), "{index}");
    }
    let progress = served.get("/progress.json");
    assert!(progress.contains("{\"runs\":8,\"of\":8,\"runs_per_second\":null,\"findings\":0,"));
    let journal = served.get("/hunt.jsonl");
    assert!(journal.contains("\nContent-Type: text/plain;"), "{journal}");
    assert!(journal.contains("{\"line\":\"hunt\","), "{journal}");
    let head = served.ask("HEAD", "/", &format!("localhost:{}", served.port));
    assert_status(&head, 200);
    assert!(head.ends_with("\r\n\r\n"), "a head has no body: {head}");
    let Ran { status, err, .. } = served.end();
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("; Ctrl-C ends it\n"), "{err}");
}

#[test]
fn only_reading_requests_by_the_name_of_this_machine_are_answered() {
    let place = Place::new();
    hunt(&place, "hunt");
    let served = Served::of(&place.name("hunt"));
    let port = served.port;
    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1:1", "localhost"] {
        let answer = served.ask("GET", "/", host);
        assert_status(&answer, 403);
        assert!(!answer.contains("<html"), "{answer}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = served.ask(method, "/", &format!("localhost:{port}"));
        assert_status(&answer, 405);
        assert!(answer.contains("\nAllow: GET, HEAD\r\n"), "{answer}");
    }
    served.end();
}

#[test]
fn nothing_outside_the_directory_and_no_other_kind_of_file_is_served() {
    let place = Place::new();
    hunt(&place, "hunt");
    place.file("secret.toml", "secret");
    let inside = |name: &str, text: &str| {
        fs::write(place.path("hunt").join(name), text).expect("a file");
    };
    inside("foreign.html", "<script>alert(1)</script>");
    inside("notes.txt", "secret");
    inside("run.toml", "a saved run");
    symlink(place.path("secret.toml"), place.path("hunt/link.toml")).expect("a link");
    symlink(place.path(""), place.path("hunt/up")).expect("a link");
    let served = Served::of(&place.name("hunt"));
    assert_status(&served.get("/run.toml"), 200);
    for path in [
        "/../secret.toml",
        "/%2e%2e/secret.toml",
        "/..%2fsecret.toml",
        "/.%2e/secret.toml",
        "/%2e%2e%2fsecret.toml",
        "/%252e%252e/secret.toml",
        "/x/../../secret.toml",
        "/..\\secret.toml",
        "//etc/passwd",
        "/link.toml",
        "/up/secret.toml",
        "/foreign.html",
        "/notes.txt",
        "/run.toml%00.html",
        "/none.html",
        "/run.toml/",
    ] {
        let answer = served.get(path);
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}:\n{answer}");
        assert!(!answer.contains("secret\n") && !answer.ends_with("secret"), "{path}:\n{answer}");
        assert!(!answer.contains("<script"), "{path}:\n{answer}");
    }
    served.end();
}

#[test]
fn the_hunts_of_a_night_are_served_together() {
    let place = Place::new();
    hunt(&place, "night/clients");
    hunt(&place, "night/services");
    let served = Served::of(&place.name("night"));
    let index = served.get("/");
    assert!(index.contains("<h1>Hunts in night</h1>"), "{index}");
    for name in ["clients", "services"] {
        assert!(index.contains(&format!("<a href=\"./{name}/index.html\">{name}</a>")), "{index}");
        assert_status(&served.get(&format!("/{name}/index.html")), 200);
        assert!(served.get(&format!("/{name}/progress.json")).contains("{\"runs\":8,\"of\":8,"));
    }
    assert!(served.get("/progress.json").contains("{\"runs\":16,\"of\":16,"));
    served.end();
}

#[test]
fn what_cannot_be_viewed_is_refused() {
    let place = Place::new();
    hunt(&place, "crosswire-hunt");
    let file = place.file("mine.txt", "dear diary");
    fs::create_dir(place.path("empty")).expect("a directory");
    let near =
        ["there is no such directory; expected that of a hunt", "did you mean", "crosswire-hunt?"];
    refused(&["view", &place.name("crosswire-hnut")], &near);
    let words = ["this is a file; expected the directory of a hunt", "crosswire-hunt"];
    refused(&["view", &file], &words);
    let words = ["there is no hunt: neither hunt.jsonl is here, nor a directory", "crosswire-hunt"];
    refused(&["view", &place.name("empty")], &words);
    let dir = place.name("crosswire-hunt");
    for port in ["0", "-1", "65536", "x"] {
        refused(&["view", &dir, "--port", port], &["--port <N>"]);
    }
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let words = [&format!("port {port} of 127.0.0.1 is taken by another process")[..], "--port"];
    refused(&["view", &dir, "--port", &port], &words);
}
