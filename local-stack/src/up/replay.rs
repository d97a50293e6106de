//! The replay: real records of real traps go through everything, and everything must add up at the end.

mod importing;
mod outcome;
mod progress;
mod record;
mod summary;

pub(super) use summary::Summary;

use super::folder::DataFolder;
use super::outside::{BalanceReport, Outside};
use super::screen::Screen;
use super::stack::Plan;
use importing::Import;
use progress::{Counts, Progress};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at how far it is; looking costs the services a little.
const LOOK: Duration = Duration::from_millis(250);
/// The same when the end is near, so that its moment is known well.
const CLOSE_LOOK: Duration = Duration::from_millis(50);
/// So many captures before its end it is near.
const NEAR: u64 = 3_000;
/// Between two questions to the importer's own books.
const STORED_LOOK: Duration = Duration::from_secs(1);
/// When nothing moves for so long after the import, nothing will.
const PATIENCE: Duration = Duration::from_secs(60);
/// The sites of the record are called `portal-...`: from the first such name to the first name after all of them.
const PORTAL_SITES: (&str, &str) = ("portal-", "portal.");

/// What to replay, and for whom.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    pub(super) plan: &'a Plan,
    pub(super) outside: &'a Outside,
    pub(super) folder: &'a DataFolder,
    pub(super) screen: &'a Arc<Screen>,
    pub(super) file: PathBuf,
    pub(super) hunters: Vec<String>,
    pub(super) keep_dates: bool,
}

impl Replay<'_> {
    /// Replays the record and waits until its last capture is a Parse object.
    pub(super) async fn run(&self) -> anyhow::Result<Summary> {
        let rows = record::count_rows(&self.file)?;
        let before = self.captures_before().await;
        let started = Instant::now();
        let mut progress = Progress::new(self.screen, rows);
        let import = Import {
            plan: self.plan,
            folder: self.folder,
            screen: self.screen,
        };
        let mut importing = Box::pin(import.run(&self.file, &self.hunters, self.keep_dates));
        let (mut stored, mut asked) = (None, Instant::now());
        let outcome = loop {
            tokio::select! {
                outcome = &mut importing => break outcome?,
                () = sleep(LOOK) => progress.tell(&self.look(stored).await),
            }
            if asked.elapsed() >= STORED_LOOK {
                asked = Instant::now();
                stored = import
                    .outcome()
                    .await
                    .ok()
                    .map(|outcome| outcome.captures());
            }
        };
        let all_there = before.others + outcome.captures();
        let (counts, finished) = self
            .wait_for(all_there, outcome.captures(), &mut progress)
            .await;
        progress.end();
        let portal_captures = self.all_portal_captures(outcome.captures()).await;
        Ok(Summary {
            file: self.file.clone(),
            rows,
            new_captures: portal_captures.saturating_sub(before.portal),
            portal_captures,
            outcome,
            counts,
            took: finished.duration_since(started),
            ledger: self.ledger().await,
        })
    }

    /// What there is from earlier runs: of the record, and of others.
    async fn captures_before(&self) -> Before {
        let deadline = Instant::now() + PATIENCE;
        let mut counts = self.look(None).await;
        while counts.seen.is_none() && Instant::now() < deadline {
            sleep(LOOK).await;
            counts = self.look(None).await;
        }
        if counts.seen.unwrap_or_default() == 0 {
            return Before::default();
        }
        let portal = self.portal_captures().await;
        Before {
            portal,
            others: counts.seen.unwrap_or_default().saturating_sub(portal),
        }
    }

    /// Waits until as many lots and Parse objects are there as captures, or until nothing moves any more.
    async fn wait_for(
        &self,
        captures: u64,
        stored: u64,
        progress: &mut Progress,
    ) -> (Counts, Instant) {
        progress.expect(captures);
        let (mut last, mut moved) = (Counts::default(), Instant::now());
        loop {
            let counts = self.look(Some(stored)).await;
            let now = Instant::now();
            progress.tell(&counts);
            if counts.are_all(captures) {
                return (counts, now);
            }
            let near = counts.seen.is_some_and(|seen| seen + NEAR >= captures);
            if counts != last {
                (last, moved) = (counts, now);
            }
            if now.duration_since(moved) > PATIENCE {
                return (last, now);
            }
            sleep(if near { CLOSE_LOOK } else { LOOK }).await;
        }
    }

    /// How far it is. A service that is being restarted does not answer for a moment.
    async fn look(&self, stored: Option<u64>) -> Counts {
        let (report, seen) = tokio::join!(
            self.outside.exchange.balance_report(),
            self.outside.parse.count("Capture", None),
        );
        Counts {
            stored,
            lots: report.ok().map(|report| report.lots.created),
            seen: seen.ok(),
        }
    }

    /// Those of the record among the Parse captures, which may come after those of others.
    async fn all_portal_captures(&self, captures: u64) -> u64 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.portal_captures().await;
            if found >= captures || Instant::now() > deadline {
                return found;
            }
            sleep(LOOK).await;
        }
    }

    /// What the ledger says of itself, when the exchange answers in time: it may be starting again just now.
    async fn ledger(&self) -> Option<BalanceReport> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.outside.exchange.balance_report().await {
                Ok(report) => return Some(report),
                Err(_) if Instant::now() < deadline => sleep(LOOK).await,
                Err(_) => return None,
            }
        }
    }

    async fn portal_captures(&self) -> u64 {
        let of_the_record = json!({ "siteId": { "$gte": PORTAL_SITES.0, "$lt": PORTAL_SITES.1 } });
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .outside
                .parse
                .count("Capture", Some(&of_the_record))
                .await
            {
                Ok(count) => return count,
                Err(_) if Instant::now() < deadline => sleep(LOOK).await,
                Err(_) => return 0,
            }
        }
    }
}

#[derive(Debug, Default)]
struct Before {
    portal: u64,
    others: u64,
}
