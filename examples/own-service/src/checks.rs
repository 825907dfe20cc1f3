//! What a gateway checks of what a device sends, beyond who the device is.

use crosswire::service::{DeviceId, EventId, Settings, Token};

/// The checks of a request. By default each is made.
pub trait Checks: Send + Sync + 'static {
    /// Whether a video is played only for users who may see the event.
    const OF_VIDEOS: bool = true;

    /// Returns whether a link to a thumbnail is good at this millisecond.
    fn of_link(token: Token, settings: &Settings, now_ms: u64) -> bool {
        token.is_good(settings.signing_key, now_ms)
    }

    /// Returns whether a camera may upload an event of this id.
    fn of_upload(camera: DeviceId, event: EventId) -> bool {
        event.device == camera
    }
}

/// Makes every check.
pub struct All;

impl Checks for All {}

/// Plays every video that is asked for. Its id comes from the Events tab, which shows a user's own
/// events and no others. But a phone may ask for any id, and ids are easy to guess.
pub struct NotVideos;

impl Checks for NotVideos {
    const OF_VIDEOS: bool = false;
}

/// Checks the expiry of a link, and not the signature: nobody else makes links. But a phone may.
pub struct NotSignatures;

impl Checks for NotSignatures {
    fn of_link(token: Token, _: &Settings, now_ms: u64) -> bool {
        now_ms <= token.expires_ms
    }
}

/// Checks the signature of a link, and not the expiry: a signed link was given to somebody who may
/// use it. But the grant may have ended since.
pub struct NotExpiries;

impl Checks for NotExpiries {
    fn of_link(token: Token, settings: &Settings, _: u64) -> bool {
        token == Token::sign(settings.signing_key, token.event, token.expires_ms)
    }
}

/// Stores what any camera uploads: the camera has authenticated, and numbers its events itself. But
/// it may name another camera's.
pub struct NotUploads;

impl Checks for NotUploads {
    fn of_upload(_: DeviceId, _: EventId) -> bool {
        true
    }
}
