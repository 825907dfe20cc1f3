//! One line of characters, a column each.

/// A line under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Canvas(Vec<char>);

impl Canvas {
    /// Puts a character into a column.
    pub(super) fn put(&mut self, column: usize, c: char) {
        if self.0.len() <= column {
            self.0.resize(column + 1, ' ');
        }
        self.0[column] = c;
    }

    /// Draws a horizontal line through a column, across the lane that may be there.
    pub(super) fn cross(&mut self, column: usize, line: char) {
        let there = self.0.get(column).copied().unwrap_or(' ');
        let crossed = match (there, line) {
            ('│', '═') => '╪',
            ('║', '═') => '╬',
            ('║', _) => '╫',
            ('│', _) => '┼',
            _ => line,
        };
        self.put(column, crossed);
    }

    /// Writes text from a column on.
    pub(super) fn write(&mut self, column: usize, text: &str) {
        for (nth, c) in text.chars().enumerate() {
            self.put(column + nth, c);
        }
    }

    /// Returns the line, without spaces at its end.
    pub(super) fn line(self) -> String {
        let text: String = self.0.into_iter().collect();
        format!("{}\n", text.trim_end())
    }
}
