//! Crosswire's network, timers and tasks for the crate in the place of tokio.
//!
//! Each [`Dialer`] has addresses that no other has: an address says which gateway dials as well as
//! which cache node is dialled, so it means the same in every task.

use crate::buffered::Buffered;
use crate::resp3::Resp3;
use crate::{PORT, RESP3_PORT};
use crosswire_cache::Dialer;
use madsim::task::NodeId;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;
use tokio::world::{self, Dialing, Stream, Task, Timer, World};

/// Longer than any run.
const NEVER: Duration = Duration::from_secs(86_400);

/// The dialers of a run, in the order in which they came.
#[derive(Default)]
struct Dialers {
    all: Vec<Dialer>,
    /// The latest of each process.
    of_process: BTreeMap<NodeId, usize>,
}

struct Crosswire(Rc<RefCell<Dialers>>);

thread_local! {
    static DIALERS: Rc<RefCell<Dialers>> = {
        let dialers = Rc::default();
        world::enter(Rc::new(Crosswire(Rc::clone(&dialers))));
        // What libraries draw from it, as for the jitter of a back-off, would otherwise depend on
        // the number of the thread.
        fastrand::seed(madsim::rand::random());
        dialers
    };
}

/// Returns an address for each cache node, at which the current process reaches it.
pub fn addresses(dialer: &Dialer) -> Vec<SocketAddr> {
    let number = DIALERS.with(|dialers| {
        let mut dialers = dialers.borrow_mut();
        let number = dialers.all.len();
        dialers.all.push(dialer.clone());
        dialers.of_process.insert(madsim::plugin::node(), number);
        number
    });
    (0..dialer.nodes()).map(|node| address(number, node).into()).collect()
}

fn address(number: usize, node: usize) -> (IpAddr, u16) {
    let number = u16::try_from(number).expect("a run connects its clients some hundreds of times");
    let node = u8::try_from(node).expect("a run has a few cache nodes");
    let [high, low] = number.to_be_bytes();
    (Ipv4Addr::new(10, high, low, node).into(), PORT)
}

impl Crosswire {
    /// Returns the dialer that an address belongs to, and the cache node.
    fn dialer_of(&self, to: SocketAddr) -> Option<(Dialer, usize)> {
        let IpAddr::V4(ip) = to.ip() else { return None };
        let [10, high, low, node] = ip.octets() else { return None };
        let number = usize::from(u16::from_be_bytes([high, low]));
        let dialer = self.0.borrow().all.get(number)?.clone();
        let exists = usize::from(node) < dialer.nodes() && [PORT, RESP3_PORT].contains(&to.port());
        exists.then_some((dialer, node.into()))
    }

    /// Returns the latest dialer of the current process, and its number.
    fn own(&self) -> Option<(Dialer, usize)> {
        let dialers = self.0.borrow();
        let number = *dialers.of_process.get(&madsim::plugin::node())?;
        Some((dialers.all[number].clone(), number))
    }
}

impl World for Crosswire {
    fn spawn(&self, task: Task) {
        drop(madsim::task::spawn(task));
    }

    fn timer(&self, after: Duration) -> Timer {
        if after > NEVER {
            return Box::pin(future::pending());
        }
        let end = Instant::now() + after;
        let (dialer, _) = self.own().expect("a client sleeps in the process that it was made in");
        Box::pin(async move {
            loop {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                // The simulation's timers count whole milliseconds.
                dialer.sleep(Duration::from_millis(left.as_micros().div_ceil(1_000) as u64)).await;
            }
        })
    }

    fn dial(&self, to: SocketAddr) -> Dialing {
        let found = self.dialer_of(to);
        Box::pin(async move {
            let (dialer, node) = found.ok_or(io::ErrorKind::AddrNotAvailable)?;
            let stream = Buffered::new(dialer.dial(node).await?);
            if to.port() == RESP3_PORT {
                return Ok(Box::new(Resp3::new(stream)) as Box<dyn Stream>);
            }
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    /// Knows the cache nodes of the current process as `cache-0`, `cache-1`, and so on.
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("no host {host}"));
        let (dialer, number) = self.own().ok_or_else(unknown)?;
        let node = host.strip_prefix("cache-").and_then(|node| node.parse::<usize>().ok());
        let node = node.filter(|node| *node < dialer.nodes()).ok_or_else(unknown)?;
        Ok(vec![address(number, node).0])
    }
}
