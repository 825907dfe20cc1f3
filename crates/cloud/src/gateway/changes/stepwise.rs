//! Transfers in several steps.

use super::{ChangeWriter, Once};
use crate::deps::Deps;
use crate::directory::{AccessChange, Ask, Changed, DirectoryClient};
use async_trait::async_trait;
use crosswire_history::{Intent, UserId};
use std::io;

/// Mechanism 18, transfer and revocation lag. A camera changes hands in one commit, and each guest
/// of the former owner is revoked in a separate commit. A request dropped in between leaves guests
/// in the new owner's home; a retry finds the transfer made and stops. The trigger is a
/// cancellation, a deadline or a crash in the middle of a transfer. Compare Nest Cam, June 2019,
/// where the old owner's secondary grant survived a factory reset and resale.
pub(crate) struct Stepwise {
    plain: Once,
    directory: DirectoryClient,
}

impl Stepwise {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { plain: Once::new(deps), directory: deps.directory.clone() }
    }
}

#[async_trait]
impl ChangeWriter for Stepwise {
    async fn write(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>> {
        let (key, ask) = change.to_request(user, intent);
        let Ask::Transfer(from, device, to) = ask else {
            return self.plain.write(user, change, intent).await;
        };
        let hand_over = Ask::HandOver(from, device, to);
        let Some(changed) = self.directory.change_once(key, hand_over).await? else {
            return Ok(None);
        };
        for &guest in changed.users.iter().filter(|guest| **guest != to) {
            self.directory.change(Ask::Revoke(to, device, guest)).await?;
        }
        Ok(Some(changed))
    }
}
