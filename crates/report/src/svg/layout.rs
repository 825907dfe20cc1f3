//! Where everything of a picture is, in pixels.

use crate::diagram::{Diagram, Message};
use std::fmt::Write;
use textwrap::{Options, WordSplitter};

/// The space around everything.
pub(super) const MARGIN: i64 = 18;

/// The right end of the times.
pub(super) const TIME: i64 = 66;

/// The height of a line of words.
pub(super) const LINE: i64 = 16;

/// The space between two lanes.
const APART: i64 = 112;

/// The width of the words, in characters and in pixels.
const WORDS: (usize, i64) = (66, 530);

/// The least height of a row.
const ROW: i64 = 27;

/// The radius of the bow of a line around a mark.
const BOW: f64 = 11.0;

/// The distance from the middle of a mark within which a line seems to end there.
const CLEAR: f64 = 9.0;

/// The width of a character of words, about.
const CHARACTER: i64 = 7;

/// The place of everything.
pub(super) struct Page {
    pub(super) width: i64,
    pub(super) height: i64,
    /// The upper and the lower end of the lanes.
    pub(super) top: i64,
    pub(super) bottom: i64,
    /// The left end of the words.
    pub(super) words: i64,
    /// The tags whose names are shown, and the places of these.
    pub(super) legend: Vec<(usize, i64, i64)>,
    /// The faults under way, in lines.
    pub(super) faults: Vec<String>,
    rows: Vec<i64>,
    sentences: Vec<Vec<String>>,
}

impl Page {
    /// Places everything of a diagram, with its title and its verdict or without them.
    pub(super) fn of(diagram: &Diagram, is_titled: bool) -> Self {
        let lanes = diagram.lanes.len().max(1) as i64;
        let words = TIME + 60 + (lanes - 1) * APART + 76;
        let width = words + WORDS.1 + MARGIN;
        let faults = match diagram.faults.join(", ") {
            none if none.is_empty() => Vec::new(),
            names => wrapped(&format!("under way: {names}"), (width / CHARACTER) as usize),
        };
        let mut y = 26 + 16 * faults.len() as i64;
        if is_titled {
            y += if diagram.verdict.is_empty() { 28 } else { 28 + 22 };
        }
        let (legend, y) = legend(diagram, width, y);
        let top = y + 40;
        let sentences: Vec<_> = (0..diagram.rows.len()).map(|nth| words_of(diagram, nth)).collect();
        let mut rows = Vec::new();
        let mut y = top + 22;
        for lines in &sentences {
            rows.push(y);
            y += ROW.max(LINE * lines.len() as i64 + 10);
        }
        let (bottom, height) = (y, y + MARGIN);
        Self { width, height, top, bottom, words, legend, faults, rows, sentences }
    }

    /// Returns the place of a row.
    pub(super) fn row(&self, row: usize) -> i64 {
        self.rows[row]
    }

    /// Returns the words of a row, in lines.
    pub(super) fn lines(&self, row: usize) -> &[String] {
        &self.sentences[row]
    }

    /// Returns both ends of a message, `[x1, y1, x2, y2]`, the second just before its lane.
    pub(super) fn ends(&self, message: &Message) -> [i64; 4] {
        let (x1, x2) = (lane(message.from.lane), lane(message.to.lane));
        let short = if message.way.is_wrong() { 11 } else { 6 };
        let x2 = if x1 < x2 { x2 - short } else { x2 + short };
        [x1, self.row(message.from.row), x2, self.row(message.to.row)]
    }

    /// Returns how far along a message it passes the marks of other lanes, from 0 to 1, in order.
    pub(super) fn passed(&self, diagram: &Diagram, message: &Message) -> Vec<f64> {
        let [x1, y1, x2, y2] = self.ends(message).map(|end| end as f64);
        let (from, to) = (message.from.lane, message.to.lane);
        let between = from.min(to) + 1..from.max(to);
        let (dx, dy) = (x2 - x1, y2 - y1);
        let mut passed = Vec::new();
        for (nth, row) in diagram.rows.iter().enumerate() {
            let Some(on) = row.lane.filter(|lane| between.contains(lane)) else { continue };
            let (x, y) = (lane(on) as f64 - x1, self.row(nth) as f64 - y1);
            let away = (dx * y - dy * x).abs() / dx.hypot(dy);
            if away < CLEAR {
                passed.push((dx * x + dy * y) / (dx * dx + dy * dy));
            }
        }
        passed.sort_by(f64::total_cmp);
        passed
    }
}

/// Returns the line of a message, `[x1, y1, x2, y2]`, with a bow at each place where it passes a
/// mark, so that it does not seem to end there. Places are shares of its length, in order.
pub(super) fn path([x1, y1, x2, y2]: [i64; 4], passed: &[f64]) -> String {
    let (dx, dy) = ((x2 - x1) as f64, (y2 - y1) as f64);
    let half = BOW / dx.hypot(dy);
    let at = |share: f64| format!("{:.1} {:.1}", x1 as f64 + share * dx, y1 as f64 + share * dy);
    let turn = u8::from(x1 < x2);
    let (mut path, mut end) = (format!("M{x1} {y1}"), 0.0);
    for share in passed {
        let (from, to) = ((share - half).max(end), share + half);
        // Two marks beside each other have one bow.
        if from < to && to <= 1.0 {
            let _ = write!(path, "L{}A{BOW} {BOW} 0 0 {turn} {}", at(from), at(to));
            end = to;
        }
    }
    let _ = write!(path, "L{x2} {y2}");
    path
}

/// Returns the place of a lane.
pub(super) fn lane(lane: usize) -> i64 {
    TIME + 60 + lane as i64 * APART
}

/// Returns the sentence of a row or, without one, who does what.
fn words_of(diagram: &Diagram, nth: usize) -> Vec<String> {
    let row = &diagram.rows[nth];
    let text = match (row.sentence, row.lane) {
        (Some(step), _) => diagram.steps[step].text.clone(),
        (None, Some(lane)) => format!("{} {}", diagram.lanes[lane].name, row.label),
        (None, None) => row.label.clone(),
    };
    wrapped(&text, WORDS.0)
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let options = Options::new(width).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Into::into).collect()
}

/// Returns the places of the names of tags, and the lower end of the last line of them.
fn legend(diagram: &Diagram, width: i64, y: i64) -> (Vec<(usize, i64, i64)>, i64) {
    let (mut x, mut y) = (MARGIN, y + 20);
    let mut places = Vec::new();
    for (nth, tag) in diagram.tags.iter().enumerate() {
        // Without these, nothing has the colour.
        let message = diagram.messages.iter().any(|message| message.tag == nth);
        let row = diagram.rows.iter().any(|row| row.tag == nth && row.lane.is_some());
        if !(message || row) {
            continue;
        }
        let wide = 17 + tag.name.chars().count() as i64 * CHARACTER + 24;
        if x > MARGIN && x + wide > width {
            (x, y) = (MARGIN, y + 20);
        }
        places.push((nth, x, y));
        x += wide;
    }
    (places, y)
}

/// Returns the width of the box around a lane's name.
pub(super) fn head_width(name: &str) -> i64 {
    name.chars().count() as i64 * 8 + 18
}

/// Returns the corners of the tip at the end of a line.
pub(super) fn tip([x1, y1, x2, y2]: [i64; 4], large: bool) -> String {
    let (dx, dy) = ((x2 - x1) as f64, (y2 - y1) as f64);
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (dx / length, dy / length);
    let (long, half) = if large { (15.0, 8.0) } else { (9.0, 4.0) };
    let (x, y) = (x2 as f64, y2 as f64);
    let corner = |side: f64| {
        let (x, y) = (x - dx * long - dy * half * side, y - dy * long + dx * half * side);
        format!("{x:.1},{y:.1}")
    };
    format!("{x:.1},{y:.1} {} {}", corner(1.0), corner(-1.0))
}
