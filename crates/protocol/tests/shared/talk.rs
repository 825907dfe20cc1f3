//! A conversation with a protocol.

use crate::model::Model;
use bytes::{Bytes, BytesMut};
use crosswire_protocol::{BadBytes, Protocol, Received};

/// The server's side of a conversation: a protocol over a model.
pub struct Talk {
    pub protocol: Box<dyn Protocol>,
    pub model: Model,
    input: BytesMut,
}

impl Talk {
    /// Begins a conversation.
    pub fn new(protocol: Box<dyn Protocol>) -> Self {
        Self { protocol, model: Model::default(), input: BytesMut::new() }
    }

    /// Sends bytes to the protocol, and returns each message that it receives with its reply, up to
    /// the end of the bytes or to the error after them.
    pub fn hear(&mut self, bytes: &[u8]) -> Result<Vec<(Received, Bytes)>, BadBytes> {
        self.input.extend_from_slice(bytes);
        let mut heard = Vec::new();
        while let Some(received) = self.protocol.receive(&mut self.input)? {
            let reply = match &received {
                Received::Asked(asked) => {
                    let answer = self.model.answer(asked);
                    let reply = self.protocol.answer(asked, &answer);
                    reply.unwrap_or_else(|| panic!("{asked} has no reply {answer:?}"))
                }
                Received::Own(own) => own.reply.clone(),
                Received::Silent(asked) => {
                    self.model.answer(asked);
                    Bytes::new()
                }
                Received::Bye(reply) => reply.clone(),
                Received::Begun(_) | Received::Cancel(_) => Bytes::new(),
            };
            heard.push((received, reply));
        }
        Ok(heard)
    }
}
