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
                format!("asks {gateway} for the video of {event}, which it was listed earlier"),
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
