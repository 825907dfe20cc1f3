//! Of which kind something is that happened: what it was and how it went, without who and when.

use crosswire_history::{CallOutcome, Change, Principal, What};

/// A kind of entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind(pub(super) u16);

/// The kind of something that happened: its variant, and what in it can be counted on fingers.
pub(super) fn kind(what: &What) -> Kind {
    let (variant, how) = match *what {
        What::Captured { .. } => (1, 0),
        What::Acked { .. } => (2, 0),
        What::Cloned { .. } => (3, 0),
        What::Asked { op, .. } => (4, op as u16),
        What::Committed { change, .. } => (5, change_number(change)),
        What::Consulted { about, .. } => (6, about.map_or(3, principal_number)),
        What::TurnedAway => (31, 0),
        What::Issued { op, .. } => (7, op as u16),
        What::Arrived { op, .. } => (8, op as u16),
        What::Replied { outcome } => (9, outcome as u16),
        What::Dropped { why } => (10, why as u16),
        What::Settled { op, outcome } => (11, (op as u16) << 3 | outcome as u16),
        What::Delivered { how, .. } => (12, how as u16),
        What::CallBegan { op, .. } => (13, op as u16),
        What::Reused { .. } => (14, 0),
        What::Executed { op, hit, .. } => (15, (op as u16) << 1 | u16::from(hit)),
        What::Rejected { op, .. } => (16, op as u16),
        // Whether the client kept it, and whether it is an answer at all.
        What::Value { returned, .. } => {
            let kept = u16::from(returned.command.0 == 0);
            (17, kept * 2 + u16::from(returned.written_for.is_some()))
        }
        What::Unfounded { .. } => (18, 0),
        What::CallEnded { outcome, .. } => (19, call_outcome_number(outcome)),
        What::Invalidated { .. } => (20, 0),
        What::AtRest { untrue_ms, .. } => (21, u16::from(untrue_ms.is_some())),
        What::Connected { .. } => (22, 0),
        What::Disconnected { unread, .. } => (23, u16::from(unread > 0)),
        What::Fault { .. } => (24, 0),
        What::Fired { point } => (25, point as u16),
        What::Down => (26, 0),
        What::Up => (27, 0),
        What::Paused => (28, 0),
        What::Resumed => (29, 0),
        What::Gauge { .. } => (30, 0),
        What::GivenAgain { .. } => (32, 0),
        What::Misshapen { .. } => (33, 0),
        What::Served { .. } => (34, 0),
        What::Published { to, .. } => (35, u16::from(to > 0)),
        What::NotConnected { why, .. } => (36, u16::from(why.is_some())),
        What::LongValue { .. } => (37, 0),
        What::Pipelined { .. } => (38, 0),
        What::LongLife { life_ms, .. } => (39, u16::from(life_ms.is_some())),
        What::Unwritten { .. } => (40, 0),
        What::SentLate { .. } => (41, 0),
        What::CommandSplit { .. } => (42, 0),
        What::Unsupported { .. } => (43, 0),
    };
    Kind(variant << 8 | how)
}

fn principal_number(about: Principal) -> u16 {
    match about {
        Principal::User(_) => 0,
        Principal::Device(_) => 1,
        Principal::Gateway => 2,
    }
}

fn change_number(change: Change) -> u16 {
    match change {
        Change::Claimed { .. } => 0,
        Change::Granted { .. } => 1,
        Change::Revoked { .. } => 2,
        Change::Carried { .. } => 3,
        Change::Deleted { .. } => 4,
        Change::Stored { .. } => 5,
    }
}

fn call_outcome_number(outcome: CallOutcome) -> u16 {
    match outcome {
        CallOutcome::Hit => 0,
        CallOutcome::Miss => 1,
        CallOutcome::Error => 2,
        CallOutcome::Cancelled { unread: 0, .. } => 3,
        CallOutcome::Cancelled { .. } => 4,
    }
}
