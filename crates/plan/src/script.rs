//! Scripts: the acts of cameras and users, one by one.
//!
//! In a drawn plan, the dice of each device decide when it captures and when its user opens the
//! app. A minimized plan lists these acts instead. Then each act can be removed by itself, without
//! changing any other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::BadPlan;
use crate::plan::Plan;

/// The devices that take part, and their acts. A device that is not listed is switched off for the
/// whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The cameras, and the times at which each captures an event.
    #[serde(default)]
    pub cameras: Vec<Part>,
    /// The phones, and the times at which each user opens the app.
    #[serde(default)]
    pub phones: Vec<Part>,
}

/// The acts of one device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The device's number.
    pub number: u32,
    /// Its acts, by time.
    pub acts: Vec<Act>,
}

/// An act of a device: its time, in milliseconds from the start of the run, and the number of rolls
/// of the device's dice before it. With that number, everything that follows, such as a latency or
/// a tap on a thumbnail, does not change if earlier acts are removed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Act(pub u64, pub u32);

impl Script {
    /// Iterates over all parts.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.cameras.iter().chain(&self.phones)
    }

    /// Returns the number of acts in all parts.
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
                return bad(format!("number {number} is listed twice or out of order"));
            }
            if !part.acts.is_sorted() {
                return bad(format!("the acts of number {number} are not sorted by time"));
            }
            before = Some(number);
        }
        Ok(())
    }
}
