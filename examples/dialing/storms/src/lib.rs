//! Caching clients over libraries that dial by themselves.

pub mod bb8_redis;
pub mod calls;
pub mod connection_manager;
pub mod deadpool_redis;
pub mod fred;
mod redis_rs;
pub mod rustis;
