//! The services by name: right ones, and good-faith ones with one real mistake each.
//!
//! All are one gateway, [`Gateway`](crate::Gateway), put together after a [`Design`]. A faulty one
//! differs from its right twin in one part.

use crate::gateway::{
    Ambient, Buffered, ByGeneration, ByPath, ByPrincipal, BySlot, Carried, Crew, Design, Shared,
};

/// A service that can be chosen by name.
pub struct ServiceSpec {
    /// The name.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// The name of its right twin, if it is a faulty one.
    pub twin: Option<&'static str>,
    /// How it is put together.
    pub design: Design,
}

/// All services.
pub fn services() -> &'static [ServiceSpec] {
    SERVICES
}

const SERVICES: &[ServiceSpec] = &[
    ServiceSpec {
        name: "standard",
        summary: "right: every part done as plainly as it can be",
        twin: None,
        design: Design::STANDARD,
    },
    ServiceSpec {
        name: "single-flight",
        summary: "right: those who ask for a relation before it is read share the read",
        twin: None,
        design: Design::SINGLE_FLIGHT,
    },
    ServiceSpec {
        name: "single-flight-late-joiner",
        summary: "mechanism 11: who asks after a change may join a read that began before it",
        twin: Some("single-flight"),
        design: Design::SINGLE_FLIGHT_LATE_JOINER,
    },
    ServiceSpec {
        name: "long-lived",
        summary: "right: entries live long, and are held against the log of changes",
        twin: None,
        design: Design::LONG_LIVED,
    },
    ServiceSpec {
        name: "long-lived-stale-set",
        summary: "mechanism 12: entries live until a change deletes them; a slow reader puts one back",
        twin: Some("long-lived"),
        design: Design::LONG_LIVED_STALE_SET,
    },
    ServiceSpec {
        name: "replica-reads",
        summary: "mechanism 14: relations are read from a replica that lags",
        twin: Some("standard"),
        design: Design::REPLICA_READS,
    },
    ServiceSpec {
        name: "serve-expired",
        summary: "mechanism 19: while the directory fails, the last known answer is served",
        twin: Some("standard"),
        design: Design::SERVE_EXPIRED,
    },
    ServiceSpec {
        name: "media-buffer-pooled",
        summary: "right: reads media into pooled buffers, each given back once",
        twin: None,
        design: Design {
            reader: |around| Box::new(Buffered::<ByGeneration>::new(around)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "media-buffer-recycled",
        summary: "mechanism 8: a read that is abandoned gives its buffer back twice",
        twin: Some("media-buffer-pooled"),
        design: Design {
            reader: |around| Box::new(Buffered::<BySlot>::new(around)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "edge-cache-by-principal",
        summary: "right: in an emergency, keeps responses by path and principal",
        twin: None,
        design: Design {
            edge: |around, config| Box::new(Shared::<ByPrincipal>::new(around, config)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "edge-cache-by-path",
        summary: "mechanism 9: in an emergency, keeps responses by path, whoever asked",
        twin: Some("edge-cache-by-principal"),
        design: Design {
            edge: |around, config| Box::new(Shared::<ByPath>::new(around, config)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "passed-user",
        summary: "right: workers share requests, and each request carries its user",
        twin: None,
        design: Design {
            workers: |around| Box::new(Crew::<Carried>::new(around)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "ambient-user",
        summary: "mechanism 16: a request's user is a field of the worker, across awaits",
        twin: Some("passed-user"),
        design: Design {
            workers: |around| Box::new(Crew::<Ambient>::new(around)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "trusting-identity",
        summary: "mechanism 17: a camera is let in by its identity, whatever hardware shows it",
        twin: Some("standard"),
        design: Design::TRUSTING_IDENTITY,
    },
    ServiceSpec {
        name: "stepwise-transfer",
        summary: "mechanism 18: a camera changes hands first, and its guests are shown out after",
        twin: Some("standard"),
        design: Design::STEPWISE_TRANSFER,
    },
    ServiceSpec {
        name: "keyed-retry",
        summary: "right: changes that time out are tried again in the background, with a key",
        twin: None,
        design: Design::KEYED_RETRY,
    },
    ServiceSpec {
        name: "zombie-retry",
        summary: "mechanism 20: changes that time out are made later, whatever came in between",
        twin: Some("keyed-retry"),
        design: Design::ZOMBIE_RETRY,
    },
    ServiceSpec {
        name: "push-per-upload",
        summary: "mechanism 20: an event that is uploaded twice is pushed twice",
        twin: Some("standard"),
        design: Design::PUSH_PER_UPLOAD,
    },
];

/// The service of that name.
pub fn service(name: &str) -> Option<&'static ServiceSpec> {
    services().iter().find(|spec| spec.name == name)
}
