//! Puts a story together, line by line.

use super::known::sender;
use super::search::Search;
use crate::context::Context;
use crosswire_history::journal::RecentView;
use crosswire_history::{EventId, Exposure as How, Fact, NodeId, NodeKind, Principal, RequestId};

/// The maximum number of lines in a story.
pub const MAX_LINES: usize = 12;

/// Formats a time as stories do: in seconds, with three decimals.
pub fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// A story, and the kinds of its causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) lines: Vec<String>,
    /// The kinds of the links in the chain, without times and names.
    pub(crate) causes: Vec<&'static str>,
}

/// Formats a count with its noun: `one` for a single thing, `more` for several.
pub(super) fn counted(count: usize, one: &str, more: &str) -> String {
    if count == 1 { format!("one {one}") } else { format!("{count} {more}") }
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Describes how `event` reached a user, perhaps under the name of another.
pub(super) fn describe_delivery(
    user: &str,
    named: Option<EventId>,
    event: &str,
    how: How,
) -> String {
    let what = match how {
        How::Listed => format!("{user} sees {event} in the list"),
        How::Pushed => format!("{user} is pushed {event} with its thumbnail"),
        How::Thumbnail => format!("{user} sees the thumbnail of {event}"),
        How::Tapped => format!("{user} taps {event} and sees it enlarged"),
        How::Video => format!("{user} watches the video of {event}"),
    };
    match named {
        Some(named) => format!("{what}, under the name of {named}"),
        None => what,
    }
}

/// Returns whether the text of a step is that of a delivery, as [`describe_delivery`] words it.
pub(super) fn is_delivery(text: &str) -> bool {
    let to_user = text.starts_with("user-");
    let verbs = [" sees ", " is pushed ", " taps ", " watches the video of "];
    to_user && verbs.iter().any(|verb| text.contains(verb))
}

/// A story under construction. Lines of the same millisecond keep the order in which they were
/// added.
pub(super) struct StoryBuilder<'a> {
    pub(super) context: Context<'a>,
    pub(super) lines: Vec<Line>,
    causes: Vec<&'static str>,
}

pub(super) struct Line {
    at_ms: u64,
    text: String,
    /// Set if the story can be understood without the line.
    aside: bool,
}

impl<'a> StoryBuilder<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        Self { context: *context, lines: Vec::new(), causes: Vec::new() }
    }

    pub(super) fn past(&self) -> RecentView<'a> {
        self.context.past
    }

    pub(super) fn search(&self) -> Search<'a> {
        Search(self.context.past)
    }

    pub(super) fn add(&mut self, at_ms: u64, text: String) {
        self.put(Line { at_ms, text, aside: false });
    }

    /// Adds a line that may be left out of a long story.
    pub(super) fn add_aside(&mut self, at_ms: u64, text: String) {
        self.put(Line { at_ms, text, aside: true });
    }

    fn put(&mut self, line: Line) {
        if !self.lines.iter().any(|known| known.text == line.text) {
            self.lines.push(line);
        }
    }

    /// Notes the kind of a link in the chain.
    pub(super) fn because(&mut self, kind: &'static str) {
        if !self.causes.contains(&kind) {
            self.causes.push(kind);
        }
    }

    /// Notes how something reached a user.
    pub(super) fn reached(&mut self, how: How) {
        self.because(match how {
            How::Listed => "listed",
            How::Pushed => "pushed",
            How::Thumbnail | How::Tapped | How::Video => "shown",
        });
    }

    pub(super) fn build(mut self) -> Story {
        self.lines.sort_by_key(|line| line.at_ms);
        let mut over = self.lines.len().saturating_sub(MAX_LINES);
        self.lines.retain(|line| {
            let out = line.aside && over > 0;
            over -= usize::from(out);
            !out
        });
        // The latest lines matter most.
        let kept = self.lines.split_off(over).into_iter();
        let lines = kept.map(|line| format!("{} {}", seconds(line.at_ms), line.text)).collect();
        Story { lines, causes: self.causes }
    }

    /// Adds who asked for what.
    pub(super) fn asked(&mut self, request: RequestId) {
        let Some(entry) = self.search().request(request) else { return };
        if let Some(dishonest) = self.search().dishonest(request) {
            return self.asked_dishonestly(&entry, dishonest);
        }
        let line = match entry.what {
            Fact::Issued { by, op, gateway, .. } => {
                let gateway = NodeId::new(NodeKind::Gateway, gateway);
                format!("{by} asks {gateway} {} ({request})", op.purpose())
            }
            Fact::Arrived { by: Principal::Gateway, op, .. } => {
                format!("{} sets out {} ({request})", entry.node, op.purpose())
            }
            Fact::Arrived { by, op, .. } => {
                format!("{by} asks {} {} ({request})", entry.node, op.purpose())
            }
            other => panic!("a request begins at its sender or its gateway, not with {other:?}"),
        };
        self.add(entry.at_ms, line);
    }

    /// Returns the sender of a request.
    pub(super) fn asker(&self, request: RequestId) -> Option<Principal> {
        self.search().request(request).as_ref().map(sender)
    }

    /// Names the user or the job for whom a request was made.
    pub(super) fn whom(&self, request: RequestId) -> Option<String> {
        Some(match self.asker(request)? {
            Principal::Gateway => format!("its job ({request})"),
            by => by.to_string(),
        })
    }

    /// Names a request and for whom it was made.
    pub(super) fn whose_request(&self, request: RequestId) -> String {
        match (self.asker(request), self.whom(request)) {
            (Some(Principal::Gateway), Some(job)) => job,
            (_, Some(by)) => format!("{by}'s {request}"),
            _ => request.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{DeviceId, UserId};

    #[test]
    fn every_delivery_is_recognized() {
        let named = EventId { device: DeviceId(7), seq: 1 };
        let all = [How::Listed, How::Pushed, How::Thumbnail, How::Tapped, How::Video];
        for how in all {
            for who in [UserId(3).to_string(), "user-3, who may watch camera-9,".to_owned()] {
                let text = describe_delivery(&who, Some(named), "user-4's camera-7/1", how);
                assert!(is_delivery(&text), "{text}");
            }
        }
        assert!(!is_delivery("user-3 may no longer watch camera-7"));
    }
}
