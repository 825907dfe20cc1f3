//! The service under the storm: gateways in front of a directory and a media store.
//!
//! Start with [`api`], what cameras and phones may ask, and [`Service`], what a gateway is to
//! the world around it. [`gateway::Gateway`] is ours; it looks up who may see what through the
//! caching client under test.
//!
//! | module | story | who |
//! |---|---|---|
//! | [`api`] | requests, responses, refusals | both |
//! | [`mod@service`] | what a gateway is given and what it must do | both |
//! | [`gateway`] | ours: sessions, relations, listings, media, pushes, defences | under test |
//! | [`mod@services`] | the ones by name: one gateway, put together in different ways | under test |
//! | [`door`] | a gateway's process: each request a task that can be dropped | world |
//! | [`directory`] | the database: `SQLite` behind a queue, a primary and a replica that lags | world |
//! | [`owner_tag`] | the epoch that a camera seals into what it makes, for a defence | both |
//! | [`media`] | thumbnails and clips | world |
//! | [`response_cache`] | whole responses, kept in an emergency | world |
//!
//! What is under test never sees the seed, the plan, the journal or the verdict; a test of the
//! house rules holds `gateway/` to that.

pub mod api;
pub mod directory;
pub mod door;
pub mod gateway;
pub mod media;
pub mod owner_tag;
pub mod response_cache;
pub mod service;
pub mod services;

pub use api::{Credential, Item, Refusal, Request, Response, SessionId, Token};
pub use directory::{Directory, DirectoryClient, DirectorySpec};
pub use door::{Capacity, Door};
pub use gateway::{
    Defences, Design, Form, Gateway, Numbers, Relation, ValueTypes, defences, relation_entries,
    relation_key, relation_of, warm_cameras, warm_viewers,
};
pub use media::{MediaClient, MediaKind, MediaStore};
pub use response_cache::ResponseCache;
pub use service::{Service, ServiceConfig, Surroundings};
pub use services::{ServiceSpec, service, services};
