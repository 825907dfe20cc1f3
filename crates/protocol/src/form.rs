//! What a protocol must remember of a command to reply to it.

use bytes::Bytes;

/// Details of a command that only its protocol understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(pub(crate) Detail);

/// The details, for each protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    /// None are needed.
    #[default]
    Plain,
    /// The server's own reply to a command of a transaction.
    Fixed(Bytes),
    /// RESP.
    Resp(RespForm),
    /// memcached.
    Memcached(MemcachedForm),
    /// HTTP/1.1.
    Http(HttpForm),
}

/// The details of a command of RESP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RespForm {
    /// True if the connection spoke version 3 when the command arrived.
    pub(crate) version_3: bool,
    /// The number of channels to which the connection was subscribed before.
    pub(crate) channels: usize,
}

/// The details of a command of memcached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MemcachedForm {
    /// True for a meta command.
    pub(crate) is_meta: bool,
    /// The key as the client wrote it, which is Base64 with the flag `b`.
    pub(crate) key: String,
    /// The flags of a meta command.
    pub(crate) flags: Vec<String>,
    /// True if a reply with values also gives their versions (`gets`).
    pub(crate) with_version: bool,
}

/// The details of a request of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HttpForm {
    /// True for HEAD, whose response has no body.
    pub(crate) is_head: bool,
    /// True if the connection ends with the response.
    pub(crate) closes: bool,
    /// True for HTTP/1.0.
    pub(crate) is_old: bool,
}
