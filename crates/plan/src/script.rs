//! What cameras and people do, one by one.
//!
//! A plan as it was drawn leaves to the dice of each device when it captures and when somebody
//! opens the app. A plan that is made smaller says it: then each act can be left out by itself, and
//! what dice would say of all the others is of no consequence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::BadPlan;
use crate::plan::Plan;

/// Who takes part, and what they do. Whoever is not named is switched off for the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The cameras, and when each captures something.
    #[serde(default)]
    pub cameras: Vec<Part>,
    /// The phones, and when somebody takes each out and opens the app.
    #[serde(default)]
    pub phones: Vec<Part>,
}

/// The part of one device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its number.
    pub number: u32,
    /// What it does, by time.
    pub acts: Vec<Act>,
}

/// Something that a device does: when, in milliseconds from the start of the run, and how often its
/// dice have been rolled by then. The second number keeps what follows, a latency or whether a
/// thumbnail is tapped, as it was when earlier acts are left out.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Act(pub u64, pub u32);

impl Script {
    /// All its parts.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.cameras.iter().chain(&self.phones)
    }

    /// How many acts there are in all parts.
    pub fn acts(&self) -> usize {
        self.parts().map(|part| part.acts.len()).sum()
    }

    pub(crate) fn check(&self, plan: &Plan) -> Result<(), BadPlan> {
        Self::check_parts("cameras", &self.cameras, plan.cast.cameras)?;
        Self::check_parts("phones", &self.phones, plan.cast.phones)
    }

    fn check_parts(name: &str, parts: &[Part], count: u32) -> Result<(), BadPlan> {
        let bad = |message: String| Err(BadPlan(format!("`script.{name}`: {message}")));
        let mut before = None;
        for part in parts {
            let number = part.number;
            if number >= count {
                return bad(format!(
                    "number {number} is not in the cast; expected less than {count}"
                ));
            }
            if before.is_some_and(|before| before >= number) {
                return bad(format!("number {number} stands twice, or not in its order"));
            }
            if !part.acts.is_sorted() {
                return bad(format!(
                    "the acts of number {number} are not in the order of their times"
                ));
            }
            before = Some(number);
        }
        Ok(())
    }
}
