//! A trap: whose it is, where it stands, what it last said.

use super::credential::Credential;
use super::position::Position;
use super::site::{Jurisdiction, Site};
use super::trap_status::TrapStatus;
use chrono::{DateTime, Utc};
use shared_events::id::{CatId, SiteId, TrapId};
use thiserror::Error;

/// A trap and its present condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Trap {
    /// Its identifier.
    pub id: TrapId,
    /// Where it stands.
    pub site: SiteId,
    /// The site's.
    pub jurisdiction: Jurisdiction,
    /// The cat that hunts with it.
    pub owner: CatId,
    /// Where exactly.
    pub position: Position,
    /// What it last said of itself.
    pub status: TrapStatus,
    /// What it proves itself with; none when revoked.
    pub credential: Option<Credential>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// When it was taken out of service for ever.
    pub retired_at: Option<DateTime<Utc>>,
    /// Grows with every change and every event: the place of the latest event among the trap's, and the guard against lost
    /// updates.
    pub version: u64,
}

/// A retired trap takes no more orders and reports.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the trap is retired since {0}")]
pub struct Retired(pub DateTime<Utc>);

/// Why a trap does not believe who speaks for it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AuthenticateTrapError {
    /// Wrong, or revoked: not told apart.
    #[error("the credential is not this trap's")]
    WrongCredential,
    /// See [`Retired`].
    #[error(transparent)]
    Retired(#[from] Retired),
}

impl Trap {
    /// A trap that has said nothing yet. Without a position of its own it stands in the middle of its site.
    #[must_use]
    pub fn register(
        id: TrapId,
        site: &Site,
        owner: CatId,
        position: Option<Position>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            site: site.id.clone(),
            jurisdiction: site.jurisdiction.clone(),
            owner,
            position: position.unwrap_or(site.position),
            status: TrapStatus::default(),
            credential: None,
            registered_at: now,
            retired_at: None,
            version: 1,
        }
    }

    /// The place of the next event of this trap.
    pub const fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    /// Refuses a retired trap.
    pub fn in_service(&self) -> Result<(), Retired> {
        self.retired_at.map_or(Ok(()), |at| Err(Retired(at)))
    }

    /// Checks the secret that somebody presents in the trap's name.
    pub fn authenticate(&self, presented: &str) -> Result<(), AuthenticateTrapError> {
        let known = self
            .credential
            .as_ref()
            .is_some_and(|credential| credential.accepts(presented));
        if !known {
            return Err(AuthenticateTrapError::WrongCredential);
        }
        Ok(self.in_service()?)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::credential::{SECRET_BYTES, TrapSecret};
    use crate::domain::site::SiteName;

    /// A trap in a barn in Canada that belongs to the cat `tom`.
    pub(crate) fn trap() -> Trap {
        let site = Site {
            id: SiteId::new("barn").expect("valid"),
            name: SiteName::new("Barn").expect("valid"),
            jurisdiction: Jurisdiction::new("CA").expect("valid"),
            position: Position::new(45.0, -73.0).expect("valid"),
            registered_at: DateTime::UNIX_EPOCH,
        };
        let id = TrapId::new("barn-7").expect("valid");
        Trap::register(
            id,
            &site,
            CatId::new("tom").expect("valid"),
            None,
            DateTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn believes_its_secret_until_revoked_or_retired() {
        let secret = TrapSecret::from_random([1; SECRET_BYTES]);
        let mut trap = trap();
        assert_eq!(
            trap.authenticate(secret.reveal()),
            Err(AuthenticateTrapError::WrongCredential)
        );
        trap.credential = Some(secret.credential(DateTime::UNIX_EPOCH));
        assert_eq!(trap.authenticate(secret.reveal()), Ok(()));
        assert_eq!(
            trap.authenticate("mt_wrong"),
            Err(AuthenticateTrapError::WrongCredential)
        );
        trap.retired_at = Some(DateTime::UNIX_EPOCH);
        assert!(matches!(
            trap.authenticate(secret.reveal()),
            Err(AuthenticateTrapError::Retired(_))
        ));
    }
}
