//! The parts that the adapters over the `redis` crate share.

use crate::calls::Answer;
use crosswire::cache::CacheError;
use redis::aio::ConnectionLike;
use redis::{Cmd, RedisError, Value};
use std::io::ErrorKind;

/// Sends a command and waits for its answer.
///
/// # Errors
/// Those of the connection and of the server.
pub async fn ask(
    connection: &mut impl ConnectionLike,
    command: &str,
    args: Vec<Vec<u8>>,
) -> Result<Answer, CacheError> {
    let mut cmd = Cmd::new();
    cmd.arg(command).arg(args);
    answer(connection.req_packed_command(&cmd).await.map_err(translated)?)
}

fn answer(value: Value) -> Result<Answer, CacheError> {
    Ok(match value {
        Value::Nil => Answer::Nil,
        Value::BulkString(value) => Answer::Value(value.into()),
        Value::Int(number) => Answer::Number(number),
        Value::Okay | Value::SimpleString(_) => Answer::Done,
        Value::Array(values) => {
            Answer::List(values.into_iter().map(answer).collect::<Result<_, _>>()?)
        }
        Value::ServerError(error) => return Err(CacheError::Server(format!("{error:?}"))),
        other => return Err(CacheError::Protocol(format!("{other:?}"))),
    })
}

/// Converts an error.
pub fn translated(error: RedisError) -> CacheError {
    if error.is_timeout() {
        CacheError::Timeout
    } else if error.is_io_error() || error.is_connection_dropped() || error.is_unrecoverable_error()
    {
        CacheError::Connection(ErrorKind::ConnectionReset)
    } else if error.code().is_some() {
        CacheError::Server(error.to_string())
    } else {
        CacheError::Protocol(error.to_string())
    }
}
