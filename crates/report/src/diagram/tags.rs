//! Whose data there is in a diagram, a colour each.

use super::Tag;
use super::lanes::Parties;
use crate::chain::{Chain, Delivery};
use crosswire_history::{EventId, Principal, RequestId};

/// The owners of what a diagram shows, in the order of their colours.
pub(super) struct Tags {
    names: Vec<String>,
    /// The request that was answered wrongly.
    wrong: Option<RequestId>,
    delivery: Option<Delivery>,
}

impl Tags {
    /// Gives the exposed event the first colour and the user who was shown it the second.
    pub(super) fn of(chain: &Chain) -> Self {
        let wrong = chain.links.iter().rev().find_map(|link| match link.entry.what {
            crosswire_history::Fact::Delivered { .. } => Some(link.entry.request),
            _ => None,
        });
        let names = match chain.delivery {
            Some(delivery) => vec![exposed(delivery), format!("{}'s own", delivery.user)],
            // Nothing was exposed: nothing has the colours of what is.
            None => vec!["what was exposed".to_owned(), "the wrong user's own".to_owned()],
        };
        Self { names, wrong, delivery: chain.delivery }
    }

    /// Returns the colour of an event.
    pub(super) fn event(&mut self, event: EventId) -> usize {
        match self.delivery {
            Some(delivery) if delivery.shown() == event => 0,
            _ => self.named(event.to_string()),
        }
    }

    /// Returns the colour of what a request is about: its sender's own data. A job that pushes the
    /// exposed event is about that.
    pub(super) fn request(&mut self, request: RequestId, parties: &Parties) -> usize {
        let sender = parties.sender(request);
        if let (Some(delivery), Some(sender)) = (self.delivery, sender) {
            let shown = delivery.shown().device;
            match sender {
                Principal::User(user) if user == delivery.user => return 1,
                Principal::User(user) if Some(user) == delivery.owner => return 0,
                Principal::Device(device) if device == shown => return 0,
                Principal::Gateway if self.wrong == Some(request) => return 0,
                Principal::User(_) | Principal::Device(_) | Principal::Gateway => {}
            }
        }
        self.named(match sender {
            Some(Principal::User(user)) => format!("{user}'s own"),
            Some(Principal::Device(device)) => device.to_string(),
            Some(Principal::Gateway) => format!("the job of {request}"),
            None => "of no request".to_owned(),
        })
    }

    fn named(&mut self, name: String) -> usize {
        if let Some(known) = self.names.iter().position(|known| *known == name) {
            return known;
        }
        self.names.push(name);
        self.names.len() - 1
    }

    pub(super) fn into_all(self) -> Vec<Tag> {
        self.names.into_iter().map(|name| Tag { name }).collect()
    }
}

/// Names the exposed event and its owner.
fn exposed(delivery: Delivery) -> String {
    let event = delivery.shown();
    match delivery.owner {
        Some(owner) => format!("{owner}'s {event}"),
        None => event.to_string(),
    }
}
