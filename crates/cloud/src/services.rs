//! The services by name: right ones, and good-faith ones with one real mistake each.
//!
//! All are one gateway, [`Gateway`](crate::Gateway), put together after a [`Design`]. A faulty one
//! differs from its right twin in one part.

use crate::gateway::Design;

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
    const SERVICES: &[ServiceSpec] = &[ServiceSpec {
        name: "standard",
        summary: "right: every part done as plainly as it can be",
        twin: None,
        design: Design::STANDARD,
    }];
    SERVICES
}

/// The service of that name.
pub fn service(name: &str) -> Option<&'static ServiceSpec> {
    services().iter().find(|spec| spec.name == name)
}
