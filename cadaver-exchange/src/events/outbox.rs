//! The journal as an outbox: events wait in the entries that caused them, and a mark says how far they are published.

use crate::storage::{Storage, StorageError};
use async_trait::async_trait;
use parking_lot::Mutex;
use shared_events::outbox::{Outbox, OutboxError, PendingEvent};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// The most entries that are looked through for events beyond those that wait for their key.
const MAX_WINDOW: usize = 16_384;

/// The events of a journal that are not published yet.
#[derive(Debug)]
pub struct JournalOutbox {
    storage: Arc<dyn Storage>,
    journal: Uuid,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    /// All events up to this one are published.
    through: u64,
    /// How far the database knows that.
    marked: u64,
    /// Later ones that are published too.
    ahead: BTreeSet<u64>,
}

impl JournalOutbox {
    /// The outbox of the journal in `storage`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open(storage: Arc<dyn Storage>) -> Result<Self, StorageError> {
        let journal = storage.journal_id().await?;
        let through = storage.published().await?;
        let progress = Progress {
            through,
            marked: through,
            ahead: BTreeSet::new(),
        };
        Ok(Self {
            storage,
            journal,
            progress: Mutex::new(progress),
        })
    }

    /// Tells the database how far all is published, unless it knows.
    async fn mark(&self) -> Result<(), StorageError> {
        let (through, marked) = {
            let progress = self.progress.lock();
            (progress.through, progress.marked)
        };
        if through > marked {
            self.storage.set_published(through).await?;
            self.progress.lock().marked = through;
        }
        Ok(())
    }
}

#[async_trait]
impl Outbox for JournalOutbox {
    type Position = u64;

    async fn pending(&self, limit: usize) -> Result<Vec<PendingEvent<u64>>, OutboxError> {
        // A mark that could not be set before is set now, lest a restart publish everything after it again.
        let marked = self.mark().await;
        marked.map_err(failed("remove published events"))?;
        let (through, ahead) = {
            let progress = self.progress.lock();
            (progress.through, progress.ahead.clone())
        };
        let window = (limit + ahead.len()).min(MAX_WINDOW);
        let told = self
            .storage
            .told_after(through, window)
            .await
            .map_err(failed("list pending events"))?;
        let events = told
            .into_iter()
            .flat_map(|told| told.outgoing(self.journal));
        let pending = events.filter(|(number, _)| *number > through && !ahead.contains(number));
        let pending = pending.map(|(position, event)| PendingEvent { position, event });
        Ok(pending.take(limit).collect())
    }

    async fn remove(&self, positions: Vec<u64>) -> Result<(), OutboxError> {
        self.progress.lock().publish(positions);
        let marked = self.mark().await;
        marked.map_err(failed("remove published events"))
    }
}

impl Progress {
    /// Takes note of published events.
    fn publish(&mut self, positions: Vec<u64>) {
        let before = self.through;
        self.ahead
            .extend(positions.into_iter().filter(|position| *position > before));
        while self.ahead.remove(&(self.through + 1)) {
            self.through += 1;
        }
    }
}

fn failed(attempted: &'static str) -> impl Fn(StorageError) -> OutboxError {
    move |error| OutboxError {
        attempted,
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_moves_over_what_is_published_without_a_hole() {
        let mut progress = Progress::default();
        for (published, through) in [
            (vec![2, 3], 0),
            (vec![1], 3),
            (vec![1, 2], 3),
            (vec![5, 4], 5),
        ] {
            progress.publish(published);
            assert_eq!(progress.through, through);
        }
        assert!(progress.ahead.is_empty());
    }
}
