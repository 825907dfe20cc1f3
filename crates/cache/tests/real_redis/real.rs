//! The real server: started on a socket in a temporary folder, with a clock that the test moves,
//! and stopped when the test ends.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The release that the simulated cache must match.
const RELEASE: &str = "v=7.0.";

/// The time after which a silent server counts as dead.
const PATIENCE: Duration = Duration::from_secs(20);

/// The number of bytes that the server's loop reads from a connection at a time
/// (`PROTO_IOBUF_LEN`).
const READ_AT_A_TIME: usize = 16 * 1024;

/// A redis-server.
pub struct Server {
    process: Child,
    clock: File,
    control: Line,
    folder: TempDir,
}

impl Server {
    /// Starts a server with the simulated cache's limit on the size of a value, and without
    /// background work.
    ///
    /// # Panics
    /// With what is missing, if it does not start.
    pub fn start(settings: &[&str]) -> Self {
        check_release();
        let folder = tempfile::tempdir().expect("create a folder for the server");
        let (library, clock) = (folder.path().join("clock.so"), folder.path().join("clock"));
        compile_clock(&library);
        std::fs::write(&clock, 0_i64.to_ne_bytes()).expect("create the clock");
        // The kernel kills the server when the thread that started it ends.
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "redis-server", "--port", "0", "--save", ""])
            .args(["--unixsocket", "socket", "--enable-debug-command", "yes"])
            .args(["--proto-max-bulk-len", "1mb"])
            .args(settings)
            .current_dir(folder.path())
            .env("LD_PRELOAD", &library)
            .env("PARITY_CLOCK", &clock)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("setpriv, of util-linux, is installed");
        await_readiness(&mut process);
        let clock = File::options().write(true).open(clock).expect("open the clock");
        let control = Line::dial(folder.path());
        let mut server = Self { process, clock, control, folder };
        // Expired keys are removed when they are visited, as in the simulated cache.
        assert_eq!(server.ask(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]), "+OK\r\n");
        server
    }

    /// Sets the server's clock.
    pub fn set_clock(&self, now_ms: u64) {
        let now_us = (now_ms * 1_000) as i64;
        self.clock.write_all_at(&now_us.to_ne_bytes(), 0).expect("set the clock");
    }

    /// Opens a connection.
    pub fn dial(&self) -> Line {
        Line::dial(self.folder.path())
    }

    /// Asks on a separate connection that the sequences under test do not use.
    pub fn ask(&mut self, words: &[impl AsRef<[u8]>]) -> String {
        self.control.write(&crate::step::array(words));
        self.control.read_reply()
    }

    /// Waits until the server has processed everything it was sent: `sent` bytes since the last
    /// call. Requests that are ready together are served in one turn of the server's loop and
    /// answered at its end, so once the second of two pings is answered, that turn is over.
    pub fn settle(&mut self, sent: usize) {
        for _ in 0..2 + sent / READ_AT_A_TIME {
            assert_eq!(self.ask(&["PING"]), "+PONG\r\n");
        }
    }

    /// Deletes all data.
    pub fn flush(&mut self) {
        assert_eq!(self.ask(&["FLUSHALL"]), "+OK\r\n");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited already; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn check_release() {
    let output = Command::new("redis-server").arg("--version").output();
    let output = output.expect("redis-server is installed: ci/parity does that");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.contains(RELEASE), "this test is about redis-server {RELEASE}*, not: {output}");
}

fn compile_clock(library: &Path) {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_redis/clock.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(library).arg(source);
    assert!(cc.status().expect("a C compiler, cc, is installed").success(), "{source} compiles");
}

/// Reads the server's log up to the line that reports readiness, and no further.
fn await_readiness(process: &mut Child) {
    let log = BufReader::new(process.stdout.take().expect("its log is a pipe"));
    let mut log_text = String::new();
    for line in log.lines().map_while(Result::ok) {
        if line.contains("ready to accept connections") {
            return;
        }
        log_text += &line;
        log_text.push('\n');
    }
    panic!("redis-server did not start:\n{log_text}");
}

/// A connection to the server.
pub struct Line {
    stream: UnixStream,
    hung_up: bool,
}

impl Line {
    fn dial(folder: &Path) -> Self {
        let stream =
            UnixStream::connect(folder.join("socket")).expect("the server accepts connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("set a time-out");
        stream.set_write_timeout(Some(PATIENCE)).expect("set a time-out");
        Self { stream, hung_up: false }
    }

    /// Sends bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.set_nonblocking(false).expect("make the socket blocking");
        match self.stream.write_all(bytes) {
            Ok(()) => {}
            Err(error) if is_hang_up(error.kind()) => self.hung_up = true,
            Err(error) => panic!("the server cannot be written to: {error}"),
        }
    }

    /// Returns the bytes received, and whether the server has hung up.
    pub fn take(&mut self) -> (Vec<u8>, bool) {
        self.stream.set_nonblocking(true).expect("make the socket non-blocking");
        let mut come = Vec::new();
        match self.stream.read_to_end(&mut come) {
            Ok(_) => self.hung_up = true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if is_hang_up(error.kind()) => self.hung_up = true,
            Err(error) => panic!("the server cannot be read: {error}"),
        }
        (come, self.hung_up)
    }

    /// Reads one reply to a command from the test itself.
    fn read_reply(&mut self) -> String {
        let mut reply = Vec::new();
        while !crate::step::is_whole(&reply) {
            let mut some = [0; 4_096];
            let count = self.stream.read(&mut some).expect("the server answers");
            assert_ne!(count, 0, "the server hung up");
            reply.extend_from_slice(&some[..count]);
        }
        String::from_utf8_lossy(&reply).into_owned()
    }
}

fn is_hang_up(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}
