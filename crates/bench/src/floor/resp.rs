//! The bytes exchanged with a storm's cache: encodes and decodes each command and each reply, and
//! does nothing else.

use super::Story;
use bytes::BytesMut;
use crosswire_cache::resp::{
    Reply, decode_command, decode_reply, encode_command, encode_reply, write_bulk,
};
use crosswire_cache::seal::SEAL_LEN;
use crosswire_history::{CacheOp, Fact};
use std::hint::black_box;

/// A value of two entries, under its seal.
const VALUE: [u8; 16 + SEAL_LEN] = [b'1'; 16 + SEAL_LEN];

/// Encodes and decodes both directions of each command that was carried out. Of commands with
/// several keys the history has only the first, so this is a lower bound of their cost.
pub fn play(story: &Story) {
    let (mut commands, mut replies) = (BytesMut::new(), BytesMut::new());
    for entry in &story.entries {
        let Fact::Executed { op, key, hit, .. } = entry.what else { continue };
        let key = story.keys[key.0 as usize].as_bytes();
        match op {
            CacheOp::Get => encode_command(&mut commands, &[b"GET", key]),
            CacheOp::Mget => encode_command(&mut commands, &[b"MGET", key]),
            CacheOp::Set => {
                encode_command(&mut commands, &[b"SET", key, &VALUE, b"PX", b"10000"]);
            }
            CacheOp::GetEx => encode_command(&mut commands, &[b"GETEX", key]),
            CacheOp::Incr => encode_command(&mut commands, &[b"INCRBY", key, b"1"]),
            _ => encode_command(&mut commands, &[b"DEL", key]),
        }
        let heard = decode_command(&mut commands).expect("the command is complete");
        black_box(heard.expect("the command is complete"));
        match op {
            op if op.reads() && hit => write_bulk(&mut replies, &VALUE),
            op if op.reads() => encode_reply(&mut replies, &Reply::Nil),
            _ => encode_reply(&mut replies, &Reply::Int(1)),
        }
        let read = decode_reply(&mut replies).expect("the reply is complete");
        black_box(read.expect("the reply is complete"));
    }
}
