//! Runs every command in a task that continues when the caller is dropped.
//!
//! Freedom: background tasks may outlive the caller (F3).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("detached", "runs every command in a task that outlives its caller", || {
        connect(Detached)
    });

struct Detached(Desk);

#[async_trait]
impl Style for Detached {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let desk = self.0.clone();
        let args: Vec<Vec<u8>> = args.iter().map(|arg| arg.to_vec()).collect();
        let work = async move {
            let args: Vec<_> = args.iter().map(Vec::as_slice).collect();
            desk.dialer.timeout(desk.limit(), desk.ask(node, &args)).await?
        };
        tokio::spawn(work).await.map_err(|_| refused())?
    }
}
