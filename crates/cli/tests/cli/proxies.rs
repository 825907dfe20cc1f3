//! `certify --proxy`, with a small pooler that is this test program itself, run again: one that
//! closes a server's connection when its client leaves, and one that keeps it, with the reply that
//! is still to come.

use crate::support::crosswire;
use crosswire_history::sync::Mutex;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A connection to the server, and the client that it serves now.
#[derive(Clone)]
struct ServerConnection {
    socket: Arc<TcpStream>,
    client: Arc<Mutex<Option<TcpStream>>>,
    is_lost: Arc<AtomicBool>,
}

type Pool = Arc<Mutex<Vec<ServerConnection>>>;

/// The pooler. It is a test so that this program can be told to run it; without the variables,
/// which only the tests below set, it does nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a pooler of threads, in a separate process")]
fn runs_as_a_pooler() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(listen), Some(server)) = (variable("POOLER_LISTEN"), variable("POOLER_SERVER"))
    else {
        return;
    };
    let keeps = variable("POOLER_KEEPS").is_some();
    let listener = TcpListener::bind(format!("127.0.0.1:{listen}")).expect("a free port");
    let pool = Pool::default();
    for client in listener.incoming() {
        let (pool, server) = (Arc::clone(&pool), format!("127.0.0.1:{server}"));
        let client = client.expect("a client");
        thread::spawn(move || serve(&client, &pool, &server, keeps));
    }
}

/// Passes on what a client sends, until it leaves or the server does.
fn serve(client: &TcpStream, pool: &Pool, server: &str, keeps: bool) {
    pool.lock().retain(|idle| !idle.is_lost.load(Ordering::SeqCst));
    let idle = pool.lock().pop();
    let connection = match idle {
        Some(connection) => connection,
        None => match connected(server) {
            Some(connection) => connection,
            None => return,
        },
    };
    *connection.client.lock() = client.try_clone().ok();
    let (mut from, mut chunk) = (client, [0; 4096]);
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        if (&*connection.socket).write_all(&chunk[..count]).is_err() {
            return;
        }
    }
    *connection.client.lock() = None;
    if keeps {
        pool.lock().push(connection);
    } else {
        let _ = connection.socket.shutdown(Shutdown::Both);
    }
}

/// Opens a connection to the server, whose replies go to its client of the moment.
#[expect(clippy::disallowed_methods, reason = "a pooler of threads, in a separate process")]
fn connected(server: &str) -> Option<ServerConnection> {
    let socket = Arc::new(TcpStream::connect(server).ok()?);
    let connection = ServerConnection { socket, client: Arc::default(), is_lost: Arc::default() };
    let ServerConnection { socket, client, is_lost } = connection.clone();
    thread::spawn(move || {
        let (mut from, mut chunk) = (&*socket, [0; 4096]);
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            if let Some(client) = &mut *client.lock() {
                let _ = client.write_all(&chunk[..count]);
            }
        }
        is_lost.store(true, Ordering::SeqCst);
        if let Some(client) = &*client.lock() {
            let _ = client.shutdown(Shutdown::Both);
        }
    });
    Some(connection)
}

/// Writes the description of a pooler.
fn described(folder: &Path, keeps: bool) -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let keeps = if keeps { "\"POOLER_KEEPS=1\", " } else { "" };
    let text = format!(
        "name = \"pooler\"\nversion = \"1\"\nprotocol = \"resp2\"\nconnections = \"exclusive\"\n\
         command = [\"env\", {keeps}\"POOLER_LISTEN={{listen}}\", \"POOLER_SERVER={{server}}\", \
         \"{}\", \"--exact\", \"proxies::runs_as_a_pooler\"]\n",
        program.display()
    );
    let file = folder.join("pooler.toml");
    std::fs::write(&file, text).expect("a file");
    file
}

#[test]
fn a_pooler_that_keeps_a_connection_with_a_reply_to_come_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = described(folder.path(), true).display().to_string();
    let saved = folder.path().join("mix-up.toml").display().to_string();
    let ran = crosswire(&[
        "certify",
        "--proxy",
        &file,
        "--patience",
        "1",
        "--seeds",
        "40",
        "--save",
        &saved,
    ]);
    assert_eq!(ran.status, 1, "{}\n{}", ran.out, ran.err);
    for line in ["# pooler 1 (proxy)", "I3: call 2 is handed \"a#1\" as the value of \"b\""] {
        assert!(ran.out.contains(line), "{line:?} is not in {}", ran.out);
    }
    let again = format!("saved: crosswire certify --proxy {file} --schedule {saved}");
    assert!(ran.err.contains(&again), "{again:?} is not in {}", ran.err);
    // The other one passes the same schedule, and all that were drawn.
    let folder = tempfile::tempdir().expect("a folder");
    let file = described(folder.path(), false).display().to_string();
    let ran = crosswire(&["certify", "--proxy", &file, "--schedule", &saved]);
    assert_eq!(ran.status, 0, "{}\n{}", ran.out, ran.err);
    let options = ["--seeds", "40", "--words", "plain"];
    let ran = crosswire(&[&["certify", "--proxy", &file][..], &options].concat());
    assert!(!ran.out.contains("violated:"), "{}\n{}", ran.out, ran.err);
    assert!([0, 3].contains(&ran.status), "{}\n{}", ran.out, ran.err);
}

#[test]
fn a_proxy_that_does_not_start_is_one_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.toml");
    let text = "name = \"a\"\nversion = \"1\"\nprotocol = \"http1\"\n\
                command = [\"sh\", \"-c\", \"echo {listen} {server} is bad >&2; exit 7\"]\n";
    std::fs::write(&file, text).expect("a file");
    let ran = crosswire(&["certify", "--proxy", &file.display().to_string()]);
    assert_eq!(ran.status, 2, "{}\n{}", ran.out, ran.err);
    let words = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["the proxy ended (exit status: 7)", "it wrote:", "is bad"] {
        assert!(words.contains(part), "{part:?} is not in {}", ran.err);
    }
    let ran = crosswire(&["certify", "--proxy", "no-such-file.toml"]);
    assert_eq!(ran.status, 2);
    insta::assert_snapshot!(ran.err, @"  × no-such-file.toml: there is no such file\n");
}
