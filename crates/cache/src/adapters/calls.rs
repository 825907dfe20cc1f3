//! The calls of a caching client, written with the `redis` crate. The code is the same for every
//! version of the crate; only the types differ.

/// Implements [`CacheClient`](crate::CacheClient) for a type that has a `dialer` and a `query`,
/// which sends a command of the crate `$redis` to a node. `$connections` is the client's promise
/// about connections, and `$several` its method that reads several keys of a node; the default is
/// one MGET.
macro_rules! calls_in {
    ($redis:ident, $client:ty, $connections:expr) => {
        impl $client {
            async fn several(
                &self,
                node: usize,
                names: Vec<&str>,
            ) -> Result<Vec<Option<Vec<u8>>>, crate::CacheError> {
                self.query(node, $redis::Cmd::mget(names)).await
            }
        }

        calls_in!($redis, $client, $connections, several);
    };
    ($redis:ident, $client:ty, $connections:expr, $several:ident) => {
        #[async_trait::async_trait]
        impl crate::CacheClient for $client {
            async fn get(&self, key: &str) -> Result<Option<bytes::Bytes>, crate::CacheError> {
                let node = self.dialer.node_of(key);
                let value: Option<Vec<u8>> = self.query(node, $redis::Cmd::get(key)).await?;
                Ok(value.map(bytes::Bytes::from))
            }

            async fn mget(
                &self,
                keys: &[String],
            ) -> Result<Vec<Option<bytes::Bytes>>, crate::CacheError> {
                let mut shares = vec![Vec::new(); self.dialer.nodes()];
                for (at, key) in keys.iter().enumerate() {
                    shares[self.dialer.node_of(key)].push(at);
                }
                let asked = shares.iter().enumerate().filter(|(_, share)| !share.is_empty());
                let asked = asked.map(|(node, share)| async move {
                    let names: Vec<&str> = share.iter().map(|&at| keys[at].as_str()).collect();
                    let values = self.$several(node, names).await?;
                    Ok::<_, crate::CacheError>((share, values))
                });
                let mut found = vec![None; keys.len()];
                for (share, values) in futures_util::future::try_join_all(asked).await? {
                    for (&at, value) in share.iter().zip(values) {
                        found[at] = value.map(bytes::Bytes::from);
                    }
                }
                Ok(found)
            }

            async fn set(
                &self,
                key: &str,
                value: &[u8],
                ttl: std::time::Duration,
            ) -> Result<(), crate::CacheError> {
                let mut command = $redis::Cmd::set(key, value);
                command.arg("PX").arg(ttl.as_millis() as u64);
                self.query(self.dialer.node_of(key), command).await
            }

            async fn set_if(
                &self,
                key: &str,
                value: &[u8],
                ttl: std::time::Duration,
                when: crate::When<'_>,
            ) -> Result<bool, crate::CacheError> {
                let mut command = $redis::Cmd::set(key, value);
                command.arg("PX").arg(ttl.as_millis() as u64);
                match when {
                    crate::When::Absent => command.arg("NX"),
                    crate::When::Equals(there) => command.arg("IFEQ").arg(there),
                };
                let done: Option<String> = self.query(self.dialer.node_of(key), command).await?;
                Ok(done.is_some())
            }

            async fn del(&self, key: &str) -> Result<(), crate::CacheError> {
                let _: i64 = self.query(self.dialer.node_of(key), $redis::Cmd::del(key)).await?;
                Ok(())
            }

            fn connections(&self) -> crate::Connections {
                $connections
            }
        }

        fn translate(error: $redis::RedisError) -> crate::CacheError {
            let is_broken = error.is_io_error()
                || error.is_connection_dropped()
                || error.is_unrecoverable_error();
            if is_broken {
                return crate::CacheError::Connection(std::io::ErrorKind::ConnectionReset);
            }
            match error.code() {
                Some(_) => crate::CacheError::Server(error.to_string()),
                None => crate::CacheError::Protocol(error.to_string()),
            }
        }
    };
}

pub(super) use calls_in;
