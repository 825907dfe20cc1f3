//! All that a caching client of your own is made of. Start with [`CacheClient`], and pass the
//! constructor of your client to [`Storm::cache_client`](crate::Storm::cache_client).
//!
//! A client that opens a connection for each call, and so has nothing to mix up:
//!
//! ```
//! use crosswire::bytes::{Bytes, BytesMut};
//! use crosswire::cache::resp::{Reply, decode_reply, encode_command};
//! use crosswire::tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use crosswire::{CacheClient, CacheError, ClientConfig, Dialer, Storm, async_trait};
//! use std::time::Duration;
//!
//! struct OurClient {
//!     dialer: Dialer,
//!     config: ClientConfig,
//! }
//!
//! impl OurClient {
//!     async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
//!         Ok(Self { dialer, config })
//!     }
//!
//!     async fn exchange(&self, key: &str, command: &[&[u8]]) -> Result<Reply, CacheError> {
//!         let mut stream = self.dialer.dial(self.dialer.node_of(key)).await?;
//!         let mut bytes = BytesMut::new();
//!         encode_command(&mut bytes, command);
//!         stream.write_all(&bytes).await?;
//!         bytes.clear();
//!         loop {
//!             if let Ok(Some(reply)) = decode_reply(&mut bytes) {
//!                 return Ok(reply);
//!             }
//!             if stream.read_buf(&mut bytes).await? == 0 {
//!                 return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
//!             }
//!         }
//!     }
//!
//!     async fn ask(&self, key: &str, command: &[&[u8]]) -> Result<Option<Bytes>, CacheError> {
//!         let exchange = self.exchange(key, command);
//!         match self.dialer.timeout(self.config.op_timeout, exchange).await?? {
//!             Reply::Bulk(value) => Ok(Some(value)),
//!             Reply::Error(text) => Err(CacheError::Server(text)),
//!             _ => Ok(None),
//!         }
//!     }
//! }
//!
//! #[async_trait]
//! impl CacheClient for OurClient {
//!     async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
//!         self.ask(key, &[b"GET", key.as_bytes()]).await
//!     }
//!
//!     async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
//!         let all = async {
//!             let mut values = Vec::new();
//!             for key in keys {
//!                 values.push(self.get(key).await?);
//!             }
//!             Ok(values)
//!         };
//!         self.dialer.timeout(self.config.op_timeout, all).await?
//!     }
//!
//!     async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
//!         let ttl_ms = ttl.as_millis().to_string();
//!         self.ask(key, &[b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()]).await?;
//!         Ok(())
//!     }
//!
//!     async fn del(&self, key: &str) -> Result<(), CacheError> {
//!         self.ask(key, &[b"DEL", key.as_bytes()]).await?;
//!         Ok(())
//!     }
//! }
//!
//! let storm = Storm::named("notification-mix-up").cache_client("ours", OurClient::connect);
//! storm.seeds(2).run().assert_clean();
//! ```

#[doc(hidden)]
pub use crosswire_cache::*;
#[doc(inline)]
pub use crosswire_cache::{
    Batch, CacheClient, CacheError, CacheStream, Changes, ClientConfig, Connections, Dialer,
    Lookup, Moment, Offers, When, Write, async_trait, resp,
};
