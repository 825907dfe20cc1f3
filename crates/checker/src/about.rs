//! The identity of an invariant.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// The id of an invariant. Prints and serializes as `I1` to `I14`.
///
/// Ids are ordered as their texts are, `I10` before `I2`, because maps by id are written to files
/// and JSON in that order. For people, sort by [`number`](Self::number).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InvariantId {
    /// No user is shown an event without a right to it.
    I1,
    /// The bytes delivered are those of the event named.
    I2,
    /// A value was written for the key that it is returned for.
    I3,
    /// A call gets the answer to a command sent while it was open.
    I4,
    /// No value from before a change is returned once the bound has passed.
    I5,
    /// A transfer separates the events of the owners.
    I6,
    /// A connection is in order when it is used again.
    I7,
    /// The service decides for the sender of a request.
    I8,
    /// One device and epoch is one camera.
    I9,
    /// A user receives an event once.
    I10,
    /// An acknowledged event reaches every user entitled to it.
    I11,
    /// Everything that begins ends by its deadline.
    I12,
    /// After the faults the service recovers.
    I13,
    /// After recovery no request is refused that its sender has a right to.
    I14,
}

impl InvariantId {
    /// Every id, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
        Self::I9,
        Self::I10,
        Self::I11,
        Self::I12,
        Self::I13,
        Self::I14,
    ];

    /// Returns the id as text, such as `I1`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I8 => "I8",
            Self::I9 => "I9",
            Self::I10 => "I10",
            Self::I11 => "I11",
            Self::I12 => "I12",
            Self::I13 => "I13",
            Self::I14 => "I14",
        }
    }

    /// Returns the number, from 1.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the id, the name and the promise of the invariant.
    pub fn about(self) -> &'static About {
        &crate::invariants()[self as usize]
    }

    /// Returns the id that `text` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.as_str() == text)
    }
}

impl fmt::Display for InvariantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Ord for InvariantId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for InvariantId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The schema is that of any text: a later version may have more invariants.
impl JsonSchema for InvariantId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "InvariantId".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// The id, the name and the promise of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The id, such as `I1`.
    pub id: InvariantId,
    /// The name.
    pub name: &'static str,
    /// The promise, in one sentence.
    pub summary: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_serializes_and_is_read_as_one_text() {
        for (number, id) in (1..).zip(InvariantId::ALL) {
            let text = format!("I{number}");
            assert_eq!(id.to_string(), text);
            assert_eq!(id.number(), number);
            assert_eq!(serde_json::to_value(id).unwrap(), text.as_str());
            assert_eq!(serde_json::from_value::<InvariantId>(text.as_str().into()).unwrap(), id);
            assert_eq!(InvariantId::parse(&text), Some(id));
        }
        assert_eq!(InvariantId::parse("I15"), None);
        let unknown = serde_json::from_str::<InvariantId>("\"I15\"").unwrap_err().to_string();
        assert!(
            unknown.starts_with("unknown variant `I15`, expected one of `I1`, `I2`"),
            "{unknown}"
        );
    }

    #[test]
    fn ids_have_the_order_of_their_texts() {
        let mut ids = InvariantId::ALL;
        ids.sort_unstable();
        let mut texts = InvariantId::ALL.map(InvariantId::as_str);
        texts.sort_unstable();
        assert_eq!(ids.map(InvariantId::as_str), texts);
    }

    #[test]
    fn each_id_is_that_of_one_invariant() {
        let ids: Vec<_> = crate::invariants().iter().map(|about| about.id).collect();
        assert_eq!(ids, InvariantId::ALL);
        assert!(InvariantId::ALL.into_iter().all(|id| id.about().id == id));
    }
}
