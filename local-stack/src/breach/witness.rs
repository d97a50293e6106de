//! One of everything that opens a door, taken while it is good, and tried again afterwards: the proof that what a thief may
//! hold is worth nothing.

use super::premises::Premises;
use super::renewal::TrapSecrets;
use super::report::Check;
use crate::up::{CallError, INVALID_SESSION, NewSite, Outside, Position, SignedIn};
use anyhow::Context as _;
use chrono::Utc;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// New keys come over the bus in far less.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const COURT: &str = "royal-court";
const SITE: NewSite = NewSite {
    id: "breach-witness",
    name: "Where old keys are tried",
    jurisdiction: "CA",
    position: Position {
        latitude: 46.8139,
        longitude: -71.2080,
    },
};

/// Credentials of before.
pub(super) struct Witness {
    name: String,
    password: String,
    cat: SignedIn,
    token: String,
    trap: String,
    trap_secret: String,
    master_key: String,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Witness({}, ***)", self.name)
    }
}

impl Witness {
    /// Signs up, registers a trap, and makes sure that everything is good now.
    pub(super) async fn arrive(premises: &Premises) -> anyhow::Result<Self> {
        let outside = premises.outside();
        let name = format!("breach-witness-{}", Uuid::new_v4().simple());
        let password = Uuid::new_v4().simple().to_string();
        let cat = outside.parse.sign_up(&name, &password).await?;
        outside.parse.grant_role(COURT, &cat.object_id).await?;
        let token = outside.parse.access_token(&cat.session_token).await?;
        believed(&outside, &token).await?;
        outside.traps.register_site(&token, &SITE).await?;
        let trap_secret = outside.traps.register_trap(&token, &name, SITE.id).await?;
        report(&outside, &name, &trap_secret, "before").await?;
        Ok(Self {
            trap: name.clone(),
            name,
            password,
            cat,
            token,
            trap_secret,
            master_key: premises.master_key().to_owned(),
        })
    }

    /// Tries the old and the new, and then leaves for good.
    pub(super) async fn try_again(
        &self,
        premises: &Premises,
        secrets: &TrapSecrets,
    ) -> anyhow::Result<Vec<Check>> {
        let outside = premises.outside();
        // Keys are replaced all at once: where a new token is believed, what old ones said is forgotten.
        let back = outside.parse.log_in(&self.name, &self.password).await?;
        let token = outside.parse.access_token(&back.session_token).await?;
        believed(&outside, &token).await?;
        let mut checks = vec![
            works("the same password gives a new session"),
            works("a new access token is believed by the exchange and by mouse-trap"),
        ];
        checks.extend(self.try_old(premises, &outside).await);
        let trap_secret = secrets
            .get(&self.trap)
            .context("the witness's trap has no new credential")?;
        let reported = report(&outside, &self.trap, trap_secret, "after").await;
        checks.push(accepted(
            "the trap's new credential is accepted",
            reported.err(),
        ));
        let master = outside.parse.ask_as_master().await;
        checks.push(accepted("the new master key is accepted", master.err()));
        self.leave(&outside, &token).await?;
        Ok(checks)
    }

    async fn try_old(&self, premises: &Premises, outside: &Outside) -> Vec<Check> {
        let session = outside.parse.access_token(&self.cat.session_token).await;
        let exchange = outside.exchange.account(&self.token).await;
        let traps = outside.traps.captures(&self.token).await;
        let trap = report(outside, &self.trap, &self.trap_secret, "stolen").await;
        let master = premises.outside_with(&self.master_key);
        let master = master.parse.ask_as_master().await;
        vec![
            refused("the old session is refused (209)", session.err(), |error| {
                error.has_code(INVALID_SESSION)
            }),
            refused(
                "the exchange refuses the old access token (401)",
                exchange.err(),
                CallError::is_unauthorized,
            ),
            refused(
                "mouse-trap refuses the old access token (401)",
                traps.err(),
                CallError::is_unauthorized,
            ),
            refused(
                "the trap's old credential is refused (401)",
                trap.err(),
                CallError::is_unauthorized,
            ),
            refused(
                "the old master key is refused (403)",
                master.err(),
                CallError::is_forbidden,
            ),
        ]
    }

    async fn leave(&self, outside: &Outside, token: &str) -> anyhow::Result<()> {
        outside.traps.retire_trap(token, &self.trap).await?;
        outside.parse.erase_cat(&self.cat.object_id).await?;
        Ok(())
    }
}

/// Waits until both other services believe the token: keys travel over the bus.
async fn believed(outside: &Outside, token: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let exchange = outside.exchange.account(token).await;
        let traps = outside.traps.captures(token).await;
        let Some(error) = exchange.err().or(traps.err()) else {
            return Ok(());
        };
        if Instant::now() >= deadline {
            return Err(error).context("a new access token is not believed");
        }
        sleep(LOOK_AGAIN).await;
    }
}

async fn report(outside: &Outside, trap: &str, secret: &str, boot: &str) -> Result<(), CallError> {
    let now = Utc::now();
    let reports =
        json!([{ "boot": boot, "counter": 1, "at": now, "kind": "state", "state": "armed" }]);
    outside.traps.report(trap, secret, &reports).await?;
    Ok(())
}

fn works(name: &'static str) -> Check {
    accepted(name, None)
}

fn accepted(name: &'static str, error: Option<CallError>) -> Check {
    Check {
        name,
        holds: error.is_none(),
        found: error.map_or_else(|| "accepted".to_owned(), |error| error.to_string()),
    }
}

/// Refused for this very reason: an outage is no proof.
fn refused(
    name: &'static str,
    error: Option<CallError>,
    wanted: impl Fn(&CallError) -> bool,
) -> Check {
    Check {
        name,
        holds: error.as_ref().is_some_and(wanted),
        found: error.map_or_else(|| "ACCEPTED".to_owned(), |error| error.to_string()),
    }
}
