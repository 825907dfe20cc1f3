//! Stories of two things where there should be one: cameras, deliveries, grants.

use super::builder::{Story, StoryBuilder, describe_delivery};
use super::known::{Delivered, delivered};
use crate::context::Context;
use crosswire_history::{
    Change, DeviceId, Entry, Exposure as How, Fact, Op, Origin, Outcome, Serial, UserId,
};

/// Builds the story of an event recorded by a camera other than the first of its device and epoch.
pub(crate) fn two_makers(entry: &Entry, first: Serial, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let (Delivered { user, how, .. }, origin) = delivered(entry);
    for maker in [first, origin.maker] {
        let let_in = story.search().find(
            |entry| matches!(entry.what, Fact::Cloned { maker: clone, .. } if clone == maker),
        );
        if let Some(entry) = let_in {
            let device = origin.event.device;
            story.add(
                entry.at_ms,
                format!("{maker} asks to be let in as {device}, as another does"),
            );
        }
    }
    story.because("two makers");
    let by_first = story.search().find(|entry| {
        matches!(entry.what, Fact::Delivered { origin: Some(other), .. }
            if other.maker == first && same_epoch(other, origin))
    });
    if let Some(by_first) = by_first {
        let (Delivered { user, how, .. }, other) = delivered(&by_first);
        let shown = describe_delivery(&user.to_string(), None, &other.event.to_string(), how);
        story.add(by_first.at_ms, format!("{shown}, made by {first}"));
    }
    story.captured(origin);
    story.asked(entry.request);
    let shown = describe_delivery(&user.to_string(), None, &origin.event.to_string(), how);
    story.add(entry.at_ms, format!("{shown}, made by {}", origin.maker));
    story.build()
}

/// Builds the story of two cameras that authenticated as one device in one epoch, each with its
/// serial and the time; the first may have been registered from the start.
pub(crate) fn two_let_in(
    device: DeviceId,
    ((first, since_ms), (second, at_ms)): ((Serial, Option<u64>), (Serial, u64)),
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    story.because("two let in");
    let asked = story.search().find_map(|entry| match entry.what {
        Fact::Cloned { maker, .. } if [first, second].contains(&maker) => {
            Some((entry.at_ms, maker))
        }
        _ => None,
    });
    if let Some((at_ms, maker)) = asked {
        story.add(at_ms, format!("{maker} asks to be let in as {device}, as another does"));
    }
    match since_ms {
        None => story.add(0, format!("{first} is registered as {device}")),
        Some(since_ms) => story.add(since_ms, format!("{first} is let in as {device}")),
    }
    story.add(at_ms, format!("{second} is let in as {device} too"));
    story.build()
}

fn same_epoch(a: Origin, b: Origin) -> bool {
    (a.event.device, a.epoch) == (b.event.device, b.epoch)
}

/// Builds the story of an event that a user received twice.
pub(crate) fn delivered_twice(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    let (Delivered { user, how, .. }, origin) = delivered(entry);
    let (event, stored) = (
        origin.event,
        |change: Change| matches!(change, Change::Stored { event, .. } if event == origin.event),
    );
    let search = story.search();
    story.captured(origin);
    let kept =
        search.find(|entry| matches!(entry.what, Fact::Committed { change, .. } if stored(change)));
    if let Some(kept) = kept {
        story.asked(kept.request);
        story.add(kept.at_ms, format!("the directory stores {event}"));
    }
    story.reached(how);
    story.because("twice");
    let mut seen = 0;
    let before = search.find(|other| match other.what {
        Fact::Delivered { user: to, origin: Some(of), how: by, .. }
            if (to, of.event, of.maker, by) == (user, event, origin.maker, how)
                && (how == How::Pushed || other.request == entry.request) =>
        {
            seen += 1;
            // The first match is the delivery itself.
            seen == 2
        }
        _ => false,
    });
    let shown = describe_delivery(&user.to_string(), None, &event.to_string(), how);
    if let Some(before) = before {
        story.asked(before.request);
        story.add(before.at_ms, shown.clone());
    }
    story.asked(entry.request);
    story.add(entry.at_ms, format!("{shown}, once more"));
    story.build()
}

/// Builds the story of a revoked guest who was let in, though the host had not asked for it since.
pub(crate) fn zombie(
    entry: &Entry,
    (device, user): (DeviceId, UserId),
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    let search = story.search();
    story.because("let in unasked");
    story.asked(entry.request);
    for wanted in [Op::Share, Op::Revoke] {
        let asked = search.find(|entry| {
            matches!(entry.what, Fact::Asked { op, device: d, user: u, .. }
                if (op, d, u) == (wanted, device, user))
        });
        let Some(asked) = asked else { continue };
        story.asked(asked.request);
        let settled = search.find_map(|entry| match entry.what {
            Fact::Settled { outcome, .. } if entry.request == asked.request => {
                Some((entry.at_ms, outcome))
            }
            _ => None,
        });
        if let Some((at_ms, outcome)) = settled {
            let answer = match outcome {
                Outcome::Ok => "is told that it is done",
                Outcome::Failed | Outcome::Refused => "is told that it failed",
                Outcome::Denied => "is told that it is not allowed",
                Outcome::TimedOut | Outcome::GaveUp | Outcome::Reset => "has no answer",
            };
            story.add(at_ms, format!("the host of {user} at {device} {answer}"));
        }
    }
    story.add(
        entry.at_ms,
        format!("the directory lets {user} watch {device}, for which nobody has asked since"),
    );
    story.build()
}
