//! Snapshots bound how much of the journal a restart replays.

use super::EngineStats;
use crate::{
    domain::{Exchange, canonical::StateHash},
    storage::{Snapshot, Storage, StorageError},
};
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// Stores a state. When that fails, it only makes the next restart longer.
pub(super) async fn store(
    storage: Arc<dyn Storage>,
    position: u64,
    state: Vec<u8>,
    stats: Arc<EngineStats>,
) {
    let bytes = state.len();
    let hashed = tokio::task::spawn_blocking(move || (StateHash::of(&state), state)).await;
    let Ok((hash, state)) = hashed else {
        return;
    };
    match storage
        .save_snapshot(Snapshot {
            position,
            hash,
            state,
        })
        .await
    {
        Ok(()) => {
            stats.snapshots.fetch_add(1, Relaxed);
            tracing::info!(position, bytes, %hash, "a snapshot is stored");
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                position,
                "a snapshot could not be stored; the next restart takes longer"
            );
        }
    }
}

/// The state of the newest snapshot that is whole, and its position; the empty state if there is none. A damaged one is
/// passed over and reported.
pub(super) async fn newest_sound(storage: &dyn Storage) -> Result<(Exchange, u64), StorageError> {
    for position in storage.snapshot_positions().await? {
        match storage
            .snapshot(position)
            .await?
            .map(|snapshot| open(&snapshot))
        {
            Some(Ok(exchange)) => return Ok((exchange, position)),
            Some(Err(reason)) => {
                tracing::error!(position, reason, "a damaged snapshot is passed over");
            }
            None => tracing::error!(position, "a snapshot that is not whole is passed over"),
        }
    }
    Ok((Exchange::default(), 0))
}

fn open(snapshot: &Snapshot) -> Result<Exchange, String> {
    if StateHash::of(&snapshot.state) != snapshot.hash {
        return Err("its bytes do not have its hash".to_owned());
    }
    Exchange::from_canonical(&snapshot.state).map_err(|error| error.to_string())
}
