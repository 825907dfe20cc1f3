//! Lines that end in `\r\n`.

/// Returns the length of the first line without its end; none if it is incomplete.
pub(crate) fn first(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\r\n")
}

/// Returns where the lines of a reply end, and the bodies that follow those lines for which `body`
/// returns a length. The end of the reply is not among them.
pub(crate) fn ends(reply: &[u8], body: impl Fn(&[u8]) -> Option<usize>) -> Vec<usize> {
    let (mut at, mut ends) = (0, Vec::new());
    while let Some(len) = first(&reply[at..]) {
        let line = &reply[at..at + len];
        at += len + 2;
        ends.push(at);
        if let Some(len) = body(line)
            && let Some(end) = at.checked_add(len + 2)
            && end <= reply.len()
        {
            at = end;
            ends.push(at);
        }
    }
    ends.retain(|end| *end < reply.len());
    ends
}

/// Returns the length of the body that follows a line of RESP.
pub(crate) fn resp_body(line: &[u8]) -> Option<usize> {
    std::str::from_utf8(line.strip_prefix(b"$")?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_lie_between_lines_and_bodies() {
        assert_eq!(ends(b"*2\r\n$3\r\na\r\n\r\n:1\r\n", resp_body), [4, 8, 13]);
        assert_eq!(ends(b"+OK\r\n", resp_body), [0; 0]);
        assert_eq!(ends(b"$99999999999999999999\r\nab", resp_body), [23]);
    }
}
