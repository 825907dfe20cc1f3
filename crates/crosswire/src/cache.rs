//! All that a caching client of your own is made of. Start with [`CacheClient`], and pass the
//! constructor of your client to [`Storm::cache_client`](crate::Storm::cache_client).

#[doc(hidden)]
pub use crosswire_cache::*;
#[doc(inline)]
pub use crosswire_cache::{
    CacheClient, CacheError, CacheStream, ClientConfig, Connections, Dialer, Moment, When,
    async_trait, resp,
};
