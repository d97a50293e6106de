//! The sites and traps of the study: registered when they are missing, remembered while the import runs.

use super::ImportPortalError;
use crate::domain::announcement::{Announcement, News};
use crate::domain::portal::outcome::Stake;
use crate::domain::portal::stakes::StakeMap;
use crate::domain::site::{Jurisdiction, Site, SiteName};
use crate::domain::trap::Trap;
use crate::storage::{StorageError, Write};
use crate::use_cases::{MOST_ATTEMPTS, MouseTrap};
use shared_events::id::{CatId, TrapId};
use std::collections::{BTreeSet, HashMap};

/// Traps that are registered in one write.
const TRAPS_PER_WRITE: usize = 500;

/// The ground on which an import works.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) stakes: StakeMap,
    pub(super) hunters: Vec<CatId>,
    pub(super) jurisdiction: Jurisdiction,
    /// Every trap that the import needs, as it was last seen or written.
    pub(super) traps: HashMap<TrapId, Trap>,
}

impl Ground {
    /// Registers what is missing of the needed sites and traps.
    pub(super) async fn prepare(
        &mut self,
        app: &MouseTrap,
        needed: BTreeSet<Stake>,
    ) -> Result<(), ImportPortalError> {
        let needed: Vec<_> = needed.into_iter().collect();
        for some in needed.chunks(TRAPS_PER_WRITE) {
            self.prepare_some(app, some).await?;
        }
        Ok(())
    }

    async fn prepare_some(
        &mut self,
        app: &MouseTrap,
        needed: &[Stake],
    ) -> Result<(), ImportPortalError> {
        for _ in 0..MOST_ATTEMPTS {
            self.reload(app, needed.iter().map(|stake| stake.trap_id()).collect())
                .await?;
            let mut traps = Vec::new();
            let missing = needed
                .iter()
                .filter(|stake| !self.traps.contains_key(&stake.trap_id()));
            for stake in missing {
                let site = self.site(app, *stake).await?;
                let position = self.stakes.stake(stake.plot, stake.stake);
                let trap = Trap::register(
                    stake.trap_id(),
                    &site,
                    self.hunter(*stake),
                    Some(position),
                    app.clock.now(),
                );
                traps.push(trap);
            }
            let news = |trap: &Trap| Announcement {
                sequence: trap.version,
                recorded_at: trap.registered_at,
                news: News::TrapRegistered(Box::new(trap.clone())),
            };
            let events = app.events(&traps.iter().map(news).collect::<Vec<_>>());
            if traps.is_empty()
                || app.storage.register_traps(traps.clone(), events).await? == Write::Done
            {
                self.traps
                    .extend(traps.into_iter().map(|trap| (trap.id.clone(), trap)));
                return Ok(());
            }
        }
        Err(ImportPortalError::Contended(0))
    }

    /// Sees again how these traps are.
    pub(super) async fn reload(
        &mut self,
        app: &MouseTrap,
        ids: Vec<TrapId>,
    ) -> Result<(), StorageError> {
        let found = app.storage.traps_named(ids).await?;
        self.traps
            .extend(found.into_iter().map(|trap| (trap.id.clone(), trap)));
        Ok(())
    }

    async fn site(&self, app: &MouseTrap, stake: Stake) -> Result<Site, StorageError> {
        let id = stake.site_id();
        if let Some(site) = app.storage.site(&id).await? {
            return Ok(site);
        }
        let name = stake.plot.map_or_else(
            || "Portal, plot unknown".into(),
            |plot| format!("Portal, plot {plot}"),
        );
        let site = Site {
            id,
            name: SiteName::new(&name).expect("a plot's name is short and printable"),
            jurisdiction: self.jurisdiction.clone(),
            position: self.stakes.plot(stake.plot),
            registered_at: app.clock.now(),
        };
        // A conflict means that somebody else has just registered the same site.
        match app.storage.register_site(site.clone()).await? {
            Write::Done | Write::Conflict => Ok(site),
        }
    }

    fn hunter(&self, stake: Stake) -> CatId {
        let plot = usize::from(stake.plot.unwrap_or(1));
        self.hunters[(plot - 1) % self.hunters.len()].clone()
    }
}
