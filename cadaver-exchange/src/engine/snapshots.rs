//! Snapshots bound how much of the journal a restart replays.

use crate::{
    domain::{Exchange, canonical::StateHash},
    storage::{Snapshot, Storage, StorageError},
};

/// The state of the newest snapshot at or before `through` that is whole, and its position; the empty state if there is none.
/// A damaged one is passed over and reported.
pub(super) async fn newest_sound(
    storage: &dyn Storage,
    through: u64,
) -> Result<(Exchange, u64), StorageError> {
    let mut positions = storage.snapshot_positions().await?;
    positions.retain(|position| *position <= through);
    for position in positions {
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
