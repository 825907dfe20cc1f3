//! Ports in texts of the library. They differ from run to run, so traces have words in their place.

use serde_json::Value;

/// The ports of the server and of the client's ends of its connections.
pub(super) struct Ports {
    server: u16,
    /// In the order of the connections.
    clients: Vec<u16>,
}

impl Ports {
    pub(super) fn new(server: u16) -> Self {
        Self { server, clients: Vec::new() }
    }

    /// Adds the ports of new connections: `all` of them, in their order.
    pub(super) fn learn(&mut self, all: &[u16]) {
        self.clients.extend_from_slice(&all[self.clients.len()..]);
    }

    /// Replaces the server's port by `PORT`, and the client's port of connection 1 by
    /// `CLIENT-PORT-1`.
    pub(super) fn replaced(&self, text: &str) -> String {
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(from) = rest.find(|letter: char| letter.is_ascii_digit()) {
            let (before, number) = rest.split_at(from);
            let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
            let (number, after) = number.split_at(end);
            out += before;
            out += &self.word(number).unwrap_or_else(|| number.to_owned());
            rest = after;
        }
        out + rest
    }

    fn word(&self, number: &str) -> Option<String> {
        let port: u16 = number.parse().ok()?;
        if port == self.server {
            return Some("PORT".to_owned());
        }
        let place = self.clients.iter().rposition(|client| *client == port)?;
        Some(format!("CLIENT-PORT-{}", place + 1))
    }

    /// Replaces the ports in all texts of a value.
    pub(super) fn replaced_in(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.replaced(&text).into(),
            Value::Array(values) => values.into_iter().map(|one| self.replaced_in(one)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                fields.map(|(name, value)| (name, self.replaced_in(value))).collect()
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_alone_are_ports() {
        let mut ports = Ports::new(40_001);
        ports.learn(&[50_123]);
        ports.learn(&[50_123, 6_379]);
        let text = "('127.0.0.1', 40001) from :50123, not 150123 nor 6379x6379 or 99999999";
        let words = "('127.0.0.1', PORT) from :CLIENT-PORT-1, not 150123 nor \
                     CLIENT-PORT-2xCLIENT-PORT-2 or 99999999";
        assert_eq!(ports.replaced(text), words);
        assert_eq!(ports.replaced("é40001"), "éPORT");
        let value = json!([{ "error": "at 40001" }, 40_001, null]);
        assert_eq!(ports.replaced_in(value), json!([{ "error": "at PORT" }, 40_001, null]));
    }
}
