//! Stories of rights and of time: stale values, one user taken for another, events that a transfer
//! should have separated, and refusals of what the sender had a right to.

use super::builder::{Story, StoryBuilder, describe_delivery};
use super::known::{AtRest, Delivered, Value, delivered};
use crate::context::Context;
use crate::evidence::{Acked, Tie};
use crosswire_history::{Change, DeviceId, Entry, Epoch, Fact, Principal, Subject, UserId};

/// Builds the story of a value older than an invalidation that was acknowledged long ago.
pub(crate) fn stale(entry: &Entry, acked: Acked, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let Value { call, asked, returned } = Value::of(entry);
    story.because("stale value");
    story.changed(acked, asked, returned.as_of);
    story.asked(acked.request);
    let invalidated = story.search().find(|entry| {
        entry.request == acked.request
            && matches!(entry.what, Fact::Invalidated { key, .. } if key == asked)
    });
    let key = story.key(asked);
    if let Some(entry) = invalidated {
        let line = format!("{} has {key} forgotten ({})", entry.node, acked.request);
        story.had_forgotten(&entry, line);
    }
    let (request, commit) = (acked.request, acked.commit);
    story.add(acked.at_ms, format!("{request} is answered: it is done, as of commit {commit}"));
    let bound_ms = acked.at_ms.saturating_add(context.bounds.freshness_ms);
    story.add(
        bound_ms,
        format!("nobody may be told any more what {key} was before commit {commit}"),
    );
    if returned.command.0 == 0 {
        story.remembered(entry, None);
        let since_ms = invalidated.map_or(acked.at_ms, |entry| entry.at_ms);
        story.published(entry.node, asked, (since_ms, entry.at_ms));
    }
    story.left_in_cache(asked, returned.as_of, story.search().came_at(entry));
    story.asked(entry.request);
    story.call_began(call, None);
    let as_of = returned.as_of;
    story.add(entry.at_ms, format!("{call} returns {key} as it was read as of commit {as_of}"));
    story.build()
}

/// Builds the story of a cache entry that had been untrue for too long when the run ended.
pub(crate) fn stale_at_rest(entry: &Entry, untrue_ms: u64, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let AtRest { key, as_of } = AtRest::of(entry);
    story.because("stale at rest");
    let name = story.key(key);
    story.left_in_cache(key, as_of, entry.at_ms);
    story.add(untrue_ms, format!("the directory commits a change that makes {name} another"));
    let bound_ms = untrue_ms.saturating_add(context.bounds.freshness_ms);
    story.add(bound_ms, format!("{name} should be true again by now"));
    story.add(entry.at_ms, format!("at rest, the cache still holds {name} as of commit {as_of}"));
    story.build()
}

/// Builds the story of a decision for a principal other than the sender.
pub(crate) fn taken_for(entry: &Entry, about: Principal, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    if let Fact::GivenAgain { .. } = entry.what {
        story.given_again(entry);
        return story.build();
    }
    // A request of that principal that came between is the likelier cause.
    let other = story.search().find(|other| {
        other.at_ms <= entry.at_ms
            && other.request != entry.request
            && matches!(other.what, Fact::Arrived { by, .. } if by == about)
    });
    if let Some(other) = other {
        story.asked(other.request);
    }
    story.asked_of_another(entry);
    story.build()
}

/// Builds the story of an event that reached a user who has, or had, another right to its camera.
pub(crate) fn transferred(entry: &Entry, tie: Tie, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let (Delivered { user, named, how, .. }, origin) = delivered(entry);
    let (device, epoch) = (origin.event.device, origin.epoch);
    story.reached(how);
    story.because(match tie {
        Tie::Owner(_) => "owner of another epoch",
        Tie::Guest(_) => "guest of another epoch",
        Tie::Revoked(_) => "right revoked",
    });
    story.captured(origin);
    let (other, right) = match tie {
        Tie::Owner(other) => (other, format!("{device} is {user}'s in {other}")),
        Tie::Guest(other) => (other, format!("{user} may watch {device} in {other}")),
        Tie::Revoked(_) => (epoch, format!("{user} may watch {device} in {epoch}")),
    };
    if epoch > other {
        story.claimed(device, epoch);
    }
    let since = story.right_began(user, device, other);
    if let Some(at_ms) = since {
        story.add(at_ms, right.clone());
    }
    if let Tie::Revoked(to_ms) = tie {
        story.add(to_ms, format!("{user} may no longer watch {device}"));
    }
    story.asked(entry.request);
    story.misled(entry, user, origin, how);
    let named = if named == origin.event { None } else { Some(named) };
    let event = format!("{} of {epoch}", origin.event);
    let not_so = match (since, tie) {
        (None, Tie::Owner(_) | Tie::Guest(_)) => format!("; {right}"),
        _ => String::new(),
    };
    story.add(
        entry.at_ms,
        format!("{}{not_so}", describe_delivery(&user.to_string(), named, &event, how)),
    );
    story.build()
}

/// Builds the story of a refused request whose sender had the right.
pub(crate) fn denied(entry: &Entry, subject: Subject, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.add(context.bounds.recovered_ms(), "the service should have recovered by now".to_owned());
    story.asked(entry.request);
    let by = story.whom(entry.request).unwrap_or_default();
    let (what, device) = match subject {
        Subject::Oneself => ("which everybody known may ask for".to_owned(), None),
        Subject::Event { event } | Subject::Link { event, .. } => {
            (format!("though {event} is theirs to ask for"), Some(event.device))
        }
        Subject::Camera { device, .. } => {
            (format!("though the directory says that {by} may"), Some(device))
        }
    };
    if let (Some(device), Some(user)) = (device, context.recent.user(entry.request)) {
        story.last_right(device, user);
    }
    story.because("denied");
    story.add(entry.at_ms, format!("{by} is told that it is not allowed, {what}"));
    story.build()
}

impl StoryBuilder<'_> {
    /// Adds the claim that began an epoch.
    fn claimed(&mut self, wanted: DeviceId, then: Epoch) {
        // Each camera is claimed before the run, which is nothing to tell.
        if then == Epoch(1) {
            return;
        }
        let found =
            self.search().find_map(|entry| match entry.what {
                Fact::Committed {
                    change: change @ Change::Claimed { device, epoch, .. }, ..
                } if (device, epoch) == (wanted, then) => Some((entry.at_ms, change)),
                _ => None,
            });
        if let Some((at_ms, change)) = found {
            self.add(at_ms, in_words(change));
        }
    }

    /// Returns when a user became the owner, or a guest, of a camera in an epoch.
    fn right_began(&self, user: UserId, device: DeviceId, epoch: Epoch) -> Option<u64> {
        let owned = Change::Claimed { device, epoch, owner: user };
        let granted = Change::Granted { device, epoch, user };
        let found = self.search().find(|entry| {
            matches!(entry.what, Fact::Committed { change, .. } if change == owned || change == granted)
        });
        found.map(|entry| entry.at_ms)
    }

    /// Adds the commit that last gave a user a right to a camera, or took it away.
    fn last_right(&mut self, wanted: DeviceId, person: UserId) {
        let theirs = |change: Change| match change {
            Change::Claimed { device, owner: user, .. }
            | Change::Granted { device, user, .. }
            | Change::Carried { device, user, .. }
            | Change::Revoked { device, user, .. } => (device, user) == (wanted, person),
            Change::Deleted { .. } | Change::Stored { .. } => false,
        };
        let found = self.search().find_map(|entry| match entry.what {
            Fact::Committed { change, .. } if theirs(change) => Some((entry.at_ms, change)),
            _ => None,
        });
        if let Some((at_ms, change)) = found {
            self.add(at_ms, in_words(change));
        }
    }
}

/// Describes a change.
pub(super) fn in_words(change: Change) -> String {
    match change {
        Change::Claimed { device, epoch, owner } => format!("{device} is {owner}'s in {epoch}"),
        Change::Granted { device, epoch, user } => format!("{user} may watch {device} in {epoch}"),
        Change::Carried { device, epoch, user } => {
            format!("{user}'s grant on {device} lives on in {epoch}")
        }
        Change::Revoked { device, epoch, user } => {
            format!("{user} may no longer watch {device} in {epoch}")
        }
        Change::Deleted { device, .. } => format!("{device} is deleted"),
        Change::Stored { event, epoch } => format!("{event} is stored in {epoch}"),
    }
}

#[cfg(test)]
mod tests;
