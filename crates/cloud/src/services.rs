//! The named services: correct ones, and good-faith ones with exactly one bug each.
//!
//! All of them are one gateway, [`Gateway`](crate::Gateway), assembled from a [`Design`]. A faulty
//! service differs from its correct twin in one component.

use crate::gateway::{
    Ambient, Buffered, ByGeneration, ByPath, ByPrincipal, BySlot, Carried, Design, SharedEdge,
    WorkerPool,
};

/// A service that can be selected by name.
pub struct ServiceSpec {
    /// The name.
    pub name: &'static str,
    /// A one-line summary.
    pub summary: &'static str,
    /// The name of the correct twin, if this service is faulty.
    pub twin: Option<&'static str>,
    /// The components it is assembled from.
    pub design: Design,
}

/// Returns all services.
pub fn services() -> &'static [ServiceSpec] {
    SERVICES
}

const SERVICES: &[ServiceSpec] = &[
    ServiceSpec {
        name: "standard",
        summary: "correct: the simplest implementation of every component",
        twin: None,
        design: Design::STANDARD,
    },
    ServiceSpec {
        name: "single-flight",
        summary: "correct: requests that arrive before a read starts share it",
        twin: None,
        design: Design::SINGLE_FLIGHT,
    },
    ServiceSpec {
        name: "single-flight-late-joiner",
        summary: "mechanism 11: a request after a change may join a read that started before it",
        twin: Some("single-flight"),
        design: Design::SINGLE_FLIGHT_LATE_JOINER,
    },
    ServiceSpec {
        name: "long-lived",
        summary: "correct: long-lived entries, each checked against the change log before use",
        twin: None,
        design: Design::LONG_LIVED,
    },
    ServiceSpec {
        name: "long-lived-stale-set",
        summary: "mechanism 12: entries live until a change deletes them; a slow reader writes one back",
        twin: Some("long-lived"),
        design: Design::LONG_LIVED_STALE_SET,
    },
    ServiceSpec {
        name: "replica-reads",
        summary: "mechanism 14: reads relations from a lagging replica",
        twin: Some("standard"),
        design: Design::REPLICA_READS,
    },
    ServiceSpec {
        name: "serve-expired",
        summary: "mechanism 19: serves the last known answer while the directory fails",
        twin: Some("standard"),
        design: Design::SERVE_EXPIRED,
    },
    ServiceSpec {
        name: "media-buffer-pooled",
        summary: "correct: reads media into pooled buffers and releases each once",
        twin: None,
        design: Design {
            reader: |deps| Box::new(Buffered::<ByGeneration>::new(deps)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "media-buffer-recycled",
        summary: "mechanism 8: an abandoned read releases its buffer twice",
        twin: Some("media-buffer-pooled"),
        design: Design {
            reader: |deps| Box::new(Buffered::<BySlot>::new(deps)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "edge-cache-by-principal",
        summary: "correct: in an emergency, caches responses by path and principal",
        twin: None,
        design: Design {
            edge: |deps, responses, config| {
                Box::new(SharedEdge::<ByPrincipal>::new(deps, responses, config))
            },
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "edge-cache-by-path",
        summary: "mechanism 9: in an emergency, caches responses by path alone",
        twin: Some("edge-cache-by-principal"),
        design: Design {
            edge: |deps, responses, config| {
                Box::new(SharedEdge::<ByPath>::new(deps, responses, config))
            },
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "passed-user",
        summary: "correct: a pool of workers; each request carries its user",
        twin: None,
        design: Design {
            workers: |deps| Box::new(WorkerPool::<Carried>::new(deps)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "ambient-user",
        summary: "mechanism 16: a request's user is a field of its worker, across awaits",
        twin: Some("passed-user"),
        design: Design {
            workers: |deps| Box::new(WorkerPool::<Ambient>::new(deps)),
            ..Design::STANDARD
        },
    },
    ServiceSpec {
        name: "trusting-identity",
        summary: "mechanism 17: admits a camera by its identity, on any hardware",
        twin: Some("standard"),
        design: Design::TRUSTING_IDENTITY,
    },
    ServiceSpec {
        name: "stepwise-transfer",
        summary: "mechanism 18: transfers a camera first and revokes its guests one by one afterwards",
        twin: Some("standard"),
        design: Design::STEPWISE_TRANSFER,
    },
    ServiceSpec {
        name: "keyed-retry",
        summary: "correct: retries timed-out changes in the background, with a key",
        twin: None,
        design: Design::KEYED_RETRY,
    },
    ServiceSpec {
        name: "zombie-retry",
        summary: "mechanism 20: retries timed-out changes later, even after a newer change",
        twin: Some("keyed-retry"),
        design: Design::ZOMBIE_RETRY,
    },
    ServiceSpec {
        name: "push-per-upload",
        summary: "mechanism 20: pushes an event again when it is uploaded again",
        twin: Some("standard"),
        design: Design::PUSH_PER_UPLOAD,
    },
];

/// Returns the service called `name`.
pub fn service(name: &str) -> Option<&'static ServiceSpec> {
    services().iter().find(|spec| spec.name == name)
}
