//! The service under test: gateways in front of a directory and a media store.
//!
//! Start with [`api`], the requests that cameras and phones send, and [`Service`], the interface
//! between a gateway and the world around it. [`gateway::Gateway`] is our implementation; it looks
//! up permissions through the caching client under test.
//!
//! | module | contents | role |
//! |---|---|---|
//! | [`api`] | requests, responses, refusals | both |
//! | [`mod@service`] | what a gateway must implement | both |
//! | [`deps`], [`clock`] | what a gateway receives | both |
//! | [`gateway`] | sessions, relations, listings, media, pushes, defences | under test |
//! | [`mod@services`] | named services: one gateway, assembled in different ways | under test |
//! | [`gateway_process`] | a gateway process: each request is a task that can be dropped | world |
//! | [`directory`] | the database: queued `SQLite`, a primary and a lagging replica | world |
//! | [`owner_tag`] | the ownership epoch a camera seals into its media, for a defence | both |
//! | [`media`] | thumbnails and clips | world |
//! | [`response_cache`] | whole responses, cached in an emergency | world |
//!
//! Code under test never sees the seed, the plan, the journal or the verdict; a house-rules test
//! enforces this for `gateway/`.

pub mod api;
pub mod clock;
pub mod deps;
pub mod directory;
pub mod gateway;
pub mod gateway_process;
pub mod media;
pub mod owner_tag;
pub mod response_cache;
pub mod service;
pub mod services;

pub use api::{Credential, Item, Refusal, Request, Response, SessionId, Token};
pub use clock::Clock;
pub use deps::{Deps, Job, Phones, Settings, Tasks};
pub use directory::{AccessChange, Directory, DirectoryClient, DirectorySpec, Relation};
pub use gateway::{
    Defences, Design, Form, Gateway, Numbers, ServiceConfig, ValueTypes, defences,
    relation_entries, relation_key, relation_of, warm_cameras, warm_viewers,
};
pub use gateway_process::{Capacity, GatewayProcess};
pub use media::{MediaClient, MediaKind, MediaStore};
pub use response_cache::ResponseCache;
pub use service::{MakeService, OwnService, Service};
pub use services::{ServiceSpec, service, services};
