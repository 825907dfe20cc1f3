//! The fields of an entry whose kind is known, because an invariant or a search chose it by its
//! kind.

use crosswire_history::{
    CacheOp, CallId, CallOutcome, CommandId, ConnId, Entry, EventId, Exposure as How, Fact, KeyId,
    Origin, Principal, RequestId, Returned, UserId,
};

macro_rules! known {
    ($($(#[doc = $doc:literal])+ $kind:ident { $($field:ident: $type:ty),+ })+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy)]
            pub(super) struct $kind {
                $(pub(super) $field: $type),+
            }

            impl $kind {
                /// Returns the fields of an entry of this kind.
                pub(super) fn of(entry: &Entry) -> Self {
                    match entry.what {
                        Fact::$kind { $($field,)+ .. } => Self { $($field),+ },
                        other => panic!(
                            concat!("an entry of kind ", stringify!($kind), " was chosen, not {:?}"),
                            other
                        ),
                    }
                }
            }
        )+
    };
}

known! {
    /// A delivery to a user.
    Delivered { user: UserId, named: EventId, origin: Option<Origin>, how: How }
    /// The beginning of a call.
    CallBegan { call: CallId, op: CacheOp, key: KeyId, keys: u16, deadline_ms: u64 }
    /// The end of a call.
    CallEnded { call: CallId, outcome: CallOutcome }
    /// An answer of the directory.
    Consulted { as_of: u64 }
    /// A value that a call returned.
    Value { call: CallId, asked: KeyId, returned: Returned }
    /// A multi-get with the wrong number of values.
    Misshapen { call: CallId, keys: u16, values: u16 }
    /// A command that a cache carried out.
    Executed {
        command: CommandId,
        conn: ConnId,
        call: CallId,
        op: CacheOp,
        key: KeyId,
        db: u8,
        hit: bool
    }
    /// A command that a cache answered with an error.
    Rejected { conn: ConnId, call: CallId, key: KeyId }
    /// A command that names no key.
    Served { text: KeyId, call: CallId }
    /// A connection that was used with a reply outstanding.
    Reused { conn: ConnId, call: CallId, of: CallId }
    /// The beginning of a connection.
    Connected { conn: ConnId, cache: u16 }
    /// The end of a connection.
    Disconnected { conn: ConnId, unread: u16 }
    /// An answer that was given a second time.
    GivenAgain { of: RequestId }
    /// An entry that the cache still holds.
    AtRest { key: KeyId, as_of: u64 }
}

/// Returns the fields of a delivery of bytes that a camera made, with their origin.
pub(super) fn delivered(entry: &Entry) -> (Delivered, Origin) {
    let delivered = Delivered::of(entry);
    (delivered, delivered.origin.expect("a delivery was chosen whose bytes a camera made"))
}

/// Returns the sender of a request from the entry with which it begins.
pub(super) fn sender(request: &Entry) -> Principal {
    match request.what {
        Fact::Issued { by, .. } | Fact::Arrived { by, .. } => by,
        other => panic!("a request begins at its sender or its gateway, not with {other:?}"),
    }
}
