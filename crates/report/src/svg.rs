//! Lamport diagrams as SVG: one picture without script, fonts or links, in dark and light.

mod layout;
mod markup;

use crate::diagram::{Diagram, Mark, Message, Role, Row, Way};
use layout::Page;
use markup::Markup;
use std::fmt;

/// The number of colours. Further tags begin again at the third: the first two have meanings.
const COLOURS: usize = 6;

/// How each of these pictures begins.
pub const BEGINNING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"crosswire\"";

/// Draws a diagram as a complete SVG document.
///
/// Colours are CSS custom properties of the class `crosswire`, `--tag-0` for the exposed data, so
/// a page that includes the picture can replace them. What belongs to a row has its number, from 0,
/// in `data-row`.
pub fn svg(diagram: &Diagram) -> String {
    let mut out = Markup::default();
    picture(&mut out, diagram, "title", Kind::Document("desc"));
    out.line();
    out.finish()
}

/// Draws a diagram for a page that has its style sheet and the story as a list. The ids in it begin
/// with `id`, and `explained` returns the explanation that appears over the words of a row.
#[cfg(feature = "page")]
pub(crate) fn inline(diagram: &Diagram, id: &str, explained: &dyn Fn(&str) -> String) -> String {
    let mut out = Markup::default();
    picture(&mut out, diagram, &format!("{id}-title"), Kind::Part(explained));
    out.finish()
}

/// What a diagram is drawn for.
#[derive(Clone, Copy)]
enum Kind<'a> {
    /// A document, with the style sheet and the story under this id.
    Document(&'static str),
    /// A part of a page that has both. Returns the explanation of the words of a row.
    #[cfg_attr(not(feature = "page"), expect(dead_code, reason = "only pages have parts"))]
    Part(&'a dyn Fn(&str) -> String),
}

/// Draws a diagram whose title has the id `title`.
fn picture(out: &mut Markup, diagram: &Diagram, title: &str, kind: Kind) {
    let page = Page::of(diagram, matches!(kind, Kind::Document(_)));
    let names = match kind {
        Kind::Document(desc) => format!("{title} {desc}"),
        Kind::Part(_) => title.to_owned(),
    };
    let view = format!("0 0 {} {}", page.width, page.height);
    let attributes: [(&'static str, &dyn fmt::Display); 7] = [
        ("xmlns", &"http://www.w3.org/2000/svg"),
        ("class", &"crosswire"),
        ("viewBox", &view),
        ("width", &page.width),
        ("height", &page.height),
        ("role", &"img"),
        ("aria-labelledby", &names),
    ];
    out.element("svg", &attributes, |out| {
        out.text("title", &[("id", &title)], &format!("{}: {}", diagram.title, diagram.run));
        if let Kind::Document(desc) = kind {
            out.text("desc", &[("id", &desc)], &description(diagram));
            out.style(include_str!("svg/style.css"));
        }
        let (width, height) = (&page.width, &page.height);
        out.empty("rect", &[("class", &"page"), ("width", width), ("height", height)]);
        heading(out, diagram, &page, kind);
        lanes(out, diagram, &page);
        glows(out, diagram, &page);
        for message in &diagram.messages {
            out.line();
            arrow(out, diagram, message, &page);
        }
        for (nth, row) in diagram.rows.iter().enumerate() {
            out.line();
            out.element("g", &[("class", &class("row", row.tag)), ("data-row", &nth)], |out| {
                if let Kind::Part(explained) = kind {
                    let words = explained(&page.lines(nth).join(" "));
                    if !words.is_empty() {
                        out.text("title", &[], &words);
                    }
                }
                self::row(out, diagram, (nth, row), &page);
            });
        }
        for message in &diagram.messages {
            label(out, message, &page);
        }
    });
}

/// Returns a class and that of a tag's colour.
fn class(name: &str, tag: usize) -> String {
    let colour = if tag < COLOURS { tag } else { 2 + (tag - 2) % (COLOURS - 2) };
    format!("{name} tag-{colour}")
}

/// Returns the story as text, for those who cannot see the picture.
fn description(diagram: &Diagram) -> String {
    let mut text = String::new();
    if !diagram.verdict.is_empty() {
        text.extend([&diagram.verdict, ". "]);
    }
    for step in &diagram.steps {
        if diagram.timed {
            text.extend([&diagram.time(step.at_ms), " s: "]);
        }
        text.extend([&step.text, ". "]);
    }
    text.trim_end().to_owned()
}

/// Adds the title and the verdict, the run and the owners of the colours.
fn heading(out: &mut Markup, diagram: &Diagram, page: &Page, kind: Kind) {
    let (left, mut y) = (layout::MARGIN, 26);
    let mut line = |out: &mut Markup, class: &str, text: &str, height: usize| {
        if !text.is_empty() {
            out.text("text", &[("class", &class), ("x", &left), ("y", &y)], text);
            y += height;
        }
    };
    // A page has both above the picture.
    if let Kind::Document(_) = kind {
        line(out, "title", &diagram.title, 28);
        line(out, "verdict", &diagram.verdict, 22);
    }
    line(out, "run", &diagram.run, 18);
    for faults in &page.faults {
        line(out, "run", faults, 16);
    }
    for &(nth, x, y) in &page.legend {
        let tag = &diagram.tags[nth];
        out.element("g", &[("class", &class("key", nth))], |out| {
            let (class, top) = ("tip", y - 10);
            let size = 11;
            out.empty(
                "rect",
                &[("class", &class), ("x", &x), ("y", &top), ("width", &size), ("height", &size)],
            );
            out.text("text", &[("class", &"words"), ("x", &(x + 17)), ("y", &y)], &tag.name);
        });
    }
}

/// Adds the lanes with their names, and the replies that lie on connections.
fn lanes(out: &mut Markup, diagram: &Diagram, page: &Page) {
    for (nth, lane) in diagram.lanes.iter().enumerate() {
        out.line();
        let x = layout::lane(nth);
        let (top, bottom) = (page.top, page.bottom);
        let (y1, y2) = (&top, &bottom);
        out.empty("line", &[("class", &"lane"), ("x1", &x), ("x2", &x), ("y1", y1), ("y2", y2)]);
        let half = layout::head_width(&lane.name) / 2;
        let class = if lane.role == Role::WrongPhone { "head wrong" } else { "head" };
        let (left, width) = (x - half, 2 * half);
        let (y, height, round) = (top - 26, 24, 5);
        out.empty(
            "rect",
            &[
                ("class", &class),
                ("x", &left),
                ("y", &y),
                ("width", &width),
                ("height", &height),
                ("rx", &round),
            ],
        );
        out.text("text", &[("class", &"name"), ("x", &x), ("y", &(top - 9))], &lane.name);
    }
    for wait in &diagram.waits {
        out.line();
        let (x, y1, y2) = (layout::lane(wait.lane), page.row(wait.from), page.row(wait.to));
        line(out, (&class("wait", wait.tag), wait.from), [x, y1, x, y2]);
    }
}

/// Adds a glow below each message on the wrong way, so that the eye finds it first.
fn glows(out: &mut Markup, diagram: &Diagram, page: &Page) {
    for message in diagram.messages.iter().filter(|message| message.way.is_wrong()) {
        let [x1, y1, x2, y2] = page.ends(message);
        out.line();
        out.empty(
            "line",
            &[("class", &"glow"), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)],
        );
    }
    let Some(held) = diagram.held() else { return };
    let (x, y1, y2) = (layout::lane(held.lane), page.row(held.from), page.row(held.to));
    for class in ["glow", "held tag-0"] {
        out.line();
        line(out, (class, held.to), [x, y1, x, y2]);
    }
}

/// Adds a line that belongs to a row.
fn line(out: &mut Markup, (class, row): (&str, usize), [x1, y1, x2, y2]: [i64; 4]) {
    out.empty(
        "line",
        &[
            ("class", &class),
            ("x1", &x1),
            ("y1", &y1),
            ("x2", &x2),
            ("y2", &y2),
            ("data-row", &row),
        ],
    );
}

/// Adds a message: a line, and a tip where it arrives.
fn arrow(out: &mut Markup, diagram: &Diagram, message: &Message, page: &Page) {
    let [x1, y1, x2, y2] = page.ends(message);
    let way = match message.way {
        Way::Request => "message request",
        Way::Reply => "message reply",
        Way::Cancel => "message cancel",
        Way::Unread => "message unread",
        Way::Crossed => "message crossed wrong",
        Way::Wrong => "message screen wrong",
    };
    let row = message.to.row;
    out.element("g", &[("class", &class("wire", message.tag)), ("data-row", &row)], |out| {
        let path = layout::path([x1, y1, x2, y2], &page.passed(diagram, message));
        out.empty("path", &[("class", &way), ("d", &path)]);
        let points = layout::tip([x1, y1, x2, y2], message.way.is_wrong());
        out.empty("polygon", &[("class", &"tip"), ("points", &points)]);
    });
}

/// Adds the words on a message, beside its middle.
fn label(out: &mut Markup, message: &Message, page: &Page) {
    let (class, text) = match message.way {
        Way::Request | Way::Reply => return,
        Way::Cancel | Way::Unread => ("on", &message.label),
        Way::Crossed | Way::Wrong => ("on alarm", &message.label),
    };
    let [x1, y1, x2, y2] = page.ends(message);
    // The command arrives from above, where a reply leaves for its connection.
    let beside = if message.way == Way::Unread { 15 } else { -7 };
    let (x, y) = (i64::midpoint(x1, x2), i64::midpoint(y1, y2) + beside);
    let row = message.to.row;
    out.text("text", &[("class", &class), ("x", &x), ("y", &y), ("data-row", &row)], text);
}

/// Adds a row: its time, its mark on its lane, and its words.
fn row(out: &mut Markup, diagram: &Diagram, (nth, row): (usize, &Row), page: &Page) {
    let (y, base) = (page.row(nth), page.row(nth) + 4);
    let time = diagram.time(row.at_ms);
    out.text("text", &[("class", &"time"), ("x", &layout::TIME), ("y", &base)], &time);
    if let Some(lane) = row.lane {
        dot(out, row, (layout::lane(lane), y));
    }
    let (step, decisive) = match row.sentence {
        Some(step) => (Some(step + 1), diagram.steps[step].decisive),
        None => (None, false),
    };
    let class = match (step, decisive) {
        (None, _) if row.mark == Some(Mark::Lost) => "words",
        (None, _) => "words minor",
        (Some(_), false) => "words",
        (Some(_), true) => "words decisive",
    };
    if let Some(step) = step {
        let (x, step) = (page.words - 8, step.to_string());
        let class = if decisive { "step decisive" } else { "step" };
        if decisive {
            let width = 8 * step.len() as i64 + 6;
            let (left, top, height, round) = (x - width + 4, base - 13, 18, 4);
            out.empty(
                "rect",
                &[
                    ("class", &"badge"),
                    ("x", &left),
                    ("y", &top),
                    ("width", &width),
                    ("height", &height),
                    ("rx", &round),
                ],
            );
        }
        out.text("text", &[("class", &class), ("x", &x), ("y", &base)], &step);
    }
    for (line, words) in page.lines(nth).iter().enumerate() {
        let y = base + layout::LINE * line as i64;
        out.text("text", &[("class", &class), ("x", &page.words), ("y", &y)], words);
    }
}

/// Adds the mark of a row.
fn dot(out: &mut Markup, row: &Row, (x, y): (i64, i64)) {
    match row.mark {
        None => out.empty("circle", &[("class", &"dot"), ("cx", &x), ("cy", &y), ("r", &4.5)]),
        Some(Mark::Cancelled | Mark::Lost) => {
            let path = format!("M{} {}l12 12m0 -12l-12 12", x - 6, y - 6);
            out.empty("path", &[("class", &"cross"), ("d", &path)]);
        }
        Some(Mark::Reused) => {
            out.empty("circle", &[("class", &"ring reused"), ("cx", &x), ("cy", &y), ("r", &5)]);
        }
        Some(Mark::Crossed | Mark::WrongScreen) => {
            out.empty("circle", &[("class", &"ring"), ("cx", &x), ("cy", &y), ("r", &9)]);
            out.empty("circle", &[("class", &"dot"), ("cx", &x), ("cy", &y), ("r", &4.5)]);
        }
    }
}
