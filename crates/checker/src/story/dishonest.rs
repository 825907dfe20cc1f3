//! Explains what a dishonest device asked for, and that it was not refused.

use super::builder::{StoryBuilder, seconds};
use super::search::Search;
use crosswire_history::{
    Entry, EventId, Fact, NodeId, NodeKind, Outcome, RequestId, Subject, Trick,
};

/// What makes a request dishonest.
#[derive(Clone, Copy)]
pub(super) struct Dishonest {
    trick: Trick,
    event: EventId,
    authenticated: bool,
}

impl Search<'_> {
    /// Returns what makes the request dishonest, if it is.
    pub(super) fn dishonest(self, request: RequestId) -> Option<Dishonest> {
        self.find_map(|entry| match entry.what {
            Fact::Dishonest { trick, event, authenticated } if entry.request == request => {
                Some(Dishonest { trick, event, authenticated })
            }
            _ => None,
        })
    }

    /// Returns the latest upload of `event` under the name of another camera's event, up to
    /// `at_ms`, that a gateway answered with success.
    fn foreign_upload(self, event: EventId, named: EventId, at_ms: u64) -> Option<RequestId> {
        let is_upload = |entry: &Entry| {
            let of_it = matches!(entry.what, Fact::Dishonest { trick: Trick::ForeignUpload, event: of, .. }
                if of == event);
            of_it && entry.at_ms <= at_ms && self.event_of(entry.request) == Some(named)
        };
        self.find(is_upload).map(|entry| entry.request)
    }

    /// Returns the event that a request is about.
    fn event_of(self, request: RequestId) -> Option<EventId> {
        match self.request(request)?.what {
            Fact::Issued {
                subject: Subject::Event { event } | Subject::Link { event, .. },
                ..
            } => Some(event),
            _ => None,
        }
    }
}

impl StoryBuilder<'_> {
    /// Adds a dishonest request, and that it was answered with success.
    pub(super) fn asked_dishonestly(&mut self, issued: &Entry, dishonest: Dishonest) {
        let Fact::Issued { by, gateway, subject, .. } = issued.what else { return };
        let Dishonest { trick, event: given, authenticated } = dishonest;
        let (request, gateway) = (issued.request, NodeId::new(NodeKind::Gateway, gateway));
        let (event, until_ms) = match subject {
            Subject::Event { event } => (event, 0),
            Subject::Link { event, until_ms } => (event, until_ms),
            Subject::Oneself | Subject::Camera { .. } => return,
        };
        let (cause, line) = match trick {
            Trick::ForeignEvent => (
                "foreign event",
                format!("asks {gateway} for the video of {event}, which it was never shown"),
            ),
            Trick::OldEvent => (
                "old event",
                format!("asks {gateway} for the video of {event}, which was in its list earlier"),
            ),
            Trick::SwappedEvent => (
                "forged link",
                format!(
                    "asks {gateway} for the thumbnail of {event} with the link to {given}, in which it has put {event}"
                ),
            ),
            Trick::MadeUpSignature => (
                "forged link",
                format!(
                    "asks {gateway} for the thumbnail of {event} with a link that it has signed itself"
                ),
            ),
            Trick::MovedExpiry => (
                "forged link",
                format!(
                    "asks {gateway} for the thumbnail of {event} with an old link, whose expiry it has moved"
                ),
            ),
            Trick::ExpiredLink => (
                "expired link",
                format!(
                    "asks {gateway} for the thumbnail of {event} with a link that expired at {}",
                    seconds(until_ms)
                ),
            ),
            Trick::ForeignUpload => (
                "foreign upload",
                format!("uploads {given} to {gateway} as {event}, an event of another camera"),
            ),
        };
        self.because(cause);
        let who =
            if trick == Trick::ForeignUpload { by.to_string() } else { format!("{by}'s phone") };
        let session = if authenticated { "" } else { ", without having authenticated" };
        self.add(issued.at_ms, format!("{who} {line}{session} ({request})"));
        let answered = self.search().find(|entry| {
            entry.request == request && matches!(entry.what, Fact::Replied { outcome: Outcome::Ok })
        });
        if let Some(answered) = answered {
            self.add(answered.at_ms, format!("{gateway} does not refuse {request}"));
        }
    }

    /// Explains bytes that reached a user under the name of another event by the upload that named
    /// them so. Returns whether there was one.
    pub(super) fn uploaded_as(&mut self, delivery: &Entry, event: EventId, named: EventId) -> bool {
        let Some(upload) = self.search().foreign_upload(event, named, delivery.at_ms) else {
            return false;
        };
        self.asked(upload);
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I14;
    use crate::fixture::{Tape, event, origin, person};
    use crosswire_history::Exposure::{Listed, Video};
    use crosswire_history::{DeviceId, Fact, Op, Outcome, Principal, Subject, Trick, UserId};

    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17).claims(2, 18);
        tape
    }

    fn dishonest(trick: Trick, event: crosswire_history::EventId) -> Fact {
        Fact::Dishonest { trick, event, authenticated: false }
    }

    #[test]
    fn a_story_says_what_a_dishonest_phone_asked_for() {
        let (mut tape, theirs) = (tape(), event(17, 1));
        tape.at(2000).asks_about(70, person(2), Op::Video, Subject::Event { event: theirs });
        tape.write(70, dishonest(Trick::ForeignEvent, theirs));
        tape.at(2050).write(70, Fact::Replied { outcome: Outcome::Ok });
        let (user, origin, how, since_ms) = (UserId(2), Some(origin(17, 1, 1)), Video, 2000);
        tape.at(2100).write(70, Fact::Delivered { user, named: theirs, origin, how, since_ms });
        let findings = tape.finish(3000);
        let story = findings.violations[0].story.join("\n");
        let asked = "user-2's phone asks gateway-1 for the video of camera-17/1, which it was never \
                     shown, without having authenticated (request-";
        assert!(story.contains(asked), "{story}");
        assert!(story.contains("2.050 gateway-1 does not refuse request-70"), "{story}");
    }

    #[test]
    fn bytes_under_another_name_are_explained_by_the_upload() {
        let (mut tape, own, named) = (tape(), event(17, 1), event(18, 4));
        let by = Principal::Device(DeviceId(17));
        tape.at(1000).asks_about(70, by, Op::Upload, Subject::Event { event: named });
        tape.write(70, dishonest(Trick::ForeignUpload, own));
        tape.at(2000).shows(2, named, Some(origin(17, 1, 1)), Listed);
        let findings = tape.finish(3000);
        for violation in &findings.violations {
            let story = violation.story.join("\n");
            assert!(
                story.contains("camera-17 uploads camera-17/1 to gateway-1 as camera-18/4"),
                "{story}"
            );
        }
        assert_eq!(findings.violations.len(), 2, "I1 and I2");
    }

    /// A forged link may be to an event that the user may see; to deny it is correct.
    #[test]
    fn to_deny_a_dishonest_request_is_correct() {
        let (mut tape, own) = (tape(), event(17, 1));
        tape.at(500).captures(own);
        let subject = Subject::Link { event: own, until_ms: 60_000 };
        tape.at(20_000).asks_about(70, person(1), Op::Thumbnail, subject);
        tape.write(70, dishonest(Trick::MovedExpiry, own));
        tape.settles(70, Op::Thumbnail, Outcome::Denied);
        assert_eq!(tape.count(I14), 0);
        tape.asks_about(71, person(1), Op::Thumbnail, subject);
        tape.settles(71, Op::Thumbnail, Outcome::Denied);
        assert_eq!(tape.count(I14), 1);
    }
}
