//! Sends SELECT and CLIENT SETNAME in one write with the first command of each connection, and
//! reads their replies.
//!
//! Freedom: a client may set up its connections in any way, as long as it sets up all of them alike
//! (M14).

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, done, frame};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "greeted",
    "selects a database and sets a name, in one write with the first command",
    || connect(Greeted::new),
);

struct Greeted {
    desk: Desk,
    places: Vec<tokio::sync::Mutex<Option<Line>>>,
}

impl Greeted {
    fn new(desk: Desk) -> Self {
        let places = (0..desk.nodes()).map(|_| tokio::sync::Mutex::new(None)).collect();
        Self { desk, places }
    }
}

#[async_trait]
impl Style for Greeted {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.places[node].lock().await;
        let mut line = if let Some(mut line) = place.take() {
            line.send(args).await?;
            line
        } else {
            let mut line = Line::dial(&self.desk.dialer, node).await?;
            let greeting = [frame(&[b"SELECT", b"3"]), frame(&[b"CLIENT", b"SETNAME", b"zoo"])];
            line.write(&[&greeting.concat()[..], &frame(args)].concat(), 3).await?;
            done(line.reply().await?)?;
            done(line.reply().await?)?;
            line
        };
        let reply = line.reply().await?;
        *place = Some(line);
        Ok(reply)
    }
}
