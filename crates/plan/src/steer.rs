//! Characters that could control a terminal, or make one line look like another.

/// Reports whether a character does more on a terminal than show itself: controls, directional
/// marks, zero-width characters, line separators, and tags.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // The soft hyphen, and the Arabic letter mark.
            '\u{ad}' | '\u{61c}'
                // The Mongolian vowel separator; zero-width characters and directional marks.
                | '\u{180e}' | '\u{200b}'..='\u{200f}'
                // Line and paragraph separators; directional embeddings and overrides.
                | '\u{2028}'..='\u{202e}'
                // Joiners, invisible operators, directional isolates, and deprecated controls.
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
