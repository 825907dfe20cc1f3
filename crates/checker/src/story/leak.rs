//! Explains deliveries of what a user had no right to see, or of bytes under another event's name.

use super::builder::{Story, StoryBuilder, describe_delivery};
use super::known::{Delivered, delivered};
use crate::context::Context;
use crosswire_history::{
    Change, Entry, EventId, Exposure as How, Fact, KeyId, NodeId, NodeKind, Origin, Subject, UserId,
};

/// Builds the story of an event shown to a user without a right to it.
pub(crate) fn leak(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let (Delivered { user, named, how, .. }, origin) = delivered(entry);
    story.reached(how);
    story.captured(origin);
    story.right_ended(user, origin);
    let earlier = match how {
        _ if story.search().dishonest(entry.request).is_some() => None,
        How::Thumbnail | How::Tapped | How::Video => {
            story.search().listed(user, origin.event, entry.at_ms)
        }
        How::Listed | How::Pushed => None,
    };
    let root = earlier.as_ref().unwrap_or(entry);
    let named = if named == origin.event { None } else { Some(named) };
    let uploaded = named.is_some_and(|named| story.uploaded_as(entry, origin.event, named));
    let value = if uploaded {
        None
    } else {
        story.asked(root.request);
        let began = if earlier.is_some() { How::Listed } else { how };
        story.misled(root, user, origin, began)
    };
    let owner = context.ledger.whose(origin);
    let whose = owner
        .map_or_else(|| origin.event.to_string(), |owner| format!("{owner}'s {}", origin.event));
    if earlier.is_some() {
        story.add(root.at_ms, describe_delivery(&user.to_string(), None, &whose, How::Listed));
    }
    if named.is_some() && !uploaded {
        story.because("bytes of another event");
        story.bytes_crossed(root, origin.event);
    }
    let entitled = value.and_then(|value| story.entitled_by(user, &value, how));
    let who = entitled.unwrap_or_else(|| user.to_string());
    story.add(entry.at_ms, describe_delivery(&who, named, &whose, how));
    story.build()
}

/// Builds the story of a delivery whose bytes were not those of the event named.
pub(crate) fn mislabelled(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let Delivered { user, named, origin, how } = Delivered::of(entry);
    story.reached(how);
    if let Some(origin) = origin {
        story.captured(origin);
        if !story.uploaded_as(entry, origin.event, named) {
            story.asked(entry.request);
            story.misled(entry, user, origin, how);
            story.bytes_crossed(entry, origin.event);
        }
        let shown =
            describe_delivery(&user.to_string(), Some(named), &origin.event.to_string(), how);
        story.add(entry.at_ms, shown);
    } else {
        story.asked(entry.request);
        let shown = describe_delivery(&user.to_string(), None, &named.to_string(), how);
        story.because("bytes that no camera made");
        story.add(entry.at_ms, format!("{shown}, with bytes that no camera made"));
    }
    story.build()
}

impl StoryBuilder<'_> {
    pub(super) fn captured(&mut self, origin: Origin) {
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
    pub(super) fn right_ending(&self, user: UserId, origin: Origin) -> Option<Entry> {
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
            .find(|entry| matches!(entry.what, Fact::Committed { change, .. } if ended(change)))
    }

    /// Adds the commit that [`Self::right_ending`] finds.
    fn right_ended(&mut self, user: UserId, origin: Origin) {
        let camera = origin.event.device;
        let found = self.right_ending(user, origin);
        match found.map(|entry| (entry.at_ms, entry.what)) {
            Some((at_ms, Fact::Committed { change: Change::Revoked { .. }, .. })) => {
                self.because("right revoked");
                self.add(at_ms, format!("{user} may no longer watch {camera}"));
            }
            Some((at_ms, Fact::Committed { change: Change::Claimed { epoch, .. }, .. })) => {
                self.because("camera passed on");
                self.add(at_ms, format!("{camera} passes to {user} ({epoch})"));
            }
            Some((at_ms, Fact::Committed { change: Change::Carried { epoch, .. }, .. })) => {
                self.because("grant carried along");
                let owner = self.context.ledger.owner(camera, epoch);
                let whose = owner.map_or_else(String::new, |owner| format!(" to {owner}"));
                let line = format!("{camera} passes{whose} ({epoch}), and {user}'s grant with it");
                self.add(at_ms, line);
            }
            None => {}
            Some((_, other)) => panic!("a right ends with a revocation or a claim, not {other:?}"),
        }
    }

    /// Explains a request that was answered with the bytes of an event for which another request
    /// had asked: the latest one at the same gateway.
    fn bytes_crossed(&mut self, delivery: &Entry, event: EventId) {
        let search = self.search();
        let about = |entry: &Entry| match entry.what {
            Fact::Issued {
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
                && matches!(entry.what, Fact::Settled { .. })
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

    /// Explains the delivery by a wrong value in its request, and returns that value; without one,
    /// by what the request acted upon.
    pub(super) fn misled(
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
        let fits = |key: KeyId| names(&past.key_name(key), number);
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

/// Returns whether the name of a key contains the number of a user or a camera.
pub(super) fn names(key: &str, number: u32) -> bool {
    let mut parts = key.split(|c: char| !c.is_ascii_digit());
    parts.any(|part| part.parse().is_ok_and(|named| is_named(named, number)))
}

/// Returns whether a number in the name of a key is that of a user or a camera: as it is or, where
/// numbers are far apart, by its last five digits.
fn is_named(named: u32, number: u32) -> bool {
    named == number || (named >= 100_000 && named % 100_000 == number)
}
