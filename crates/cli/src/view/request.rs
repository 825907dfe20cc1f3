//! What a request asks for: a path of plain names below the directory, or nothing that is served.

/// The reason why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It was sent to another name than this server's: a page of another site may have been given
    /// this address by its name server.
    Host,
    /// It asks for more than to read.
    Method,
    /// Its path is no path of plain names.
    Path,
}

/// Returns the names of a request's path. The last one is empty if the path ends in `/`.
pub(super) fn path(
    method: &str,
    url: &str,
    host: Option<&str>,
    port: u16,
) -> Result<Vec<String>, Refused> {
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    // The port that browsers leave out.
    let short = port == 80 && matches!(host, Some("127.0.0.1" | "localhost"));
    if !short && !host.is_some_and(|host| ours.iter().any(|our| our.eq_ignore_ascii_case(host))) {
        return Err(Refused::Host);
    }
    if !matches!(method, "GET" | "HEAD") {
        return Err(Refused::Method);
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_prefix('/').ok_or(Refused::Path)?;
    let mut names = Vec::new();
    for part in path.split('/') {
        names.push(name(part).ok_or(Refused::Path)?);
    }
    let (_, directories) = names.split_last().ok_or(Refused::Path)?;
    if directories.iter().any(String::is_empty) { Err(Refused::Path) } else { Ok(names) }
}

/// Decodes one name of a path; none if it leads elsewhere. An empty name is a path's end.
fn name(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    let leads_elsewhere = matches!(&name[..], "." | "..") || name.contains(['/', '\\', '\0']);
    if leads_elsewhere { None } else { Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> Result<Vec<String>, Refused> {
        path("GET", url, Some("127.0.0.1:8000"), 8000)
    }

    #[test]
    fn a_path_is_plain_names() {
        assert_eq!(get("/"), Ok(vec![String::new()]));
        assert_eq!(get("/index.html?x=/../y"), Ok(vec!["index.html".to_owned()]));
        let decoded = vec!["a night".to_owned(), "ü".to_owned(), String::new()];
        assert_eq!(get("/a%20night/%C3%BC/"), Ok(decoded));
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        for url in [
            "/..",
            "/../x",
            "/a/../x",
            "/%2e%2e/x",
            "/%2E./x",
            "/..%2fx",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/%00",
            "/a%00.html",
            "//x",
            "/a//b",
            "/.",
            "/%",
            "/%2",
            "/%zz",
            "/%ff",
            "",
            "x",
            "http://127.0.0.1:8000/x",
            "/./x",
            "/a/./b",
            "*",
        ] {
            assert_eq!(get(url), Err(Refused::Path), "{url}");
        }
    }

    #[test]
    fn only_this_server_by_its_names_is_asked_and_only_to_read() {
        for host in ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000"] {
            assert!(path("HEAD", "/", Some(host), 8000).is_ok(), "{host}");
        }
        for host in [
            None,
            Some(""),
            Some("evil.example:8000"),
            Some("localhost"),
            Some("127.0.0.1:80"),
            Some("localhost:8000.evil.example"),
            Some("[::1]:8000"),
            Some("0.0.0.0:8000"),
        ] {
            assert_eq!(path("GET", "/", host, 8000), Err(Refused::Host), "{host:?}");
        }
        assert!(path("GET", "/", Some("localhost"), 80).is_ok());
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "get", "CONNECT"] {
            let refused = path(method, "/", Some("localhost:8000"), 8000);
            assert_eq!(refused, Err(Refused::Method), "{method}");
        }
    }
}
