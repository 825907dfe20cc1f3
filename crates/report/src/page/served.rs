//! Pages that a server on this machine sends: the same page, with the policy that also allows it to
//! ask that server for progress.

use super::shell::{MARK, POLICY};
use std::borrow::Cow;

/// A page to serve, and the policy to send with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served<'a> {
    /// The page.
    pub page: Cow<'a, str>,
    /// Its content security policy.
    pub policy: String,
}

/// The number of bytes within which a page says what it is.
const HEAD: usize = 512;

/// Returns a page of Crosswire as a server sends it; none for any other text. If the page is
/// `live`, its policy allows its script to ask the server that it came from.
///
/// The policy is the page's own, by the hashes of its style sheet and script, so a page of another
/// version works too.
pub fn served(page: &str, live: bool) -> Option<Served<'_>> {
    let mark = page.get(..HEAD.min(page.len())).unwrap_or_default().find(MARK)?;
    let before = mark + MARK.len();
    let policy = page[before..].strip_prefix(POLICY)?.split('"').next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || " '+/=;-".contains(c);
    if !policy.starts_with("default-src 'none'; ") || !policy.chars().all(plain) {
        return None;
    }
    if !live {
        return Some(Served { page: Cow::Borrowed(page), policy: with_frames(policy) });
    }
    let wider = policy.replacen("'none'; ", "'none'; connect-src 'self'; ", 1);
    let (head, rest) = page.split_at(before + POLICY.len());
    let page = [head, &wider, &rest[policy.len()..]].concat();
    Some(Served { page: Cow::Owned(page), policy: with_frames(&wider) })
}

/// Adds what only the header of an answer can state: no other page may frame this one.
fn with_frames(policy: &str) -> String {
    format!("{policy}; frame-ancestors 'none'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::hunts::hunts;

    #[test]
    fn only_a_live_page_may_connect_and_only_to_its_server() {
        let page = hunts("a night", &[]);
        let still = served(&page, false).expect("a page");
        assert_eq!(still.page, page);
        assert!(!still.policy.contains("connect-src"), "{}", still.policy);
        let live = served(&page, true).expect("a page");
        let within = "content=\"default-src 'none'; connect-src 'self'; style-src 'sha256-";
        assert_eq!(live.page.matches(within).count(), 1, "{}", live.page);
        assert!(live.policy.starts_with("default-src 'none'; connect-src 'self'; style-src"));
        assert_eq!(live.page.len(), page.len() + "connect-src 'self'; ".len());
    }

    #[test]
    fn other_text_is_not_served() {
        let page = hunts("a night", &[]);
        let loose = page.replace("default-src 'none'", "default-src *");
        let odd = page.replace("base-uri 'none'", "base-uri 'none'\r\nSet-Cookie: x");
        for text in ["", "<html>", MARK, &format!("{}{page}", " ".repeat(600)), &loose, &odd] {
            assert_eq!(served(text, true), None, "{text}");
        }
        assert_eq!(served(&"ü".repeat(400), true), None);
    }
}
