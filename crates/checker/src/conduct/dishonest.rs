//! What dishonest devices must have tried, if a plan has any.

use super::ENOUGH;
use crate::bounds::Bounds;
use crosswire_history::{Entry, Fact, NodeKind, Op, Outcome};

/// The situation that a plan has dishonest devices.
pub(crate) const DISHONEST: &str = "dishonest-devices";

/// The situations that are required where devices are dishonest.
pub(crate) const TRIED: [&str; 4] = [FOREIGN_EVENT, FORGED_LINK, EXPIRED_LINK, FOREIGN_UPLOAD];

const FOREIGN_EVENT: &str = "foreign-event-asked";
const FORGED_LINK: &str = "forged-link";
const EXPIRED_LINK: &str = "expired-link";
const FOREIGN_UPLOAD: &str = "foreign-upload";

/// The situations of dishonest devices that are not required.
const OTHERS: [&str; 3] = [DISHONEST, "old-event-asked", "asked-unauthenticated"];

/// Returns whether only dishonest devices reach a situation.
pub fn is_of_dishonest_devices(name: &str) -> bool {
    TRIED.contains(&name) || OTHERS.contains(&name)
}

/// The number of users from which on some camera has nothing to do with some user.
const STRANGERS: u32 = 4;

/// The probability that all devices are honest, above which none need be dishonest.
const UNLIKELY: f64 = 0.001;

/// The part of a run, as a divisor, from which on a link lives too long to expire often.
const LONG: u64 = 8;

/// The occasions on which devices may be dishonest.
#[derive(Default)]
pub(super) struct Occasions {
    /// Users opened the app.
    opened: u64,
    /// Cameras captured events.
    captured: u64,
}

impl Occasions {
    #[inline]
    pub(super) fn observe(&mut self, entry: &Entry) {
        match entry.what {
            Fact::Captured { .. } => self.captured += 1,
            Fact::Settled { op: Op::Authenticate, outcome: Outcome::Ok }
                if entry.node.kind == NodeKind::Phones =>
            {
                self.opened += 1;
            }
            _ => {}
        }
    }

    /// Returns what dishonest devices cannot reach or had too few occasions for, with the reasons.
    pub(super) fn not_applicable(&self, bounds: &Bounds) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        if bounds.dishonest == 0.0 {
            return found;
        }
        // A dishonest device is dishonest on half of its occasions, or less.
        let few = |times: u64| times as f64 * bounds.dishonest < (4 * ENOUGH) as f64;
        let perhaps_none = |devices: u32| (1.0 - bounds.dishonest).powi(devices as i32) > UNLIKELY;
        let of_phones = if bounds.phones < STRANGERS {
            Some("with so few users, every camera may be shared with every user")
        } else if perhaps_none(bounds.phones) {
            Some("with so few phones, all may be honest")
        } else if few(self.opened) {
            Some("users seldom opened the app")
        } else {
            None
        };
        if let Some(why) = of_phones {
            found.extend([FOREIGN_EVENT, FORGED_LINK, EXPIRED_LINK].map(|name| (name, why)));
        } else if bounds.link_ms >= bounds.duration_ms / LONG {
            found.push((EXPIRED_LINK, "a link lives for an eighth of the run or longer"));
        }
        if bounds.cameras < 2 || perhaps_none(bounds.cameras) {
            found.push((FOREIGN_UPLOAD, "with so few cameras, all may be honest"));
        } else if few(self.captured) {
            found.push((FOREIGN_UPLOAD, "cameras captured few events"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Tape, event};

    fn bounds() -> Bounds {
        Bounds { dishonest: 0.5, phones: 40, cameras: 40, ..Bounds::default() }
    }

    /// Returns what is exempt of [`TRIED`] if users open the app and cameras capture `times`.
    fn exempt(bounds: Bounds, times: u32) -> Vec<String> {
        let mut tape = Tape::new(bounds);
        for nth in 0..times {
            tape.settles(1 + nth, Op::Authenticate, Outcome::Ok).captures(event(1, 1 + nth));
        }
        let found = tape.finish(60_000).not_applicable.into_iter().map(|found| found.name);
        found.filter(|name| TRIED.contains(&name.as_str())).collect()
    }

    #[test]
    fn many_occasions_exempt_from_nothing() {
        assert!(exempt(bounds(), 200).is_empty());
    }

    #[test]
    fn few_occasions_exempt_from_all() {
        assert_eq!(exempt(bounds(), 100), TRIED);
    }

    #[test]
    fn without_dishonest_devices_nothing_is_listed() {
        assert!(exempt(Bounds { dishonest: 0.0, ..bounds() }, 1).is_empty());
    }

    #[test]
    fn small_casts_and_long_links_exempt_from_what_they_rule_out() {
        assert_eq!(exempt(Bounds { phones: 3, ..bounds() }, 200), TRIED[..3]);
        assert_eq!(exempt(Bounds { cameras: 5, ..bounds() }, 200), [FOREIGN_UPLOAD]);
        assert_eq!(exempt(Bounds { link_ms: 30_000, ..bounds() }, 200), [EXPIRED_LINK]);
    }

    #[test]
    fn they_are_required_where_devices_are_dishonest() {
        let missing = |dishonest: f64| {
            let mut tape = Tape::new(Bounds { dishonest, ..bounds() });
            for nth in 0..200 {
                tape.settles(1 + nth, Op::Authenticate, Outcome::Ok).captures(event(1, 1 + nth));
            }
            let missing = tape.finish(60_000).missing.into_iter().map(|missing| missing.situation);
            missing.filter(|name| TRIED.contains(&name.as_str())).count()
        };
        assert_eq!((missing(0.5), missing(0.0)), (4, 0));
    }
}
