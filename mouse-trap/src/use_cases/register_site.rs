//! Register a site: the royal court says where traps may stand.

use super::MouseTrap;
use crate::domain::access::Caller;
use crate::domain::position::Position;
use crate::domain::site::{Jurisdiction, Site, SiteName};
use crate::storage::{StorageError, Write};
use shared_events::id::SiteId;
use thiserror::Error;

/// A site to be.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSite {
    /// Its identifier.
    pub id: SiteId,
    /// What cats call it.
    pub name: SiteName,
    /// Whose law holds there.
    pub jurisdiction: Jurisdiction,
    /// Its middle.
    pub position: Position,
}

/// Why a site was not registered.
#[derive(Debug, Error)]
pub enum RegisterSiteError {
    /// Only the royal court may.
    #[error("only the role royal-court may register sites")]
    Forbidden,
    /// The id is taken.
    #[error("the site {0} is registered already")]
    Exists(SiteId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Registers a site.
pub async fn register_site(
    app: &MouseTrap,
    caller: &Caller,
    new: NewSite,
) -> Result<Site, RegisterSiteError> {
    if !caller.royal_court {
        return Err(RegisterSiteError::Forbidden);
    }
    let NewSite {
        id,
        name,
        jurisdiction,
        position,
    } = new;
    let site = Site {
        id,
        name,
        jurisdiction,
        position,
        registered_at: app.clock.now(),
    };
    match app.storage.register_site(site.clone()).await? {
        Write::Done => Ok(site),
        Write::Conflict => Err(RegisterSiteError::Exists(site.id)),
    }
}
