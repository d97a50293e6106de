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
        let opened = match storage.snapshot(position).await {
            Ok(Some(snapshot)) => open(&snapshot),
            Ok(None) => Err("it is not whole".to_owned()),
            Err(damaged @ StorageError::DamagedFile { .. }) => Err(damaged.to_string()),
            Err(outage) => return Err(outage),
        };
        let fitting = match opened {
            Ok(exchange) => fits_the_journal(storage, exchange, position).await?,
            Err(reason) => Err(reason),
        };
        match fitting {
            Ok(exchange) => return Ok((exchange, position)),
            Err(reason) => {
                tracing::error!(position, reason, "a damaged snapshot is passed over");
            }
        }
    }
    Ok((Exchange::default(), 0))
}

/// The hash says that the state is as it was; its entry says that it stands where it was.
async fn fits_the_journal(
    storage: &dyn Storage,
    exchange: Exchange,
    position: u64,
) -> Result<Result<Exchange, String>, StorageError> {
    let before = position.saturating_sub(1);
    let entries = match storage.entries(before, 1).await {
        Ok(entries) => entries,
        // The state has outlived the entry that it contains.
        Err(StorageError::Damaged(_)) => return Ok(Ok(exchange)),
        Err(error) => return Err(error),
    };
    let fits = entries.first().is_some_and(|entry| {
        entry.position == position && entry.events_through == exchange.last_event()
    });
    Ok(if fits {
        Ok(exchange)
    } else {
        Err("it does not fit the journal's entry there".to_owned())
    })
}

fn open(snapshot: &Snapshot) -> Result<Exchange, String> {
    if StateHash::of(&snapshot.state) != snapshot.hash {
        return Err("its bytes do not have its hash".to_owned());
    }
    Exchange::from_canonical(&snapshot.state).map_err(|error| error.to_string())
}
