//! Short writes: a full connection takes the first part of a command, and the rest once there is
//! room. Both parts are one write.

use crate::{TTL, far, on_a_world};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::encode_command;
use crosswire_cache::{CacheClient, CacheError, Dialer, async_trait};
use crosswire_history::journal::RecentEntries;
use crosswire_history::sync::Mutex;
use crosswire_history::{Entry, Fact, Observer};
use crosswire_net::LinkSpec;
use futures_util::future::join;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Writes each SET on a new connection and hangs up before the reply. Finds nothing on a read.
struct Hasty(Dialer);

#[async_trait]
impl CacheClient for Hasty {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(None)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        Ok(vec![None; keys.len()])
    }

    async fn set(&self, key: &str, value: &[u8], _: Duration) -> Result<(), CacheError> {
        let mut stream = self.0.dial(0).await?;
        let mut command = BytesMut::new();
        encode_command(&mut command, &[b"SET", key.as_bytes(), value]);
        stream.write_all(&command).await?;
        Ok(())
    }

    async fn del(&self, _: &str) -> Result<(), CacheError> {
        Ok(())
    }
}

/// The replies left unread at each hang-up, and the number of connections that carried a command
/// before the reply to an earlier one.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(Vec<u16>, usize)>>);

impl Observer for Seen {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        let mut seen = self.0.lock();
        match entry.what {
            Fact::Disconnected { unread, .. } => seen.0.push(unread),
            Fact::Pipelined { .. } => seen.1 += 1,
            _ => {}
        }
    }
}

#[test]
fn a_command_in_two_parts_is_owed_one_reply_whatever_began_between_them() {
    let seen = Seen::default();
    let narrow = LinkSpec { window_bytes: 100, ..far(10) };
    on_a_world(narrow, seen.clone(), async |world| {
        let probe = world.probe(Arc::new(Hasty(world.dialer.clone())), false);
        let another = async {
            world.net.sleep(25).await;
            probe.get("b").await
        };
        let (written, _) = join(probe.set("a", &[b'x'; 150], TTL), another).await;
        written.unwrap();
    });
    assert_eq!(*seen.0.lock(), (vec![1], 0));
}
