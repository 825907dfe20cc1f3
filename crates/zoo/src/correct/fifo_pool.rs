//! Takes the connection that has been idle for longest, so that all are used in turn.
//!
//! Freedom: the contract does not say which connection carries a call.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("fifo-pool", "takes the connection that has been idle for longest", || {
        connect(FifoPool)
    });

struct FifoPool(Desk);

#[async_trait]
impl Style for FifoPool {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        {
            let mut idle = self.0.idle(node);
            if !idle.is_empty() {
                // The pool takes from the back.
                idle.rotate_left(1);
            }
        }
        self.0.ask(node, args).await
    }
}
