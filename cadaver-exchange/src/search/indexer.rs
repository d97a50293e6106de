//! Keeps an index up to date with the journal, from wherever it is.

use super::{LotIndex, SearchError, SearchStats, projection};
use crate::storage::{Storage, StorageError};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Entries read at a time.
const PAGE: usize = 1_000;
/// How long to wait before trying again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// An index could not be brought up to date.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Search(#[from] SearchError),
}

/// Follows the journal named `journal` until `stop`. An outage is waited out: searching then tells what was known before.
pub async fn follow(
    index: Arc<dyn LotIndex>,
    storage: Arc<dyn Storage>,
    journal: Uuid,
    mut news: watch::Receiver<u64>,
    stats: SearchStats,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let caught_up = catch_up(index.as_ref(), storage.as_ref(), journal, &stats).await;
        let pause = match caught_up {
            Ok(()) => Duration::MAX,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                stats.failures.inc();
                tracing::warn!(error, "the index of lots falls behind; trying again");
                TRY_AGAIN
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause.min(TRY_AGAIN * 3_600)) => {}
            changed = news.changed(), if pause == Duration::MAX => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

async fn catch_up(
    index: &dyn LotIndex,
    storage: &dyn Storage,
    journal: Uuid,
    stats: &SearchStats,
) -> Result<(), FollowError> {
    let mut through = index.through(journal).await?;
    loop {
        stats.last_event.set(through.cast_signed());
        let page = storage.told_after(through, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        let new_through = last.events_through();
        let numbered = page.iter().flat_map(|told| {
            let numbers = told.events_before + 1..;
            numbers.zip(&told.events)
        });
        let changes = numbered
            .filter(|(number, _)| *number > through)
            .flat_map(|(number, event)| projection::changes(number, event));
        index.apply(changes.collect(), new_through).await?;
        through = new_through;
        if page.len() < PAGE {
            index.settle().await?;
        }
    }
}
