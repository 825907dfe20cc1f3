//! The store against a table of redis-server's answers, and against a slow, obvious model.

mod eviction;
mod model;
mod pubsub;
mod replies;

use super::{Executed, Session, Store};
use bytes::{Bytes, BytesMut};

/// A store with one connection; commands are lines of words, replies have their line ends escaped.
struct Fixture {
    store: Store,
    session: Session,
    now_ms: u64,
}

impl Fixture {
    fn new(max_keys: usize) -> Self {
        Self { store: Store::new(max_keys), session: Session::new(7), now_ms: 1_700_000_000_000 }
    }

    fn execute(&mut self, words: &[impl AsRef<[u8]>]) -> (Executed, String) {
        let command: Vec<_> =
            words.iter().map(|word| Bytes::copy_from_slice(word.as_ref())).collect();
        let mut out = BytesMut::new();
        let done = self.store.execute(self.now_ms, &mut self.session, &command, &mut out);
        (done, out.escape_ascii().to_string())
    }

    /// Returns the reply to a line of words; `''` is an empty word.
    fn reply(&mut self, line: &str) -> String {
        let words: Vec<_> =
            line.split(' ').map(|word| if word == "''" { "" } else { word }).collect();
        self.execute(&words).1
    }
}
