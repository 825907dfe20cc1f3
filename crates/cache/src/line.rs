//! The shared state of a connection's two edges: whose command each byte belongs to, which commands
//! have been answered, and which answers were read. Part of the harness.

use crosswire_history::scope::Scope;
use crosswire_history::{CallId, CommandId, NodeId};
use std::collections::VecDeque;

/// Bytes that were written in one scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// The offset in the stream of commands at which they begin.
    pub(crate) start: u64,
    /// The scope in which they were written.
    pub(crate) scope: Scope,
    /// The latest call that had begun.
    pub(crate) begun: CallId,
    /// The time at which the first of them were written.
    pub(crate) at_ms: u64,
    /// They begin with the rest of the previous write, which the stream took only in part.
    pub(crate) rest: bool,
}

/// The shared state of a connection's two edges.
#[derive(Default)]
pub(crate) struct Line {
    /// The gateway that owns the connection, once the client's end exists.
    pub(crate) gateway: Option<NodeId>,
    pub(crate) written: u64,
    pub(crate) marks: VecDeque<Mark>,
    pub(crate) replied: u64,
    /// For each reply on its way: where the reply ends, where its command ended, and the command.
    pub(crate) replies: VecDeque<(u64, u64, CommandId)>,
    /// The writes whose values these replies bring, each with the reply's command.
    pub(crate) brings: VecDeque<(CommandId, CallId)>,
    pub(crate) read: u64,
    /// All commands that end before this offset have been answered, and the answers were read.
    pub(crate) settled: u64,
    /// The client has hung up.
    pub(crate) closed: bool,
    /// A command was written while the reply to an earlier one was still to come.
    pub(crate) pipelined: bool,
}

impl Line {
    /// Drops the marks of settled bytes.
    #[inline]
    pub(crate) fn forget(&mut self) {
        while self.marks.len() > 1 && self.marks[1].start <= self.settled {
            self.marks.pop_front();
        }
    }

    /// Returns the marks with bytes that are not settled. A mark that begins with the rest of
    /// another counts only once that one is settled: together they are one write.
    #[inline]
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &Mark> {
        let ends = self.marks.iter().skip(1).map(|mark| mark.start).chain([self.written]);
        let settled = self.settled;
        let counts = move |(mark, end): &(&Mark, u64)| {
            *end > settled && !(mark.rest && mark.start > settled)
        };
        self.marks.iter().zip(ends).filter(counts).map(|(mark, _)| mark)
    }

    #[inline]
    pub(crate) fn has_unsettled(&self, call: CallId) -> bool {
        self.unsettled().any(|mark| mark.scope.call == call)
    }

    /// Takes the next write whose value a reply up to and including that command's brings.
    #[inline]
    pub(crate) fn brought(&mut self, up_to: CommandId) -> Option<CallId> {
        let &(command, write) = self.brings.front()?;
        if command > up_to {
            return None;
        }
        self.brings.pop_front();
        Some(write)
    }

    /// Counts the commands under way that belong to no call and were sent when `call` had begun.
    #[inline]
    pub(crate) fn unattributed_since(&self, call: CallId) -> usize {
        let unattributed = |mark: &&Mark| mark.scope.call == CallId(0) && mark.begun >= call;
        self.unsettled().filter(unattributed).count()
    }

    #[inline]
    pub(crate) fn mark_of(&self, offset: u64) -> Option<Mark> {
        self.marks.iter().rev().find(|mark| mark.start <= offset).copied()
    }
}
