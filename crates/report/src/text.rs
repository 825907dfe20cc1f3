//! Lamport diagrams in characters, for terminals and CI logs: at most [`WIDTH`] columns.

mod canvas;

use crate::diagram::{Diagram, Mark, Message, Row, Way};
use canvas::Canvas;
use crosswire_output::format::{Layout, WIDTH};
use std::fmt::Write;
use textwrap::{Options, WordSplitter};

/// The columns before the first lane: a time and the number of a sentence.
const LEFT: usize = 14;

/// The fewest columns for the words beside the lanes.
const WORDS: usize = 30;

/// The bounds of the distance between two lanes, in columns.
const APART: (usize, usize) = (4, 11);

/// Draws a diagram in characters, with the story below it. Every line is at most [`WIDTH`] columns
/// wide, except for a name in the story that is wider by itself.
pub fn text(diagram: &Diagram) -> String {
    let mut out = Layout::PLAIN.wrapped("", &diagram.title);
    if !diagram.verdict.is_empty() {
        out += &Layout::PLAIN.wrapped("", &diagram.verdict);
    }
    out += &Layout::PLAIN.wrapped("  ", &diagram.run);
    if !diagram.faults.is_empty() {
        out += &Layout::PLAIN.wrapped("  under way: ", &diagram.faults.join(", "));
    }
    out.push('\n');
    out += &picture(diagram);
    out.push('\n');
    for (nth, step) in diagram.steps.iter().enumerate() {
        let mark = if step.decisive { '>' } else { ' ' };
        let first = format!("{mark}{:>3} {:>9} ", nth + 1, diagram.time(step.at_ms));
        out += &Layout::PLAIN.wrapped(&first, &step.text);
    }
    out
}

/// Draws a diagram in characters, without its title and its story.
pub fn picture(diagram: &Diagram) -> String {
    let page = Page::of(diagram);
    let mut out = page.heads();
    for row in 0..diagram.rows.len() {
        out += &page.row(row);
    }
    out += &page.legend();
    out
}

/// The columns of a diagram.
struct Page<'a> {
    diagram: &'a Diagram,
    apart: usize,
}

impl<'a> Page<'a> {
    fn of(diagram: &'a Diagram) -> Self {
        let lanes = diagram.lanes.len().max(1);
        let apart = ((WIDTH - LEFT - WORDS) / lanes).clamp(APART.0, APART.1);
        Self { diagram, apart }
    }

    /// Returns the column of a lane.
    fn column(&self, lane: usize) -> usize {
        LEFT + lane * self.apart
    }

    /// Returns the column at which the words begin.
    fn words(&self) -> usize {
        (self.column(self.diagram.lanes.len().saturating_sub(1)) + 3).min(WIDTH - 12)
    }

    /// Draws the names of the lanes, on as many lines as they need to stand clear of each other.
    fn heads(&self) -> String {
        let lanes = &self.diagram.lanes;
        let widest = lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(0);
        let height = (widest + 1).div_ceil(self.apart).max(1);
        let mut out = String::new();
        for line in 0..height {
            let mut canvas = Canvas::default();
            for nth in (0..lanes.len()).filter(|nth| nth % height < line) {
                canvas.put(self.column(nth), '│');
            }
            for (nth, lane) in lanes.iter().enumerate().filter(|(nth, _)| nth % height == line) {
                let room = WIDTH - self.column(nth).min(WIDTH);
                let name: String = lane.name.chars().take(room).collect();
                canvas.write(self.column(nth), &name);
            }
            out += &canvas.line();
        }
        out
    }

    /// Draws one row: messages that arrive in it, its mark, and its words.
    fn row(&self, nth: usize) -> String {
        let row = &self.diagram.rows[nth];
        let mut lines: Vec<Vec<&Message>> = vec![Vec::new()];
        for message in self.diagram.messages.iter().filter(|message| message.to.row == nth) {
            if lines.iter().flatten().any(|other| is_same(message, other)) {
                continue;
            }
            let clear =
                lines.iter().position(|line| line.iter().all(|other| apart(message, other)));
            match clear {
                Some(line) => lines[line].push(message),
                None => lines.push(vec![message]),
            }
        }
        let words = self.beside(row);
        let height = lines.len().max(words.len());
        let mut out = String::new();
        for line in 0..height {
            let mut canvas = self.lanes(nth);
            if line == 0 {
                let step = row.sentence.map_or_else(String::new, |step| (step + 1).to_string());
                canvas.write(0, &format!("{:>9} {step:>2}", self.diagram.time(row.at_ms)));
            }
            for message in lines.get(line).into_iter().flatten() {
                self.arrow(&mut canvas, message);
            }
            if let (0, Some(lane)) = (line, row.lane) {
                self.dot(&mut canvas, nth, row, lane);
            }
            if let Some(words) = words.get(line) {
                canvas.write(self.words(), words);
            }
            out += &canvas.line();
        }
        out
    }

    /// Draws the lanes as they pass a row.
    fn lanes(&self, row: usize) -> Canvas {
        let mut canvas = Canvas::default();
        for lane in 0..self.diagram.lanes.len() {
            let waits = self.diagram.waits.iter();
            let mut over = waits.filter(|wait| wait.lane == lane);
            let lies = over.any(|wait| wait.from <= row && row < wait.to);
            let held = self.diagram.held();
            let holds =
                held.is_some_and(|held| held.lane == lane && (held.from..held.to).contains(&row));
            canvas.put(self.column(lane), if lies || holds { '║' } else { '│' });
        }
        canvas
    }

    fn arrow(&self, canvas: &mut Canvas, message: &Message) {
        let Message { from, to, way, .. } = message;
        let (start, end) = (self.column(from.lane), self.column(to.lane));
        let line = match way {
            Way::Request | Way::Reply => '─',
            Way::Cancel => '┄',
            Way::Unread => '╌',
            Way::Crossed | Way::Wrong => '═',
        };
        for column in start.min(end) + 1..start.max(end) {
            canvas.cross(column, line);
        }
        // A message that was sent in an earlier row comes down its sender's lane.
        let later = from.row < to.row;
        let corner = match (later, start < end, way.is_wrong()) {
            (false, _, true) => '◎',
            (false, _, false) => '●',
            (true, true, false) => '├',
            (true, false, false) => '┤',
            (true, true, true) => '╞',
            (true, false, true) => '╡',
        };
        canvas.put(start, corner);
        let head = match (way, start < end) {
            (Way::Cancel, _) => '✗',
            (_, true) => '▶',
            (_, false) => '◀',
        };
        // The tip stands before its lane.
        canvas.put(if start < end { end - 1 } else { end + 1 }, head);
    }

    fn dot(&self, canvas: &mut Canvas, nth: usize, row: &Row, lane: usize) {
        let mark = match row.mark {
            Some(Mark::Cancelled) => '✗',
            Some(Mark::WrongScreen | Mark::Crossed) => '◆',
            Some(Mark::Lost) => '×',
            Some(Mark::Reused) => '◎',
            None => '●',
        };
        canvas.put(self.column(lane), mark);
        // A reply that is left on its connection ends there.
        for wait in self.diagram.waits.iter().filter(|wait| wait.from == nth) {
            canvas.put(self.column(wait.lane), '╖');
        }
    }

    /// Returns the words beside a row, wrapped.
    fn beside(&self, row: &Row) -> Vec<String> {
        let label = match row.mark {
            Some(Mark::WrongScreen) => format!("{} — WRONG SCREEN", row.label),
            Some(Mark::Crossed) => format!("{} — CROSSED", row.label),
            _ if row.label.is_empty() => {
                row.sentence.map_or_else(String::new, |step| self.diagram.steps[step].text.clone())
            }
            _ => row.label.clone(),
        };
        let room = WIDTH - self.words();
        let options = Options::new(room).subsequent_indent("  ");
        let options = options.word_splitter(WordSplitter::NoHyphenation);
        textwrap::wrap(&label, options).into_iter().map(Into::into).collect()
    }

    /// Explains the signs that occur.
    fn legend(&self) -> String {
        let Diagram { messages, rows, waits, .. } = self.diagram;
        let any = |wanted: &dyn Fn(&Row) -> bool| rows.iter().any(wanted);
        let mut signs = Vec::new();
        if messages.iter().any(|message| message.way.is_wrong()) {
            signs.push("═▶ crossed: an answer that was for someone else");
        }
        if !waits.is_empty() {
            signs.push("║ an unread reply on its connection, or the wrong answer in the gateway");
        }
        if any(&|row| row.mark == Some(Mark::Cancelled)) {
            signs.push("✗ dropped");
        }
        if any(&|row| row.mark == Some(Mark::Reused)) {
            signs.push("◎ goes out behind an unread reply");
        }
        if any(&|row| matches!(row.mark, Some(Mark::WrongScreen | Mark::Crossed))) {
            signs.push("◆ takes what is not for it");
        }
        let mut out = String::new();
        if !signs.is_empty() {
            let _ = write!(out, "\n{}", Layout::PLAIN.wrapped("  ", &signs.join("; ")));
        }
        out
    }
}

/// Returns whether two messages look the same in the row in which they arrive.
fn is_same(one: &Message, other: &Message) -> bool {
    let look = |message: &Message| (message.from.lane, message.to.lane, message.way.is_wrong());
    look(one) == look(other)
}

/// Returns whether two messages can share a line: they have no column in common.
fn apart(one: &Message, other: &Message) -> bool {
    let span = |message: &Message| {
        let (from, to) = (message.from.lane, message.to.lane);
        (from.min(to), from.max(to))
    };
    let ((left, right), (from, to)) = (span(one), span(other));
    right <= from || to <= left
}
