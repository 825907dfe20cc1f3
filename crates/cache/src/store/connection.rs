//! Commands about the connection and the server as a whole.

use super::{Call, CommandName, DATABASES, NOT_AN_INTEGER, Refused, SYNTAX};
use crate::resp;
use bytes::{BufMut, Bytes};

/// The version that HELLO reports.
const VERSION: &[u8] = b"7.0.15";

impl Call<'_> {
    pub(super) fn ping(&mut self) -> Result<(), Refused> {
        match self.args.len() {
            1 | 2 if !self.session.channels.is_empty() => self.pong(),
            1 => self.out.put_slice(b"+PONG\r\n"),
            2 => resp::write_bulk(self.out, &self.args[1]),
            _ => return Err(self.wrong_arity()),
        }
        Ok(())
    }

    pub(super) fn select(&mut self) -> Result<(), Refused> {
        let number = resp::parse_int(&self.args[1]).ok_or(NOT_AN_INTEGER)?;
        let (least, most) = (i32::MIN, i32::MAX);
        if i32::try_from(number).is_err() {
            let text = "value is out of range, value must between";
            return Err(format!("ERR {text} {least} and {most}").into());
        }
        match usize::try_from(number) {
            Ok(db) if db < DATABASES => self.session.db = db,
            _ => return Err("ERR DB index is out of range".into()),
        }
        self.ok();
        Ok(())
    }

    /// Runs FLUSHDB and FLUSHALL; ASYNC is equivalent to SYNC here.
    pub(super) fn flush(&mut self) -> Result<(), Refused> {
        let plain = match self.args.len() {
            1 => true,
            2 => self.says(1, "ASYNC") || self.says(1, "SYNC"),
            _ => false,
        };
        if !plain {
            return Err(SYNTAX.into());
        }
        if self.done.name == CommandName::FlushAll {
            self.keyspace.clear();
        } else {
            self.keyspace.clear_database(self.session.db);
        }
        self.keyspace.take_changes();
        self.trackers.announce_flush(self.channels);
        self.ok();
        Ok(())
    }

    pub(super) fn db_size(&mut self) {
        let count = self.keyspace.count(self.now_ms, self.session.db);
        self.int(count as i64);
    }

    /// Runs HELLO, in RESP2 only: the reply is a map written as an array.
    pub(super) fn hello(&mut self) -> Result<(), Refused> {
        if let Some(version) = self.args.get(1) {
            let version = resp::parse_int(version)
                .ok_or("ERR Protocol version is not an integer or out of range")?;
            if version != 2 {
                return Err("NOPROTO unsupported protocol version".into());
            }
        }
        self.hello_options()?;
        resp::write_array_header(self.out, 14);
        for (field, value) in [("server", b"redis".as_slice()), ("version", VERSION)] {
            resp::write_bulk(self.out, field.as_bytes());
            resp::write_bulk(self.out, value);
        }
        for (field, value) in
            [("proto", i64::from(self.session.protocol)), ("id", self.session.id as i64)]
        {
            resp::write_bulk(self.out, field.as_bytes());
            resp::write_int(self.out, value);
        }
        for text in ["mode", "standalone", "role", "master", "modules"] {
            resp::write_bulk(self.out, text.as_bytes());
        }
        resp::write_array_header(self.out, 0);
        Ok(())
    }

    /// Applies AUTH and SETNAME one by one: a name stays set when a later option is an error.
    fn hello_options(&mut self) -> Result<(), Refused> {
        let args = self.args;
        let mut at = 2;
        while at < args.len() {
            let more = args.len() - 1 - at;
            if self.says(at, "AUTH") && more >= 2 {
                check_user(&args[at + 1])?;
                at += 3;
            } else if self.says(at, "SETNAME") && more >= 1 {
                check_printable(&args[at + 1], b"Client names")?;
                self.set_name(&args[at + 1]);
                at += 2;
            } else {
                let before = "ERR Syntax error in HELLO option '";
                return Err(Refused::quoting(before, &args[at], "'"));
            }
        }
        Ok(())
    }

    /// Runs AUTH on a server without a password: the default user gets in with any password, and no
    /// one else does.
    pub(super) fn auth(&mut self) -> Result<(), Refused> {
        match self.args.len() {
            2 => {
                return Err("ERR AUTH <password> called without any password configured for the \
                     default user. Are you sure your configuration is correct?"
                    .into());
            }
            3 => check_user(&self.args[1])?,
            _ => return Err(SYNTAX.into()),
        }
        self.ok();
        Ok(())
    }

    /// Runs CLIENT ID, GETNAME, SETNAME and SETINFO.
    pub(super) fn client(&mut self) -> Result<(), Refused> {
        match self.done.name {
            CommandName::ClientId => self.int(self.session.id as i64),
            CommandName::ClientGetName => match &self.session.name {
                Some(name) => resp::write_bulk(self.out, name),
                None => resp::write_nil(self.out),
            },
            CommandName::ClientSetName => {
                let args = self.args;
                check_printable(&args[2], b"Client names")?;
                self.set_name(&args[2]);
                self.ok();
            }
            _ => {
                if !self.says(2, "LIB-NAME") && !self.says(2, "LIB-VER") {
                    let before = "ERR Unrecognized option '";
                    return Err(Refused::quoting(before, &self.args[2], "'"));
                }
                check_printable(&self.args[3], &self.args[2])?;
                self.ok();
            }
        }
        Ok(())
    }

    /// Copies the name, since the argument shares the read buffer. An empty name clears it.
    fn set_name(&mut self, name: &[u8]) {
        self.session.name = if name.is_empty() { None } else { Some(Bytes::copy_from_slice(name)) };
    }

    pub(super) fn reset(&mut self) {
        self.channels.hang_up(self.session);
        self.trackers.hang_up(self.session.id);
        self.keyspace.note_changes(self.trackers.any());
        self.session.reset();
        self.out.put_slice(b"+RESET\r\n");
    }
}

fn check_user(user: &[u8]) -> Result<(), Refused> {
    if user == b"default" {
        return Ok(());
    }
    Err("WRONGPASS invalid username-password pair or user is disabled.".into())
}

fn check_printable(text: &[u8], what: &[u8]) -> Result<(), Refused> {
    if text.iter().all(|byte| matches!(byte, b'!'..=b'~')) {
        return Ok(());
    }
    let after = " cannot contain spaces, newlines or special characters.";
    Err(Refused::quoting("ERR ", what, after))
}
