//! Rotate or revoke a trap's credential: from that moment the old secret is refused.

use super::{MOST_ATTEMPTS, MouseTrap};
use crate::domain::access::Caller;
use crate::domain::credential::TrapSecret;
use crate::domain::trap::{Retired, Trap};
use crate::storage::{StorageError, TrapChange, Write};
use shared_events::id::TrapId;
use thiserror::Error;

/// Why a credential was not changed.
#[derive(Debug, Error)]
pub enum RenewCredentialError {
    /// There is no such trap.
    #[error("there is no trap {0}")]
    UnknownTrap(TrapId),
    /// It is another cat's.
    #[error("the trap {0} belongs to another cat")]
    Forbidden(TrapId),
    /// It is out of service.
    #[error(transparent)]
    Retired(#[from] Retired),
    /// Other writes kept coming first.
    #[error("the trap {0} is too busy")]
    Contended(TrapId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Replaces the trap's credential by that of `secret`, or takes it away when there is none.
pub async fn renew_credential(
    app: &MouseTrap,
    caller: &Caller,
    id: &TrapId,
    secret: Option<&TrapSecret>,
) -> Result<Trap, RenewCredentialError> {
    for _ in 0..MOST_ATTEMPTS {
        let Some(mut trap) = app.storage.trap(id).await? else {
            return Err(RenewCredentialError::UnknownTrap(id.clone()));
        };
        if !caller.acts_for(&trap.owner) {
            return Err(RenewCredentialError::Forbidden(id.clone()));
        }
        trap.in_service()?;
        let expected_version = trap.version;
        trap.next_version();
        trap.credential = secret.map(|secret| secret.credential(app.clock.now()));
        let change = TrapChange {
            expected_version,
            trap: trap.clone(),
        };
        if app.storage.update_trap(change, Vec::new()).await? == Write::Done {
            return Ok(trap);
        }
    }
    Err(RenewCredentialError::Contended(id.clone()))
}
