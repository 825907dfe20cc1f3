//! Messages of a PostgreSQL client.

/// Returns a message with its kind and its length.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() + 4) as u32;
    [&[kind], &len.to_be_bytes()[..], body].concat()
}

fn texts(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect()
}

/// Returns the start of a connection.
pub fn start() -> Vec<u8> {
    let body = texts(&["user", "postgres", "database", "postgres", ""]);
    let len = (body.len() + 8) as u32;
    [&len.to_be_bytes()[..], &(3_u32 << 16).to_be_bytes(), &body].concat()
}

/// Returns a simple query.
pub fn query(text: &str) -> Vec<u8> {
    message(b'Q', &texts(&[text]))
}

/// Returns a Parse without types.
pub fn parse(name: &str, text: &str) -> Vec<u8> {
    message(b'P', &[texts(&[name, text]), vec![0, 0]].concat())
}

/// Returns a Bind with parameters and results in text format.
pub fn bind(portal: &str, name: &str, parameters: &[&[u8]]) -> Vec<u8> {
    let mut body = texts(&[portal, name]);
    body.extend([0, 0]);
    body.extend((parameters.len() as u16).to_be_bytes());
    for parameter in parameters {
        body.extend((parameter.len() as u32).to_be_bytes());
        body.extend_from_slice(parameter);
    }
    body.extend([0, 0]);
    message(b'B', &body)
}

/// Returns a Describe of a statement or a portal.
pub fn describe(kind: u8, name: &str) -> Vec<u8> {
    message(b'D', &[vec![kind], texts(&[name])].concat())
}

/// Returns an Execute with a limit on rows.
pub fn execute(portal: &str, most: u32) -> Vec<u8> {
    message(b'E', &[texts(&[portal]), most.to_be_bytes().to_vec()].concat())
}

/// Returns a Close of a statement or a portal.
pub fn close(kind: u8, name: &str) -> Vec<u8> {
    message(b'C', &[vec![kind], texts(&[name])].concat())
}

/// Splits bytes of a server into messages, each with its kind. `None` if the last is incomplete.
pub fn split(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut messages = Vec::new();
    while let [kind, rest @ ..] = bytes {
        let len = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        messages.push((*kind, rest.get(4..len)?));
        bytes = &rest[len..];
    }
    Some(messages)
}

/// Describes the messages of a server for people, without what differs from server to server.
pub fn told(bytes: &[u8]) -> String {
    let messages = split(bytes).expect("whole messages");
    let known = messages.iter().filter(|(kind, _)| !matches!(kind, b'S' | b'K' | b'N' | b'v'));
    let lines = known.map(|(kind, body)| {
        let body = match kind {
            b'E' => error(body),
            b'T' => columns(body),
            _ => body.escape_ascii().to_string(),
        };
        format!("{}({body})", char::from(*kind))
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// Returns the severity, the code and the text of an error.
fn error(body: &[u8]) -> String {
    let fields = body.split(|byte| *byte == 0).filter(|field| !field.is_empty());
    let fields = fields.filter(|field| matches!(field[0], b'S' | b'C' | b'M'));
    fields
        .map(|field| String::from_utf8_lossy(&field[1..]).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the columns of a description, without the id of their table.
fn columns(body: &[u8]) -> String {
    let (mut rest, mut columns) = (&body[2..], Vec::new());
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == 0).expect("a name");
        let (name, field) = (String::from_utf8_lossy(&rest[..end]), &rest[end + 1..end + 19]);
        columns.push(format!("{name} {}", field[4..].escape_ascii()));
        rest = &rest[end + 19..];
    }
    columns.join(", ")
}
