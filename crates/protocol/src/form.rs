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
}

/// The details of a command of RESP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RespForm {
    /// True if the connection spoke version 3 when the command arrived.
    pub(crate) version_3: bool,
    /// The number of channels to which the connection was subscribed before.
    pub(crate) channels: usize,
}
