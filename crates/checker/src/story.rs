//! The causal chain of a violation in at most twelve lines, oldest first.
//!
//! A story is built from the latest entries. Each cause names the next by an id: a delivery its
//! request, the request its calls, a value the command whose reply brought it, the command its
//! connection, and the connection the call that left it dirty. Where the entries no longer hold a
//! link, the story says less; it never guesses.

mod authorization;
mod batch;
mod calls;
mod crossed_reply;
mod cut;
mod duplicate_identity;
mod feed;
mod handed;
mod lost;
mod memory;
mod mget_mixup;
mod outlived;
mod search;
mod service_decision;
mod shift;
mod undelivered;
mod unheard;
mod unread_reply;
mod writes;

use crate::invariants::Context;
pub(crate) use authorization::{denied, stale, stale_at_rest, taken_for, transferred};
use crosswire_history::journal::RecentView;
use crosswire_history::{
    Change, Entry, EventId, Exposure as How, KeyId, NodeId, NodeKind, Origin, Principal, RequestId,
    Subject, UserId, What,
};
pub(crate) use duplicate_identity::{delivered_twice, two_let_in, two_makers, zombie};
pub(crate) use outlived::outlived;
use search::Search;
pub(crate) use undelivered::{lost, never_stored, unrecovered};

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
    /// The kinds of the links in the chain, without times and names: two violations with one cause
    /// have equal kinds.
    pub(crate) causes: Vec<&'static str>,
}

/// Formats a count with its noun: `one` for a single thing, `more` for several.
fn counted(count: usize, one: &str, more: &str) -> String {
    if count == 1 { format!("one {one}") } else { format!("{count} {more}") }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Builds the story of an event shown to a user without a right to it.
pub(crate) fn leak(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let What::Delivered { user, named, origin: Some(origin), how, .. } = entry.what else {
        return story.build();
    };
    story.reached(how);
    story.captured(origin);
    story.right_ended(user, origin);
    let earlier = match how {
        How::Thumbnail | How::Tapped | How::Video => {
            story.search().listed(user, origin.event, entry.at_ms)
        }
        How::Listed | How::Pushed => None,
    };
    let root = earlier.as_ref().unwrap_or(entry);
    story.asked(root.request);
    let began = if earlier.is_some() { How::Listed } else { how };
    let value = story.misled(root, user, origin, began);
    let owner = context.ledger.whose(origin);
    let whose = owner
        .map_or_else(|| origin.event.to_string(), |owner| format!("{owner}'s {}", origin.event));
    if earlier.is_some() {
        story.add(root.at_ms, describe_delivery(&user.to_string(), None, &whose, How::Listed));
    }
    let named = Some(named).filter(|&named| named != origin.event);
    if named.is_some() {
        story.because("bytes of another event");
        story.bytes_crossed(root, origin.event);
    }
    let who = value.and_then(|value| story.entitled_by(user, &value, how));
    let who = who.unwrap_or_else(|| user.to_string());
    story.add(entry.at_ms, describe_delivery(&who, named, &whose, how));
    story.build()
}

/// Builds the story of a delivery whose bytes were not those of the event named.
pub(crate) fn mislabelled(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let What::Delivered { user, named, origin, how, .. } = entry.what else { return story.build() };
    story.asked(entry.request);
    story.reached(how);
    if let Some(origin) = origin {
        story.captured(origin);
        story.misled(entry, user, origin, how);
        story.bytes_crossed(entry, origin.event);
        let shown =
            describe_delivery(&user.to_string(), Some(named), &origin.event.to_string(), how);
        story.add(entry.at_ms, shown);
    } else {
        let shown = describe_delivery(&user.to_string(), None, &named.to_string(), how);
        story.because("bytes that no camera made");
        story.add(entry.at_ms, format!("{shown}, with bytes that no camera made"));
    }
    story.build()
}

/// Builds the story of a call that was given the answer to another call.
pub(crate) fn crossed(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    story.crossed(entry);
    story.build()
}

/// Builds the story of a connection that was used with a reply outstanding.
pub(crate) fn reused(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    story.reused(entry);
    story.build()
}

/// Builds the story of a command that ran in a database other than the one its key had been in
/// since `since_ms`.
pub(crate) fn strayed(
    entry: &Entry,
    (asked, db, since_ms): (KeyId, u8, u64),
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    story.strayed(entry, (asked, db, since_ms));
    story.build()
}

/// Builds the story of something that a request began and that did not end in time; `found` says
/// what.
pub(crate) fn overdue(
    request: RequestId,
    bound_ms: u64,
    found: String,
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(request);
    let last = story.search().find(|entry| {
        entry.request == request
            && request.0 != 0
            && entry.at_ms <= bound_ms
            && matches!(entry.what, What::CallBegan { .. })
    });
    if let Some(What::CallBegan { call, .. }) = last.map(|entry| entry.what) {
        story.call_began(call, None);
    }
    story.add(bound_ms, found);
    story.build()
}

/// Describes how `event` reached a user, perhaps under the name of another.
fn describe_delivery(user: &str, named: Option<EventId>, event: &str, how: How) -> String {
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

/// A story under construction. Lines of the same millisecond keep the order in which they were
/// added.
struct StoryBuilder<'a> {
    context: Context<'a>,
    lines: Vec<Line>,
    causes: Vec<&'static str>,
}

struct Line {
    at_ms: u64,
    text: String,
    /// Set if the story can be understood without the line.
    aside: bool,
}

impl<'a> StoryBuilder<'a> {
    fn new(context: &Context<'a>) -> Self {
        Self { context: *context, lines: Vec::new(), causes: Vec::new() }
    }

    fn past(&self) -> RecentView<'a> {
        self.context.past
    }

    fn search(&self) -> Search<'a> {
        Search(self.context.past)
    }

    fn add(&mut self, at_ms: u64, text: String) {
        self.put(Line { at_ms, text, aside: false });
    }

    /// Adds a line that may be left out of a long story.
    fn add_aside(&mut self, at_ms: u64, text: String) {
        self.put(Line { at_ms, text, aside: true });
    }

    fn put(&mut self, line: Line) {
        if !self.lines.iter().any(|known| known.text == line.text) {
            self.lines.push(line);
        }
    }

    /// Notes the kind of a link in the chain.
    fn because(&mut self, kind: &'static str) {
        if !self.causes.contains(&kind) {
            self.causes.push(kind);
        }
    }

    /// Notes how something reached a user.
    fn reached(&mut self, how: How) {
        self.because(match how {
            How::Listed => "listed",
            How::Pushed => "pushed",
            How::Thumbnail | How::Tapped | How::Video => "shown",
        });
    }

    fn build(mut self) -> Story {
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

    fn captured(&mut self, origin: Origin) {
        let Origin { event, epoch, captured_ms, maker } = origin;
        let owner = self.context.ledger.owner(event.device, epoch);
        if let Some(home) = self.context.ledger.home(maker) {
            self.because("made by a double");
            let line =
                format!("{maker} in {home}'s home, another {}, records {event}", event.device);
            return self.add(u64::from(captured_ms), line);
        }
        let whose = owner.map_or_else(String::new, |owner| format!(", {owner}'s in {epoch},"));
        self.add(u64::from(captured_ms), format!("{}{whose} records {event}", event.device));
    }

    /// Returns the commit that ended the user's right to the event, that made them take the camera
    /// over from its owner, or that let them stay when the camera was transferred.
    fn right_ending(&self, user: UserId, origin: Origin) -> Option<Entry> {
        let (camera, then) = (origin.event.device, origin.epoch);
        let ended = |change: Change| match change {
            Change::Revoked { device, epoch, user: revoked } => {
                (device, epoch, revoked) == (camera, then, user)
            }
            Change::Claimed { device, epoch, owner } => {
                device == camera && epoch > then && owner == user
            }
            Change::Carried { device, epoch, user: guest } => {
                (device, epoch, guest) == (camera, then, user)
            }
            _ => false,
        };
        self.search()
            .find(|entry| matches!(entry.what, What::Committed { change, .. } if ended(change)))
    }

    /// Adds the commit that [`Self::right_ending`] finds.
    fn right_ended(&mut self, user: UserId, origin: Origin) {
        let camera = origin.event.device;
        let found = self.right_ending(user, origin);
        match found.map(|entry| (entry.at_ms, entry.what)) {
            Some((at_ms, What::Committed { change: Change::Revoked { .. }, .. })) => {
                self.because("right revoked");
                self.add(at_ms, format!("{user} may no longer watch {camera}"));
            }
            Some((at_ms, What::Committed { change: Change::Claimed { epoch, .. }, .. })) => {
                self.because("camera passed on");
                self.add(at_ms, format!("{camera} passes to {user} ({epoch})"));
            }
            Some((at_ms, What::Committed { change: Change::Carried { epoch, .. }, .. })) => {
                self.because("grant carried along");
                let owner = self.context.ledger.owner(camera, epoch);
                let whose = owner.map_or_else(String::new, |owner| format!(" to {owner}"));
                let line = format!("{camera} passes{whose} ({epoch}), and {user}'s grant with it");
                self.add(at_ms, line);
            }
            _ => {}
        }
    }

    /// Adds who asked for what.
    fn asked(&mut self, request: RequestId) {
        let Some(entry) = self.search().request(request) else { return };
        let line = match entry.what {
            What::Issued { by, op, gateway, .. } => {
                let gateway = NodeId::new(NodeKind::Gateway, gateway);
                format!("{by} asks {gateway} {} ({request})", op.purpose())
            }
            What::Arrived { by: Principal::Gateway, op, .. } => {
                format!("{} sets out {} ({request})", entry.node, op.purpose())
            }
            What::Arrived { by, op, .. } => {
                format!("{by} asks {} {} ({request})", entry.node, op.purpose())
            }
            _ => return,
        };
        self.add(entry.at_ms, line);
    }

    /// Explains a request that was answered with the bytes of an event for which another request
    /// had asked: the latest one at the same gateway.
    fn bytes_crossed(&mut self, delivery: &Entry, event: EventId) {
        let search = self.search();
        let about = |entry: &Entry| match entry.what {
            What::Issued {
                gateway,
                subject: Subject::Event { event } | Subject::Link { event, .. },
                ..
            } => Some((gateway, event)),
            _ => None,
        };
        let own = search.request(delivery.request);
        let Some((own, (gateway, _))) = own.and_then(|own| Some((own, about(&own)?))) else {
            return;
        };
        let other = search.find(|entry| {
            entry.at_ms <= delivery.at_ms
                && entry.request != delivery.request
                && about(entry) == Some((gateway, event))
        });
        let Some(other) = other else { return };
        let (mine, theirs) = (delivery.request, other.request);
        let over = search.find(|entry| {
            entry.request == theirs
                && entry.at_ms < own.at_ms
                && matches!(entry.what, What::Settled { .. })
        });
        self.asked(theirs);
        let gateway = NodeId::new(NodeKind::Gateway, gateway);
        let when = if over.is_some() {
            self.because("bytes of an earlier request");
            "which was over by then, as if from a buffer used again"
        } else {
            self.because("bytes of a request under way");
            "which is under way too, as if the two shared a buffer"
        };
        self.add(
            delivery.at_ms,
            format!("{gateway} answers {mine} with the bytes of {event} for {theirs}, {when}"),
        );
    }

    /// Returns the sender of a request.
    fn asker(&self, request: RequestId) -> Option<Principal> {
        match self.search().request(request)?.what {
            What::Issued { by, .. } | What::Arrived { by, .. } => Some(by),
            _ => None,
        }
    }

    /// Names the user or the job for whom a request was made.
    fn whom(&self, request: RequestId) -> Option<String> {
        Some(match self.asker(request)? {
            Principal::Gateway => format!("its job ({request})"),
            by => by.to_string(),
        })
    }

    /// Names a request and for whom it was made.
    fn whose_request(&self, request: RequestId) -> String {
        match (self.asker(request), self.whom(request)) {
            (Some(Principal::Gateway), Some(job)) => job,
            (_, Some(by)) => format!("{by}'s {request}"),
            _ => request.to_string(),
        }
    }

    /// Explains the delivery by a wrong value in its request, and returns that value; without one,
    /// by what the request acted upon.
    fn misled(
        &mut self,
        delivery: &Entry,
        user: UserId,
        origin: Origin,
        how: How,
    ) -> Option<Entry> {
        // Of several wrong values in a request, one for a key about the user or, in a push, about
        // the camera is the likelier cause.
        let number = if how == How::Pushed { origin.event.device.0 } else { user.0 };
        let past = self.past();
        let fits = |key: KeyId| {
            let name = past.key_name(key);
            let mut parts = name.split(|c: char| !c.is_ascii_digit());
            parts.any(|part| part.parse().is_ok_and(|named| is_named(named, number)))
        };
        let (search, request, at_ms) = (self.search(), delivery.request, delivery.at_ms);
        if let Some(value) = search.wrong_value(request, at_ms, fits) {
            self.crossed(&value);
            return Some(value);
        }
        if let Some(value) = search.kept_value(request, at_ms, fits) {
            self.kept(&value);
            return Some(value);
        }
        self.informed(delivery, (user, origin, how), fits);
        None
    }
}

/// Returns whether a number in the name of a key is that of a user or a camera: as it is or, where
/// numbers are far apart, by its last five digits.
fn is_named(named: u32, number: u32) -> bool {
    named == number || (named >= 100_000 && named % 100_000 == number)
}

#[cfg(test)]
mod tests;
