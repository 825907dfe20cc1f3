//! A server process on a socket in a temporary folder, which ends with the test.

use crosswire_process::Child;
use std::env;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The time after which a silent server counts as dead.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a starting server is asked whether it accepts connections.
const PAUSE: Duration = Duration::from_millis(20);

/// A server.
pub struct Server {
    // Dropped first: it uses the folder.
    _process: Child,
    socket: PathBuf,
    _folder: TempDir,
}

impl Server {
    /// Starts a process that listens on `socket`, a path within a folder for it alone, and waits
    /// until it accepts connections.
    ///
    /// # Panics
    /// With the server's log, if it does not.
    pub fn start(folder: TempDir, socket: &str, command: &mut Command) -> Self {
        let log = folder.path().join("log");
        let file = std::fs::File::create(&log).expect("create a log");
        let errors = file.try_clone().expect("a second handle");
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(file).stderr(errors);
        let mut process = Child::start(command).expect("start the server");
        let socket = folder.path().join(socket);
        let tries = PATIENCE.as_millis() / PAUSE.as_millis();
        for _ in 0..tries {
            if UnixStream::connect(&socket).is_ok() {
                return Self { _process: process, socket, _folder: folder };
            }
            assert!(process.ended().is_none(), "the server ended:\n{}", read(&log));
            pause();
        }
        panic!("the server does not start:\n{}", read(&log));
    }

    /// Opens a connection.
    pub fn dial(&self) -> Line {
        let stream = UnixStream::connect(&self.socket).expect("the server accepts connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("set a time-out");
        stream.set_write_timeout(Some(PATIENCE)).expect("set a time-out");
        Line { stream, got: Vec::new() }
    }
}

/// Waits a little for another process.
#[expect(clippy::disallowed_methods, reason = "another process starts, which has no event")]
pub fn pause() {
    std::thread::sleep(PAUSE);
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// A connection to a server.
pub struct Line {
    stream: UnixStream,
    got: Vec<u8>,
}

impl Line {
    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// Reads until `whole` finds the end of the replies, and takes them.
    ///
    /// # Errors
    /// With the bytes so far, if the server hangs up or is silent for too long.
    pub fn receive(&mut self, whole: impl Fn(&[u8]) -> Option<usize>) -> Result<Vec<u8>, String> {
        loop {
            if let Some(end) = whole(&self.got) {
                let rest = self.got.split_off(end);
                return Ok(std::mem::replace(&mut self.got, rest));
            }
            let mut some = [0; 16 * 1024];
            match self.stream.read(&mut some) {
                Ok(count) if count > 0 => self.got.extend_from_slice(&some[..count]),
                end => {
                    return Err(format!("{} ({end:?})", self.got.escape_ascii()));
                }
            }
        }
    }
}

/// Finds a program in `$PATH`, or where Debian puts servers.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Creates a folder that every user can enter, because some servers refuse to run as root.
pub fn folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("create a folder for the server");
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).expect("open the folder");
    folder
}
