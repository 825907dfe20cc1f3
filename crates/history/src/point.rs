//! Fault points: places in the world where something small can go wrong on a visit.
//!
//! In two levels, as `FoundationDB`'s `BUGGIFY` has it: a plan arms some of the points for a whole
//! run, and an armed point then fires by chance whenever it is visited. A run in which a rare
//! thing happens often finds other bugs than one in which everything rare happens rarely.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! points {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $summary:literal;)+) => {
        /// A fault point, by what happens when it fires.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Point {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name),+
        }

        impl Point {
            /// All points, in the order they are listed.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name it has in scenarios.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What happens when it fires, in a line.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary),+ }
            }
        }
    };
}

points! {
    /// A cache node holds a reply back.
    CacheLateReply = "cache-late-reply", "a cache node holds a reply back for up to 300 ms";
    /// A cache node's reply comes in parts.
    CacheSplitReply = "cache-split-reply", "a reply of a cache node comes in two or three parts, some milliseconds apart, mostly cut around the ends of its lines";
    /// A cache node hangs up instead of replying.
    CacheHangup = "cache-hangup", "a cache node carries a command out and hangs up instead of replying";
    /// A cache node evicts a key before its time.
    CacheForgets = "cache-forgets", "a cache node evicts a key before its time";
    /// The directory takes its time over a query.
    DirectorySlowQuery = "directory-slow-query", "the directory takes up to a second longer over a query";
    /// The directory refuses a query.
    DirectoryRefusal = "directory-refusal", "the directory refuses a query";
    /// The directory does what it is asked, and its answer is lost.
    DirectoryLostReply = "directory-lost-reply", "the directory does what it is asked, and its answer is lost";
    /// The media store takes its time.
    MediaLate = "media-late", "the media store holds an answer back for up to 300 ms";
    /// The media store refuses.
    MediaRefusal = "media-refusal", "the media store refuses";
    /// A gateway's work on a request is dropped where it stands.
    RequestDropped = "request-dropped", "a device's connection breaks while a gateway works on its request";
    /// Somebody goes away while the caching client waits for a reply.
    CallCancelled = "call-cancelled", "somebody gives up at an await of the caching client";
    /// An answer is lost on its way to the device.
    AnswerLost = "answer-lost", "a device's connection breaks as its answer arrives";
    /// A camera starts anew.
    CameraReboots = "camera-reboots", "a camera restarts, its backlog kept, and connects again";
    /// A push takes its time.
    PushLate = "push-late", "a push is held back for up to a second";
    /// A cache node refuses one command among others.
    CacheRefusal = "cache-refusal", "a cache node refuses one command, as while it loads its data, and carries out its neighbours";
    /// A cache node has carried commands out and holds their replies back.
    CacheReplyHeld = "cache-reply-held", "a cache node carries commands out and holds their replies back for up to 300 ms";
    /// A connection to a cache node takes a write in two parts.
    CacheWriteShort = "cache-write-short", "a connection to a cache node takes part of a write, and the rest up to 20 ms later, as when a window is full";
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no point of that name.
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
