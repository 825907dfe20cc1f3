//! Packets of a MySQL client.

/// Returns a packet with its number.
pub fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u32).to_le_bytes();
    [&len[..3], &[number], payload].concat()
}

/// Returns the client's part of the handshake, without a password. With `without_ends`, results
/// have no `EOF` packets.
pub fn start(without_ends: bool) -> Vec<u8> {
    let ends: u32 = if without_ends { 0x0100_0000 } else { 0 };
    // Version 4.1, counts of rows found, a database, plug-ins, several statements in one query.
    let capabilities = 0x000b_a20a | ends;
    let mut body = capabilities.to_le_bytes().to_vec();
    body.extend([0, 0, 0x10, 0, 45]);
    body.extend([0; 23]);
    body.extend(b"root\0\0test\0mysql_native_password\0");
    packet(1, &body)
}

/// Returns a command with its text.
pub fn command(kind: u8, text: &str) -> Vec<u8> {
    packet(0, &[&[kind], text.as_bytes()].concat())
}

/// Returns a query.
pub fn query(text: &str) -> Vec<u8> {
    command(3, text)
}

/// Returns the execution of a prepared statement with texts as parameters.
pub fn execute(statement: u32, parameters: &[&str]) -> Vec<u8> {
    let mut body = vec![0x17];
    body.extend(statement.to_le_bytes());
    body.extend([0, 1, 0, 0, 0]);
    if !parameters.is_empty() {
        body.extend(vec![0; parameters.len().div_ceil(8)]);
        body.push(1);
        body.extend(parameters.iter().flat_map(|_| [0xfd, 0]));
    }
    for parameter in parameters {
        body.push(parameter.len() as u8);
        body.extend(parameter.as_bytes());
    }
    packet(0, &body)
}

/// Splits bytes of a server into packets, each with its number. `None` if the last is incomplete.
pub fn split(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let [one, two, three, number, rest @ ..] = bytes else { return None };
        let len = u32::from_le_bytes([*one, *two, *three, 0]) as usize;
        packets.push((*number, rest.get(..len)?));
        bytes = &rest[len..];
    }
    Some(packets)
}

/// Describes packets for people, without what differs from server to server.
pub fn told(bytes: &[u8]) -> String {
    let packets = split(bytes).expect("whole packets");
    let lines =
        packets.iter().map(|(number, payload)| format!("{number}:{}", packet_told(payload)));
    lines.collect::<Vec<_>>().join(" ")
}

fn packet_told(payload: &[u8]) -> String {
    match payload {
        // An update that changes nothing and one that replaces a row differ in their counts.
        [0, affected @ 0..=2, 0, status, _, ..] if payload.len() >= 7 && payload.len() != 12 => {
            format!("OK {} {}", (*affected).min(1), status & 0b1011)
        }
        [0xfe, _, _, status, 0] => format!("EOF {}", status & 0b1011),
        [0xfe, 0, 0, status, _, _, _] => format!("END {}", status & 0b1011),
        [0xff, one, two, b'#', rest @ ..] => {
            let code = u16::from_le_bytes([*one, *two]);
            let text = String::from_utf8_lossy(rest);
            // The real server says more about where the syntax is wrong.
            let text = if code == 1064 { &text[..5] } else { &text[..] };
            format!("ERR {code} {text}")
        }
        [3, b'd', b'e', b'f', ..] => column_told(payload),
        // A prepared statement: its number, columns and parameters.
        [0, _, _, _, _, columns, 0, parameters, 0, 0, _, _] => {
            format!("PREPARED {columns} {parameters}")
        }
        other => other.escape_ascii().to_string(),
    }
}

/// Returns the name and the type of a column.
fn column_told(payload: &[u8]) -> String {
    let (mut rest, mut fields) = (payload, Vec::new());
    for _ in 0..6 {
        let (len, after) = rest.split_first().expect("a length");
        let (field, after) = after.split_at(usize::from(*len));
        fields.push(String::from_utf8_lossy(field).into_owned());
        rest = after;
    }
    if fields[4] == "?" {
        // MariaDB does not know the type of a parameter, and MySQL says that it is a text.
        return "(?)".to_owned();
    }
    // Before the type are the length of what follows, a character set and a width.
    format!("({} {})", fields[4].to_lowercase(), rest[7])
}
