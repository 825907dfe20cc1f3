//! The names that a scenario may use and that this crate does not know.

/// The names that a scenario may use and that this crate does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Caching clients.
    pub clients: Vec<String>,
    /// Services.
    pub services: Vec<String>,
    /// Defences.
    pub defences: Vec<String>,
    /// Fault points.
    pub points: Vec<String>,
    /// Situations that a run can require.
    pub situations: Vec<String>,
}
