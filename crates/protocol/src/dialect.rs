//! The protocols by name.

use crate::Protocol;
use crate::http1::Http1;
use crate::memcached::Memcached;
use crate::mysql::MySql;
use crate::postgres::Postgres;
use crate::resp::Resp;
use crosswire_plan::nearest;
use std::fmt;
use std::str::FromStr;

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// The protocol of Redis, version 2.
    Resp2,
    /// The protocol of Redis, version 3, for clients that ask for it, and version 2 for the others.
    Resp3,
    /// The text protocol of memcached, with its meta commands.
    Memcached,
    /// HTTP/1.1 with keep-alive.
    Http1,
    /// PostgreSQL's protocol, version 3.
    Postgres,
    /// MySQL's protocol.
    MySql,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Resp2, Self::Resp3, Self::Memcached, Self::Http1, Self::Postgres, Self::MySql];

    /// Returns its name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resp2 => "resp2",
            Self::Resp3 => "resp3",
            Self::Memcached => "memcached",
            Self::Http1 => "http1",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// Returns the state of a new connection. Its number, from 1, is what the server calls it where
    /// the protocol has a name for a connection.
    pub fn open(self, connection: u32) -> Box<dyn Protocol> {
        match self {
            Self::Resp2 => Box::new(Resp::new(connection, false)),
            Self::Resp3 => Box::new(Resp::new(connection, true)),
            Self::Memcached => Box::new(Memcached::default()),
            Self::Http1 => Box::new(Http1::default()),
            Self::Postgres => Box::new(Postgres::new(connection)),
            Self::MySql => Box::new(MySql::new(connection)),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if let Some(found) = Self::ALL.into_iter().find(|dialect| dialect.name() == name) {
            return Ok(found);
        }
        let names = Self::ALL.map(Self::name);
        let near = nearest(name, names);
        let hint = near.map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
        Err(format!("there is no protocol `{name}`, expected one of {}{hint}", names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_gets_the_nearest_known_one() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        insta::assert_snapshot!("resp".parse::<Dialect>().unwrap_err(), @"there is no protocol `resp`, expected one of resp2, resp3, memcached, http1, postgres, mysql; the nearest is `resp2`");
        insta::assert_snapshot!("ftp".parse::<Dialect>().unwrap_err(), @"there is no protocol `ftp`, expected one of resp2, resp3, memcached, http1, postgres, mysql");
    }
}
