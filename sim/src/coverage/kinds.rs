//! The kind of a history entry: its fact and outcome, without who and when.

use crosswire_history::{CallOutcome, Change, Fact, Principal};

/// A kind of history entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind(pub(super) u16);

/// Returns the kind of a fact: its variant, and those of its fields that have few values.
pub(super) fn kind(what: &Fact) -> Kind {
    let (variant, how) = match *what {
        Fact::Captured { .. } => (1, 0),
        Fact::Acked { .. } => (2, 0),
        Fact::Cloned { .. } => (3, 0),
        Fact::Asked { op, .. } => (4, op as u16),
        Fact::Committed { change, .. } => (5, change_number(change)),
        Fact::Consulted { about, .. } => (6, about.map_or(3, principal_number)),
        Fact::TurnedAway => (31, 0),
        Fact::Issued { op, .. } => (7, op as u16),
        Fact::Arrived { op, .. } => (8, op as u16),
        Fact::Replied { outcome } => (9, outcome as u16),
        Fact::Dropped { why } => (10, why as u16),
        Fact::Settled { op, outcome } => (11, (op as u16) << 3 | outcome as u16),
        Fact::Delivered { how, .. } => (12, how as u16),
        Fact::CallBegan { op, .. } => (13, op as u16),
        Fact::Reused { .. } => (14, 0),
        Fact::Executed { op, hit, .. } => (15, (op as u16) << 1 | u16::from(hit)),
        Fact::Rejected { op, .. } => (16, op as u16),
        // Whether the client had kept the value, and whether it is an answer to any command.
        Fact::Value { returned, .. } => {
            let kept = u16::from(returned.command.0 == 0);
            (17, kept * 2 + u16::from(returned.written_for.is_some()))
        }
        Fact::Unfounded { .. } => (18, 0),
        Fact::CallEnded { outcome, .. } => (19, call_outcome_number(outcome)),
        Fact::Invalidated { .. } => (20, 0),
        Fact::AtRest { untrue_ms, .. } => (21, u16::from(untrue_ms.is_some())),
        Fact::Connected { .. } => (22, 0),
        Fact::Disconnected { unread, .. } => (23, u16::from(unread > 0)),
        Fact::Fault { .. } => (24, 0),
        Fact::Fired { point } => (25, point as u16),
        Fact::Down => (26, 0),
        Fact::Up => (27, 0),
        Fact::Paused => (28, 0),
        Fact::Resumed => (29, 0),
        Fact::Gauge { .. } => (30, 0),
        Fact::GivenAgain { .. } => (32, 0),
        Fact::Misshapen { .. } => (33, 0),
        Fact::Served { .. } => (34, 0),
        Fact::Published { to, .. } => (35, u16::from(to > 0)),
        Fact::NotConnected { why, .. } => (36, u16::from(why.is_some())),
        Fact::LongValue { .. } => (37, 0),
        Fact::Pipelined { .. } => (38, 0),
        Fact::LongLife { life_ms, .. } => (39, u16::from(life_ms.is_some())),
        Fact::Unwritten { .. } => (40, 0),
        Fact::SentLate { .. } => (41, 0),
        Fact::CommandSplit { .. } => (42, 0),
        Fact::Unsupported { .. } => (43, 0),
        Fact::Offered { offer } => (44, offer as u16),
        Fact::BatchEnded { parts, failed, .. } => {
            (45, u16::from(failed > 0) + u16::from(failed == parts))
        }
        Fact::KnownAbsent { .. } => (46, 0),
        Fact::Counted { .. } => (47, 0),
        Fact::Dishonest { trick, authenticated, .. } => {
            (48, (trick as u16) << 1 | u16::from(authenticated))
        }
        Fact::NamedChanged { .. } => (49, 0),
        Fact::AnyChanged { .. } => (50, 0),
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
