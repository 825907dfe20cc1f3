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
    /// PostgreSQL.
    Postgres(PostgresForm),
    /// MySQL.
    MySql(MySqlForm),
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

/// The details of a batch of statements of PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PostgresForm {
    /// The parts of the reply, in their order.
    pub(crate) steps: Vec<Step>,
    /// The state of the transaction in `ReadyForQuery`; none if the reply has no such end.
    pub(crate) ready: Option<u8>,
}

/// A part of the reply to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Frames that do not depend on the answer.
    Frames(Bytes),
    /// The result of the next statement that a schedule controls.
    Result {
        /// Its columns; none if it returns no rows.
        columns: Vec<&'static str>,
        /// True if the columns are described before the rows.
        is_described: bool,
        /// The most rows to return; 0 means no limit.
        most: usize,
    },
}

/// The details of a command of MySQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MySqlForm {
    /// The parts of the reply, in their order.
    pub(crate) steps: Vec<MySqlStep>,
}

/// A part of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MySqlStep {
    /// Packets that do not depend on the answer.
    Packets(Vec<Bytes>),
    /// The result of the next statement that a schedule controls.
    Result {
        /// Its columns; none if it returns no rows.
        columns: Vec<&'static str>,
        /// The form of the result.
        style: Style,
    },
}

/// The form of results of MySQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// True if the client wants no packets after columns (`CLIENT_DEPRECATE_EOF`).
    pub(crate) without_ends: bool,
    /// True for the results of a prepared statement.
    pub(crate) is_binary: bool,
    /// The status of the session.
    pub(crate) status: u16,
    /// True if another result follows.
    pub(crate) has_more: bool,
}
