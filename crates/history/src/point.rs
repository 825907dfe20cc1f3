//! Fault points: places in the world where something small can go wrong on a visit.
//!
//! There are two levels, as in `FoundationDB`'s `BUGGIFY`: a plan arms some of the points for a
//! whole run, and an armed point fires at random when it is visited. A run in which one rare thing
//! happens often finds other bugs than a run in which every rare thing happens rarely.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! points {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $summary:literal;)+) => {
        /// A fault point, named for what happens when it fires.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Point {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name),+
        }

        impl Point {
            /// All fault points, in the order they are listed.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the name used in scenarios.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Returns a one-line description of what happens when the point fires.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary),+ }
            }
        }
    };
}

points! {
    /// A cache node delays a reply.
    CacheLateReply = "cache-late-reply", "a cache node holds a reply back for up to 300 ms";
    /// A cache node sends a reply in parts.
    CacheSplitReply = "cache-split-reply", "a reply of a cache node comes in two or three parts, some milliseconds apart, mostly cut around the ends of its lines";
    /// A cache node carries a command out and hangs up instead of replying.
    CacheHangup = "cache-hangup", "a cache node carries a command out and hangs up instead of replying";
    /// A cache node evicts a key before it expires.
    CacheForgets = "cache-forgets", "a cache node evicts a key before its time";
    /// The directory is slow to answer a query.
    DirectorySlowQuery = "directory-slow-query", "the directory takes up to a second longer over a query";
    /// The directory refuses a query.
    DirectoryRefusal = "directory-refusal", "the directory refuses a query";
    /// The directory carries a request out, and its answer is lost.
    DirectoryLostReply = "directory-lost-reply", "the directory does what it is asked, and its answer is lost";
    /// The media store is slow to answer.
    MediaLate = "media-late", "the media store holds an answer back for up to 300 ms";
    /// The media store refuses a request.
    MediaRefusal = "media-refusal", "the media store refuses";
    /// A device's connection breaks while a gateway works on its request.
    RequestDropped = "request-dropped", "a device's connection breaks while a gateway works on its request";
    /// A caller gives up while the caching client waits for a reply.
    CallCancelled = "call-cancelled", "somebody gives up at an await of the caching client";
    /// An answer is lost on its way to the device.
    AnswerLost = "answer-lost", "a device's connection breaks as its answer arrives";
    /// A camera restarts.
    CameraReboots = "camera-reboots", "a camera restarts, its backlog kept, and connects again";
    /// A push is delayed.
    PushLate = "push-late", "a push is held back for up to a second";
    /// A cache node refuses one command and carries out the commands around it.
    CacheRefusal = "cache-refusal", "a cache node refuses one command, as while it loads its data, and carries out its neighbours";
    /// A cache node carries commands out and delays their replies.
    CacheReplyHeld = "cache-reply-held", "a cache node carries commands out and holds their replies back for up to 300 ms";
    /// A connection to a cache node takes a write in two parts.
    CacheWriteShort = "cache-write-short", "a connection to a cache node takes part of a write, and the rest up to 20 ms later, as when a window is full";
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for an unknown fault point name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchPoint;

impl FromStr for Point {
    type Err = NoSuchPoint;

    fn from_str(text: &str) -> Result<Self, NoSuchPoint> {
        Self::ALL.iter().copied().find(|point| point.name() == text).ok_or(NoSuchPoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for &point in Point::ALL {
            assert_eq!(point.name().parse(), Ok(point));
            assert_eq!(serde_json::to_value(point).expect("json"), point.name());
        }
        assert_eq!("cache-late".parse::<Point>(), Err(NoSuchPoint));
    }
}
