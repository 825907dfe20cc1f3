//! The NATS server of the test.

use crate::child;
use crate::clock;
use crate::error::Error;
use crate::files;
use crosswire_process::Child;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A server with its store in a directory. It is killed when it is dropped.
pub struct Server {
    process: Child,
    place: PathBuf,
    port: u16,
}

/// The file to which the server writes its ports.
#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
}

impl Server {
    /// Starts a server on a free port.
    pub fn start(place: &Path) -> Result<Self, Error> {
        files::write(place.join("server.log"), "")?;
        let process = spawn(place, None)?;
        let mut server = Self { process, place: place.to_owned(), port: 0 };
        for _ in 0..super::TRIES {
            if let Some(port) = server.find_port()? {
                server.port = port;
                return Ok(server);
            }
            clock::sleep(Duration::from_millis(100));
        }
        let log = files::read(place.join("server.log"))?;
        Err(Error::hunt(format!("{log}waited in vain for the server")))
    }

    /// Kills the server and starts it with its store, on its port.
    pub fn restart(&mut self) -> Result<(), String> {
        self.process.kill();
        self.process = spawn(&self.place, Some(self.port))?;
        Ok(())
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address, as `--queue` takes it.
    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Returns the port once the server has written it.
    fn find_port(&self) -> Result<Option<u16>, String> {
        for name in files::names(&self.place, ".ports")? {
            if let Some(port) = port(&files::read(self.place.join(name))?) {
                return Ok(Some(port));
            }
        }
        Ok(None)
    }
}

/// Starts a server on a port or on a free one, which it writes to a file in `place`.
fn spawn(place: &Path, port: Option<u16>) -> Result<Child, String> {
    let port = match port {
        Some(port) => port.to_string(),
        None => "-1".to_owned(),
    };
    let log = place.join("server.log");
    let log = std::fs::OpenOptions::new()
        .append(true)
        .open(&log)
        .map_err(|error| format!("{}: {error}", log.display()))?;
    let mut command = Command::new("nats-server");
    command.args(["--jetstream", "--addr", "127.0.0.1", "--port", &port]);
    command.arg("--store_dir").arg(place.join("store")).arg("--ports_file_dir").arg(place);
    command.stdout(Stdio::null()).stderr(log);
    child::start(&mut command)
}

/// Returns the version of the server.
pub fn version() -> Result<String, String> {
    let version = child::stdout(Command::new("nats-server").arg("--version"), &[0])?;
    Ok(version.trim().to_owned())
}

/// Returns the port from the server's file, unless the server is still writing it.
fn port(text: &str) -> Option<u16> {
    let ports: Ports = serde_json::from_str(text).ok()?;
    ports.nats.first()?.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_a_whole_file() {
        assert_eq!(port(r#"{"nats":["nats://127.0.0.1:4711"]}"#), Some(4711));
        assert_eq!(port(r#"{"nats":["nats://127"#), None);
    }
}
