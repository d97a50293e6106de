//! The books: what any operator may count at any time, and what must come of it.

use super::load::Load;
use super::scratch::Scratch;
use crate::up::{NewSite, Outside, Position, SignedIn};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What is under way arrives in far less.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

const COURT: &str = "royal-court";
const STEWARD: &str = "drill-steward";
const PASSWORD: &str = "only for a scratch Catweb";
const SITE: NewSite = NewSite {
    id: "drill-site",
    name: "The drill ground",
    jurisdiction: "CA",
    position: Position {
        latitude: 46.8139,
        longitude: -71.2080,
    },
};

/// A cat of the royal court, who may see everything.
#[derive(Debug)]
pub(super) struct Witness {
    steward: SignedIn,
}

/// Something that must hold.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Invariant {
    pub(super) name: &'static str,
    pub(super) holds: bool,
    pub(super) found: String,
}

/// What was found when everything had arrived.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) invariants: Vec<Invariant>,
    /// Acknowledged catches that are not there any more.
    pub(super) lost: usize,
    /// When the first and the last of them were acknowledged.
    pub(super) lost_between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// All captures there are.
    pub(super) captures: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Counts {
    captures: HashSet<String>,
    lots: u64,
    seen: u64,
    balanced: bool,
    owned: u64,
}

impl Witness {
    /// The steward, with a site.
    pub(super) async fn arrive(scratch: &Scratch) -> anyhow::Result<Self> {
        let outside = scratch.outside()?;
        let steward = outside.parse.sign_up(STEWARD, PASSWORD).await?;
        outside.parse.grant_role(COURT, &steward.object_id).await?;
        let witness = Self { steward };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let token = witness.token(&outside).await?;
            match outside.traps.register_site(&token, &SITE).await {
                Ok(()) => return Ok(witness),
                // The public keys are still on their way over the bus.
                Err(_) if Instant::now() < deadline => sleep(LOOK_AGAIN).await,
                Err(error) => return Err(error).context("the site cannot be registered"),
            }
        }
    }

    /// A trap of the steward's. Answers its secret.
    pub(super) async fn register_trap(
        &self,
        outside: &Outside,
        trap: &str,
    ) -> anyhow::Result<String> {
        let token = self.token(outside).await?;
        Ok(outside.traps.register_trap(&token, trap, SITE.id).await?)
    }

    /// A new cat. Answers its access token.
    pub(super) async fn sign_up(&self, outside: &Outside, name: &str) -> anyhow::Result<String> {
        let cat = outside.parse.sign_up(name, PASSWORD).await?;
        Ok(outside.parse.access_token(&cat.session_token).await?)
    }

    async fn token(&self, outside: &Outside) -> anyhow::Result<String> {
        Ok(outside
            .parse
            .access_token(&self.steward.session_token)
            .await?)
    }

    /// Lets the load rest, waits until nothing is under way, and counts.
    pub(super) async fn count(&self, scratch: &Scratch, load: &Load) -> anyhow::Result<Books> {
        load.rest();
        let mut lost = load.acknowledged();
        let counts = self.settled(scratch).await;
        let counts = counts.inspect_err(|_| load.go_on())?;
        lost.retain(|one| !counts.captures.contains(&one.capture));
        let times = || lost.iter().map(|one| one.at);
        let lost_between = times().min().zip(times().max());
        let lost: HashSet<String> = lost.into_iter().map(|one| one.capture).collect();
        load.forget(&lost);
        load.go_on();
        Ok(Books {
            invariants: counts.invariants(),
            lost: lost.len(),
            lost_between,
            captures: counts.captures.len(),
        })
    }

    /// The counts when they have not changed between two looks and agree; what they are at last otherwise.
    async fn settled(&self, scratch: &Scratch) -> anyhow::Result<Counts> {
        let outside = scratch.outside()?;
        let deadline = Instant::now() + PATIENCE;
        let mut last = self.look(&outside).await;
        loop {
            sleep(LOOK_AGAIN).await;
            let now = self.look(&outside).await;
            match (&last, &now) {
                (Ok(before), Ok(after)) if before == after && after.agree() => return now,
                _ if Instant::now() > deadline => return now,
                _ => last = now,
            }
        }
    }

    async fn look(&self, outside: &Outside) -> anyhow::Result<Counts> {
        let token = self.token(outside).await?;
        let captures = outside.traps.captures(&token).await?;
        let report = outside.exchange.balance_report().await?;
        Ok(Counts {
            captures: captures.into_iter().collect(),
            lots: report.lots.created,
            seen: outside.parse.count("Capture", None).await?,
            balanced: report.balanced && report.assets.iter().all(|asset| asset.sum == 0),
            owned: report.lots.accounted(),
        })
    }
}

impl Counts {
    fn agree(&self) -> bool {
        self.invariants().iter().all(|invariant| invariant.holds)
    }

    fn invariants(&self) -> Vec<Invariant> {
        let captures = self.captures.len() as u64;
        let equal = |name, found: u64, what: &str| Invariant {
            name,
            holds: found == captures,
            found: format!("{found} {what}, {captures} captures"),
        };
        vec![
            equal("every capture is one lot", self.lots, "lots"),
            equal("every capture is one Parse object", self.seen, "objects"),
            Invariant {
                name: "the ledger sums to zero",
                holds: self.balanced,
                found: format!("balanced: {}", self.balanced),
            },
            Invariant {
                name: "every lot is in one place",
                holds: self.owned == self.lots,
                found: format!("{} of {} lots accounted for", self.owned, self.lots),
            },
        ]
    }
}
