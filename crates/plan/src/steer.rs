//! Characters that could steer a terminal, or make a line look like another one.

/// Whether a character is more than itself on a terminal: controls, marks that turn the direction of
/// writing, characters of no width, separators of lines, and tags.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // The soft hyphen, and the mark of Arabic letters.
            '\u{ad}' | '\u{61c}'
                // Mongolian's separator; characters of no width, and marks of direction.
                | '\u{180e}' | '\u{200b}'..='\u{200f}'
                // Separators of lines and paragraphs; embeddings and overrides of direction.
                | '\u{2028}'..='\u{202e}'
                // Joiners, invisible operators, isolates of direction, and older controls.
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
