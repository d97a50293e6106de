//! Register a trap: it belongs to the cat that registers it, or to the cat that the royal court names.

use super::MouseTrap;
use crate::domain::access::Caller;
use crate::domain::announcement::{Announcement, News};
use crate::domain::credential::TrapSecret;
use crate::domain::position::Position;
use crate::domain::trap::Trap;
use crate::storage::{StorageError, Write};
use shared_events::id::{CatId, SiteId, TrapId};
use thiserror::Error;

/// A trap to be.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTrap {
    /// Its identifier.
    pub id: TrapId,
    /// Where it stands.
    pub site: SiteId,
    /// Where exactly; the middle of the site when not told.
    pub position: Option<Position>,
    /// Whose it is; the caller's when not told.
    pub owner: Option<CatId>,
}

/// Why a trap was not registered.
#[derive(Debug, Error)]
pub enum RegisterTrapError {
    /// Only the royal court may register traps of others.
    #[error("only the role royal-court may register a trap for another cat")]
    ForAnother,
    /// There is no such site.
    #[error("there is no site {0}")]
    UnknownSite(SiteId),
    /// The id is taken.
    #[error("the trap {0} is registered already")]
    Exists(TrapId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Registers a trap; its secret is `secret`, and only the answer of this call ever shows it.
pub async fn register_trap(
    app: &MouseTrap,
    caller: &Caller,
    new: NewTrap,
    secret: &TrapSecret,
) -> Result<Trap, RegisterTrapError> {
    let owner = new.owner.unwrap_or_else(|| caller.cat.clone());
    if !caller.acts_for(&owner) {
        return Err(RegisterTrapError::ForAnother);
    }
    let Some(site) = app.storage.site(&new.site).await? else {
        return Err(RegisterTrapError::UnknownSite(new.site));
    };
    let now = app.clock.now();
    let mut trap = Trap::register(new.id, &site, owner, new.position, now);
    trap.credential = Some(secret.credential(now));
    let heard = Announcement {
        sequence: trap.version,
        recorded_at: now,
        news: News::TrapRegistered(Box::new(trap.clone())),
    };
    match app
        .storage
        .register_traps(vec![trap.clone()], app.events(&[heard]))
        .await?
    {
        Write::Done => {
            app.relay.notify_one();
            Ok(trap)
        }
        Write::Conflict => Err(RegisterTrapError::Exists(trap.id)),
    }
}
