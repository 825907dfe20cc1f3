//! Tokens: signed links that permit fetching a thumbnail without a further permission check.

use crate::api::Token;
use crosswire_history::{Digest, EventId};
use std::hash::Hasher;

fn signature(key: u64, event: EventId, expires_ms: u64) -> u64 {
    let mut digest = Digest::default();
    for word in [key, u64::from(event.device.0), u64::from(event.seq), expires_ms] {
        digest.write_u64(word);
    }
    digest.finish()
}

/// Signs a token for the thumbnail of `event`.
pub(super) fn sign(key: u64, event: EventId, expires_ms: u64) -> Token {
    Token { event, expires_ms, signature: signature(key, event, expires_ms) }
}

/// Returns true if a gateway signed the token and it has not expired.
pub(super) fn is_good(key: u64, token: Token, now_ms: u64) -> bool {
    token.signature == signature(key, token.event, token.expires_ms) && now_ms <= token.expires_ms
}
