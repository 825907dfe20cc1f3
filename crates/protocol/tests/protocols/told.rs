//! Conversations as text.

use crate::talk::Talk;
use crosswire_protocol::Received;

/// Describes each message and its reply for people, a line each.
pub fn told(talk: &mut Talk, bytes: &[u8]) -> String {
    let heard = match talk.hear(bytes) {
        Ok(heard) => heard,
        Err(error) => return format!("error: {error}"),
    };
    let lines = heard.iter().map(|(received, reply)| {
        let reply = reply.escape_ascii().to_string();
        let reply = if reply.is_empty() { "(nothing)" } else { &reply };
        format!("{}\n    {reply}", kind(received))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn kind(received: &Received) -> String {
    match received {
        Received::Asked(asked) => {
            let value = asked.value.as_ref().map_or(String::new(), |value| format!(" = {value}"));
            let parts: Vec<_> = asked.parts.iter().map(ToString::to_string).collect();
            let parts = if parts.is_empty() { String::new() } else { format!(" {parts:?}") };
            let marks = [(asked.quiet, " quiet"), (asked.queued, " queued")];
            let marks: String = marks.iter().filter_map(|(on, mark)| on.then_some(*mark)).collect();
            format!("asked {:?}: {asked}{value}{parts}{marks}", asked.what)
        }
        Received::Begun(asked) => format!("begun {:?}: {asked}", asked.what),
        Received::Own(own) => format!("own {:?}: {}", own.kind, own.asked),
        Received::Silent(asked) => format!("silent {:?}: {asked}", asked.what),
        Received::Cancel(Some(connection)) => format!("cancel {connection}"),
        Received::Cancel(None) => "cancel with a wrong secret".to_owned(),
        Received::Bye(_) => "bye".to_owned(),
    }
}
