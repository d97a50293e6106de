//! How everybody gets an account, and their traps a place.

use super::Stage;
use super::cast::{CATS, COURT, SITES, STEWARD};
use super::cat::{ActAsCatError, Cat};
use super::hunting::Hunter;
use super::persistence::until_done;
use crate::up::outside::CallError;
use std::sync::Arc;

/// A cat of the first half has a second trap.
const CATS_WITH_TWO_TRAPS: usize = 12;

/// The steward and the first cat come first, side by side, so that the first trap stands as soon as it can.
pub(super) async fn settle(stage: Stage) {
    let first = CATS[0];
    let (first, ()) = tokio::join!(stage.arrival_of(first), stage.open_sites());
    stage.set_traps(0, first).await;
    for (index, name) in CATS.iter().enumerate().skip(1) {
        let cat = stage.arrival_of(name).await;
        stage.set_traps(index, cat).await;
    }
}

impl Stage {
    async fn arrival_of(&self, name: &str) -> Arc<Cat> {
        let what = format!("sign {name} up");
        let arrive = || Cat::arrive(name, &self.outside.parse, &self.memory);
        let cat = Arc::new(until_done(&self.screen, &what, arrive).await);
        self.names.add(cat.id(), name);
        cat
    }

    /// The steward becomes one of the court, and opens the sites.
    async fn open_sites(&self) {
        let steward = self.arrival_of(STEWARD).await;
        if self.memory.sites_are_open() {
            return;
        }
        let grant = || self.outside.parse.grant_role(COURT, steward.id());
        until_done(&self.screen, "grant a role", grant).await;
        for site in &SITES {
            let register = || async {
                let token = steward.token().await?;
                let registered = self.outside.traps.register_site(&token, site).await;
                as_cat(&steward, registered).await
            };
            until_done(&self.screen, "register a site", register).await;
        }
        let keep = || async { self.memory.keep_sites_open() };
        until_done(&self.screen, "write its memory", keep).await;
    }

    async fn set_traps(&self, index: usize, cat: Arc<Cat>) {
        let traps = if index < CATS_WITH_TWO_TRAPS { 2 } else { 1 };
        self.cats.send_modify(|cats| cats.push(cat.clone()));
        for number in 1..=traps {
            let trap = format!("{}-{number}", cat.name());
            let site = SITES[(index + number) % SITES.len()].id;
            let register = || self.secret_of(&cat, &trap, site);
            let secret = until_done(&self.screen, "register a trap", register).await;
            let hunter = Arc::new(Hunter::new(trap, secret));
            self.hunters.send_modify(|hunters| hunters.push(hunter));
        }
    }

    async fn secret_of(&self, cat: &Cat, trap: &str, site: &str) -> Result<String, ActAsCatError> {
        if let Some(secret) = self.memory.secret(trap) {
            return Ok(secret);
        }
        let token = cat.token().await?;
        let registered = self.outside.traps.register_trap(&token, trap, site).await;
        let secret = as_cat(cat, registered).await?;
        self.memory.keep_secret(trap, &secret)?;
        Ok(secret)
    }
}

/// A token that is not believed may have been signed before the service knew the key, or was issued before a role was
/// granted: the next try comes with a new one.
async fn as_cat<T>(cat: &Cat, result: Result<T, CallError>) -> Result<T, ActAsCatError> {
    if result.as_ref().is_err_and(|error| !error.may_pass()) {
        cat.forget_token().await;
    }
    Ok(result?)
}
