//! Take a trap out of service for ever: its credential dies with it, its captures stay.

use super::{MOST_ATTEMPTS, MouseTrap};
use crate::domain::access::Caller;
use crate::domain::announcement::{Announcement, News};
use crate::domain::trap::Trap;
use crate::storage::{StorageError, TrapChange, Write};
use shared_events::events::TrapState;
use shared_events::id::TrapId;
use thiserror::Error;

/// Why a trap was not retired.
#[derive(Debug, Error)]
pub enum RetireTrapError {
    /// There is no such trap.
    #[error("there is no trap {0}")]
    UnknownTrap(TrapId),
    /// It is another cat's.
    #[error("the trap {0} belongs to another cat")]
    Forbidden(TrapId),
    /// Other writes kept coming first.
    #[error("the trap {0} is too busy")]
    Contended(TrapId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Retires a trap; retiring it again changes nothing.
pub async fn retire_trap(
    app: &MouseTrap,
    caller: &Caller,
    id: &TrapId,
) -> Result<Trap, RetireTrapError> {
    for _ in 0..MOST_ATTEMPTS {
        let Some(mut trap) = app.storage.trap(id).await? else {
            return Err(RetireTrapError::UnknownTrap(id.clone()));
        };
        if !caller.acts_for(&trap.owner) {
            return Err(RetireTrapError::Forbidden(id.clone()));
        }
        if trap.retired_at.is_some() {
            return Ok(trap);
        }
        let (expected_version, now) = (trap.version, app.clock.now());
        trap.retired_at = Some(now);
        trap.credential = None;
        let sequence = trap.next_version();
        let news = News::TrapStateChanged {
            trap: Box::new(trap.clone()),
            state: TrapState::Retired,
            at: now,
        };
        let events = app.events(&[Announcement {
            sequence,
            recorded_at: now,
            news,
        }]);
        let change = TrapChange {
            expected_version,
            trap: trap.clone(),
        };
        if app.storage.update_trap(change, events).await? == Write::Done {
            app.relay.notify_one();
            return Ok(trap);
        }
    }
    Err(RetireTrapError::Contended(id.clone()))
}
