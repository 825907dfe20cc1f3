//! The Lamport diagram of a violation, as plain data.
//!
//! Time runs down, each party is a lane, each moment a row, and each message leads from a row of
//! one lane to a row of another. All text is printable: nothing in it steers a terminal. It may
//! contain markup, which a drawing escapes.

mod build;
mod lanes;
mod messages;
mod rows;
mod tags;
mod words;

use crate::chain::chain;
use crate::recording::Run;
use crosswire_checker::Violation;
use crosswire_output::format::seconds;

#[cfg(feature = "page")]
pub(crate) use lanes::Parties;
#[cfg(feature = "perfetto")]
pub(crate) use rows::{is_cancelled, is_crossed};
#[cfg(any(feature = "page", feature = "perfetto"))]
pub(crate) use words::label;

/// A party of a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The name, as in `gateway-2`.
    pub name: String,
    /// What the party is.
    pub role: Role,
}

/// The role of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A camera.
    Camera,
    /// A phone. The diagram names it by its user.
    Phone,
    /// The phone that was shown what it may not see.
    WrongPhone,
    /// A gateway, with its caching client.
    Gateway,
    /// A connection of the caching client.
    Connection,
    /// A cache node.
    Cache,
    /// The directory or its replica.
    Directory,
    /// The media store, or the harness.
    Other,
}

/// What is remarkable about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A call or a request was dropped, or its sender gave up.
    Cancelled,
    /// A call went out while another call's reply was still unread on the connection.
    Reused,
    /// A call took a reply, or a part of one, that was not for it.
    Crossed,
    /// Something went down, or a connection was lost.
    Lost,
    /// A user was shown what they may not see.
    WrongScreen,
}

/// One moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Simulated time, in milliseconds.
    pub at_ms: u64,
    /// The index of the lane; `None` for a moment that belongs to no party.
    pub lane: Option<usize>,
    /// What happens, in a few words.
    pub label: String,
    /// What is remarkable about it.
    pub mark: Option<Mark>,
    /// The index of the tag whose colour it has.
    pub tag: usize,
    /// The index of the sentence of the story that is about the row.
    pub sentence: Option<usize>,
    /// The entries of the history behind the row, by their places in the recording: the one that it
    /// shows, and those of its millisecond that belong to the violation and have no row.
    pub entries: Vec<usize>,
}

/// One end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The index of the lane.
    pub lane: usize,
    /// The index of the row, and so the time.
    pub row: usize,
}

/// A kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A request, or a command to a cache.
    Request,
    /// An answer to whom it is for.
    Reply,
    /// A reply that stays unread on its connection or comes after its request was dropped, and an
    /// announcement.
    Unread,
    /// A reply that goes to another call than the one that asked.
    Crossed,
    /// The answer that shows a user what they may not see.
    Wrong,
    /// The news that a sender has given up.
    Cancel,
}

impl Way {
    /// Returns whether the message is where the wires cross.
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Crossed | Self::Wrong)
    }
}

/// A message from one party to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where and when it was sent.
    pub from: End,
    /// Where and when it arrived.
    pub to: End,
    /// What it is, in a few words; empty if a row says it.
    pub label: String,
    /// The index of the tag whose colour it has.
    pub tag: usize,
    /// What kind of message it is.
    pub way: Way,
}

/// The time for which a gateway works with what it was wrongly given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The index of the gateway's lane.
    pub lane: usize,
    /// The index of the row in which the gateway was given it.
    pub from: usize,
    /// The index of the row in which the gateway sends the wrong answer.
    pub to: usize,
}

/// A reply that lies unread on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The index of the connection's lane.
    pub lane: usize,
    /// The index of the row in which the reply arrives on the connection.
    pub from: usize,
    /// The index of the row in which it is read or lost, or the last row.
    pub to: usize,
    /// The index of the tag whose colour it has.
    pub tag: usize,
}

/// The data of one owner. It has one colour, from the camera's capture to the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Whose data it is, as in `user-48's camera-48/2`.
    pub name: String,
}

/// A sentence of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Simulated time, in milliseconds.
    pub at_ms: u64,
    /// The sentence.
    pub text: String,
    /// Set for the decisive step: the last one before the wrong delivery.
    pub decisive: bool,
}

/// The diagram of one violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The violation on one line, as in `I1 authorised delivery at 29.741 s`.
    pub title: String,
    /// The run on one line.
    pub run: String,
    /// Set if times are simulated time. Otherwise they are places in an order, and not shown.
    pub timed: bool,
    /// The wrong delivery in one sentence; empty if there was none.
    pub verdict: String,
    /// The faults that were under way, as in `cache-slow on all`.
    pub faults: Vec<String>,
    /// The parties, from left to right.
    pub lanes: Vec<Lane>,
    /// The moments, oldest first.
    pub rows: Vec<Row>,
    /// The messages, by the rows in which they arrive.
    pub messages: Vec<Message>,
    /// The replies that lie unread.
    pub waits: Vec<Wait>,
    /// Whose data there is. The first is what was exposed, the second belongs to the wrong user.
    pub tags: Vec<Tag>,
    /// The story.
    pub steps: Vec<Step>,
}

/// Draws up the diagram of a violation from the history of its run.
pub fn diagram(run: &Run, violation: &Violation) -> Diagram {
    let chain = chain(&run.recording, violation);
    build::build(run, violation, &chain).checked()
}

impl Diagram {
    /// Returns where a gateway holds what it was wrongly given, from the first mistake to the wrong
    /// screen, if the diagram shows both.
    pub fn held(&self) -> Option<Held> {
        let screen = self.messages.iter().find(|message| message.way == Way::Wrong)?;
        let End { lane, row: to } = screen.from;
        let is_given = |row: &Row| row.lane == Some(lane) && row.mark == Some(Mark::Crossed);
        let from = self.rows[..=to].iter().position(is_given)?;
        Some(Held { lane, from, to })
    }

    /// Returns whether the rows have the sentences of a story.
    #[cfg(feature = "page")]
    pub(crate) fn has_story(&self) -> bool {
        self.rows.iter().any(|row| row.sentence.is_some())
    }

    /// Returns the time of a row or step as it is shown.
    pub(crate) fn time(&self, at_ms: u64) -> String {
        if self.timed { seconds(at_ms) } else { String::new() }
    }

    /// Returns the diagram, which was drawn up elsewhere, if it can be drawn.
    ///
    /// # Panics
    /// An index points to nothing, or time or a message runs backwards.
    #[must_use]
    pub fn checked(self) -> Self {
        self.check();
        self
    }

    fn check(&self) {
        for row in &self.rows {
            assert!(row.lane.is_none_or(|lane| lane < self.lanes.len()), "a row has a lane");
            assert!(row.tag < self.tags.len(), "a row has a colour");
            assert!(row.sentence.is_none_or(|nth| nth < self.steps.len()), "a sentence exists");
        }
        assert!(self.rows.is_sorted_by_key(|row| row.at_ms), "time runs down");
        for Message { from, to, tag, .. } in &self.messages {
            assert!(from.row <= to.row && to.row < self.rows.len(), "a message runs forwards");
            assert!(from.lane != to.lane, "a message has two ends");
            assert!(from.lane.max(to.lane) < self.lanes.len(), "a message has lanes");
            assert!(*tag < self.tags.len(), "a message has a colour");
        }
        for wait in &self.waits {
            assert!(wait.from <= wait.to && wait.to < self.rows.len(), "a wait ends");
            assert!(wait.lane < self.lanes.len(), "a wait has a lane");
        }
    }
}
