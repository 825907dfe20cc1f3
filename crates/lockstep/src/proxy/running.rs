//! The process of a proxy: it starts before each schedule, and the kernel says whether it is idle.

use super::description::Description;
use rustix::process::{Pid, Signal, kill_process_group};
use socket2::{Domain, Socket, Type};
use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// The file in the folder with everything that the proxy writes.
const LOG: &str = "crosswire-log";

/// The ports for proxies.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Number of its last lines that an error quotes.
const LAST_LINES: usize = 3;

/// Time between two looks at the proxy's threads.
const GLANCE: Duration = Duration::from_micros(100);

/// Number of looks after which a proxy that never comes to rest is taken for idle: two seconds.
const MOST_LOOKS: u32 = 20_000;

/// Number of times that a proxy is looked at until it listens: ten seconds.
const MOST_STARTS: u32 = 10_000;

/// A proxy that runs.
pub(super) struct Running {
    leader: Child,
    pub(super) port: u16,
    folder: tempfile::TempDir,
}

impl Running {
    /// Starts a proxy between its clients and the server on this port, and waits until it listens.
    pub(super) fn start(of: &Description, server: u16) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        // A proxy that gives up its rights still reads its files.
        let everyone = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(folder.path(), everyone).map_err(|error| error.to_string())?;
        let (port, free) = free_ports().map_err(|error| format!("no free port: {error}"))?;
        let filled = |text: &str| {
            text.replace("{listen}", &port.to_string())
                .replace("{server}", &server.to_string())
                .replace("{free}", &free.to_string())
                .replace("{folder}", &folder.path().display().to_string())
        };
        for (name, text) in &of.files {
            fs::write(folder.path().join(name), filled(text)).map_err(|error| error.to_string())?;
        }
        let words: Vec<String> = of.command.iter().map(|word| filled(word)).collect();
        let mut command = Command::new(&words[0]);
        let log = File::create(folder.path().join(LOG)).map_err(|error| error.to_string())?;
        let same = log.try_clone().map_err(|error| error.to_string())?;
        command.args(&words[1..]).stdin(Stdio::null()).stdout(log).stderr(same).process_group(0);
        let started = command.spawn();
        let leader =
            started.map_err(|error| format!("`{}` cannot be started: {error}", words[0]))?;
        let mut running = Self { leader, port, folder };
        running.wait_until_it_listens()?;
        Ok(running)
    }

    #[expect(clippy::disallowed_methods, reason = "a process starts in real time")]
    fn wait_until_it_listens(&mut self) -> Result<(), String> {
        for _ in 0..MOST_STARTS {
            if let Ok(Some(status)) = self.leader.try_wait() {
                return Err(format!(
                    "the proxy ended ({status}) before it listened{}",
                    self.words()
                ));
            }
            if listens(self.port).map_err(|error| format!("no port can be bound: {error}"))? {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(format!("the proxy does not listen on port {} after 10 s{}", self.port, self.words()))
    }

    /// Returns the last lines that the proxy wrote, to follow an error.
    fn words(&self) -> String {
        let text = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
        if last.is_empty() { String::new() } else { format!("; it wrote: {}", last.join("; ")) }
    }

    /// Waits until every thread of the proxy sleeps, and has not run between two looks: what
    /// reaches a sleeping thread makes it runnable at once.
    pub(super) fn settle(&self) {
        let mut before = None;
        self.look_until(|states| {
            let asleep = states.iter().all(|(state, _)| matches!(state, 'S' | 'T' | 'I'));
            let now = asleep.then(|| states.to_vec());
            let same = now.is_some() && now == before;
            before = now;
            same
        });
    }

    /// Lets it hold still, and waits until it does: a thread that is woken now would still see a
    /// part of what comes.
    pub(super) fn stop(&self) {
        self.signal(Signal::STOP);
        self.look_until(|states| states.iter().all(|(state, _)| *state == 'T'));
    }

    /// Lets it continue.
    pub(super) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    #[expect(clippy::disallowed_methods, reason = "the kernel has no event for a sleeping process")]
    fn look_until(&self, mut holds: impl FnMut(&[(char, String)]) -> bool) {
        for _ in 0..MOST_LOOKS {
            if holds(&self.threads()) {
                return;
            }
            thread::sleep(GLANCE);
        }
    }

    /// Returns the state of each thread, and how often it has run.
    fn threads(&self) -> Vec<(char, String)> {
        let mut all = Vec::new();
        for process in self.processes() {
            let threads = fs::read_dir(format!("/proc/{process}/task")).ok();
            for thread in threads.into_iter().flatten().flatten() {
                let path = thread.path();
                let stat = fs::read_to_string(path.join("stat")).ok();
                let state = stat.as_deref().and_then(|stat| stat.rsplit_once(") "));
                match state.and_then(|(_, rest)| rest.chars().next()) {
                    // A thread that has ended meanwhile, or a process that is not reaped yet.
                    None | Some('Z' | 'X') => {}
                    Some(state) => {
                        let runs = fs::read_to_string(path.join("schedstat")).unwrap_or_default();
                        all.push((state, runs));
                    }
                }
            }
        }
        all
    }

    /// Returns the proxy's process and those that it has started.
    fn processes(&self) -> Vec<u32> {
        let mut found = vec![self.leader.id()];
        let mut next = 0;
        while let Some(process) = found.get(next).copied() {
            next += 1;
            let path = format!("/proc/{process}/task/{process}/children");
            let children = fs::read_to_string(path).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
        found
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.leader.id()).ok().and_then(Pid::from_raw);
        // A group that has ended holds still, too.
        let _ = kill_process_group(id.expect("a process has an id"), signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.leader.wait();
    }
}

/// Returns two ports of the loopback that were free a moment ago. They are not of those that the
/// system gives to connections, which would take one before the proxy does, and processes begin to
/// search at different places.
fn free_ports() -> io::Result<(u16, u16)> {
    static SEARCHED: AtomicU32 = AtomicU32::new(0);
    let mut found = Vec::new();
    for _ in 0..PORTS.len() {
        let nth = SEARCHED.fetch_add(1, Ordering::Relaxed);
        let place = process::id().wrapping_mul(97).wrapping_add(nth) % PORTS.len() as u32;
        let port = PORTS.start + place as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            found.push(port);
        }
        if let [one, other] = found[..] {
            return Ok((one, other));
        }
    }
    Err(io::Error::from(io::ErrorKind::AddrInUse))
}

/// Returns whether a process listens on a port, without a connection to it, which a proxy would
/// take for a client: an address with a listener cannot be bound. Without one, the attempt does not
/// disturb the proxy, because an address may be bound again until a socket listens on it.
fn listens(port: u16) -> io::Result<bool> {
    let probe = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    probe.set_reuse_address(true)?;
    match probe.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()) {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(true),
        Err(error) => Err(error),
    }
}
