//! Writes generated tables into handwritten pages, between two marks.

/// Replaces the text between the marks `name` in a file.
///
/// # Errors
/// The file cannot be read or written, or has no such marks.
pub fn write(file: &str, name: &str, text: &str) -> Result<(), String> {
    let page = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let page = replaced(&page, name, text).ok_or_else(|| {
        format!("{file}: expected a line `<!-- {name}: ... -->` and, after it, `<!-- /{name} -->`")
    })?;
    std::fs::write(file, page).map_err(|error| format!("{file}: {error}"))
}

/// Returns the page with `text` between the marks `name`; none if it has no such marks.
pub fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let begin = page.find(&format!("<!-- {name}: "))?;
    let begin = begin + page[begin..].find("-->\n")? + "-->\n".len();
    let end = begin + page[begin..].find(&format!("<!-- /{name} -->"))?;
    Some(format!("{}{}\n{}", &page[..begin], text.trim_end(), &page[end..]))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_text_between_the_marks_is_replaced() {
        let page = "a\n<!-- b: by hand -->\nold\n<!-- /b -->\nc\n";
        let new = replaced(page, "b", "new\n").expect("the marks are there");
        assert_eq!(new, "a\n<!-- b: by hand -->\nnew\n<!-- /b -->\nc\n");
        assert_eq!(replaced(&new, "b", "new").as_deref(), Some(new.as_str()));
        assert_eq!(replaced(page, "c", "new"), None);
    }
}
