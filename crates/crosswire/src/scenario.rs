//! Scenarios: what a storm is like. Start with [`Scenario`]; `docs/scenarios.md` in the repository
//! explains each field, as files have them.

#[doc(inline)]
pub use crosswire_plan::ScenarioBuilder;
#[doc(inline)]
pub use crosswire_plan::scenario::*;
