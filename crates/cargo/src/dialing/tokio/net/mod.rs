//! Connections through the world's dialler.

mod absent;
mod address;
pub mod tcp;
pub mod unix;

pub use absent::{TcpListener, UdpSocket, UnixListener};
pub use address::{ToSocketAddrs, lookup_host};
pub use tcp::TcpStream;
pub use unix::UnixStream;
