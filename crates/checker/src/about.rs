//! The identity of an invariant.

use serde::Serialize;
use std::fmt;

/// The id of an invariant. Prints and serializes as `I1` to `I14`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    /// Every id, in order.
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
            assert_eq!(serde_json::to_value(id).unwrap(), text.as_str());
            assert_eq!(InvariantId::parse(&text), Some(id));
        }
        assert_eq!(InvariantId::parse("I15"), None);
    }

    #[test]
    fn each_id_is_that_of_one_invariant() {
        let ids: Vec<_> = crate::invariants().iter().map(|about| about.id).collect();
        assert_eq!(ids, InvariantId::ALL);
    }
}
