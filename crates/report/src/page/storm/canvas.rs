//! What `plotters` draws on: the paths of an SVG.
//!
//! A path has a class instead of a colour, so the page's style sheet decides how it looks in dark
//! and light. `plotters` passes on colours alone, so the red part of a colour is the number of the
//! class. No text is drawn here: `plotters` measures text in pixels, and a page scales.

use plotters::prelude::{DrawingBackend, RGBColor};
use plotters::style::{Color, ShapeStyle};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};
use std::convert::Infallible;
use std::fmt::Write;

/// The width of a canvas, in units of the paths: finer than the pixels of a page that is zoomed.
pub(super) const WIDTH: u32 = 24_000;

/// The height of a canvas, in units of the paths.
pub(super) const HEIGHT: u32 = 1_000;

/// Returns the style that means a class.
pub(super) fn style(class: u8) -> ShapeStyle {
    Color::stroke_width(&RGBColor(class, 0, 0), 1)
}

/// A path of the picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The number of its class.
    pub(super) class: u8,
    /// Set for an area.
    pub(super) filled: bool,
    /// The value of its attribute `d`.
    pub(super) d: String,
}

/// Collects paths.
pub(super) struct Canvas<'a>(pub(super) &'a mut Vec<Path>);

impl Canvas<'_> {
    fn add(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        color: BackendColor,
        filled: bool,
    ) {
        if color.alpha > 0.0 {
            self.0.push(Path { class: color.rgb.0, filled, d: data(points, filled) });
        }
    }
}

/// Returns a path in its shortest form: relative, with horizontal and vertical steps.
fn data(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> String {
    let mut text = String::new();
    let mut last = None;
    for (x, y) in points {
        let step = match last {
            None => write!(text, "M{x} {y}"),
            Some((from_x, from_y)) => match (x - from_x, y - from_y) {
                (0, 0) => Ok(()),
                (dx, 0) => write!(text, "h{dx}"),
                (0, dy) => write!(text, "v{dy}"),
                (dx, dy) => write!(text, "l{dx} {dy}"),
            },
        };
        step.expect("a string accepts any text");
        last = Some((x, y));
    }
    if closed {
        text.push('z');
    }
    text
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    /// # Panics
    ///
    /// Panics: what is drawn here consists of paths.
    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        unreachable!("a storm consists of lines and areas")
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.add(path, style.color(), false);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.add(corners, style.color(), true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_short_and_an_area_is_closed() {
        let mut paths = Vec::new();
        let mut canvas = Canvas(&mut paths);
        let corners = [(0, 9), (5, 9), (5, 9), (5, 2), (8, 4)];
        canvas.draw_path(corners, &style(3)).expect("a canvas accepts any path");
        canvas.fill_polygon(corners, &style(4)).expect("a canvas accepts any area");
        let line = Path { class: 3, filled: false, d: "M0 9h5v-7l3 2".to_owned() };
        let area = Path { class: 4, filled: true, d: "M0 9h5v-7l3 2z".to_owned() };
        assert_eq!(paths, [line, area]);
    }
}
