//! The lease as a document, changed only when it is as it was seen.
//!
//! A database without transactions cannot look at the lease and append in one step, and need not: whoever takes the lease over begins with
//! an entry of its own, which takes the very position that a writer of an earlier epoch would write next.

use super::{
    rows::{is_taken, number, text, to_bson},
    unavailable,
};
use crate::storage::{Epoch, Lease, StorageError};
use bson::{Document, doc};
use mongodb::Collection;

const ID: &str = "lease";

pub(super) async fn read(leases: &Collection<Document>) -> Result<Lease, StorageError> {
    let row = leases.find_one(doc! { "_id": ID }).await;
    let Some(row) = row.map_err(unavailable("read the lease"))? else {
        return Ok(Lease {
            is_free: true,
            ..Lease::default()
        });
    };
    Ok(Lease {
        epoch: Epoch(number(&row, "epoch")?),
        beat: number(&row, "beat")?,
        holder: text(&row, "holder")?.to_owned(),
        is_free: row.get_bool("free").unwrap_or_default(),
    })
}

/// Begins the epoch after `seen`, if the lease still is as it was seen.
pub(super) async fn take(
    leases: &Collection<Document>,
    seen: &Lease,
    holder: &str,
) -> Result<bool, StorageError> {
    let next =
        doc! { "epoch": to_bson(seen.epoch.0 + 1), "beat": 0_i64, "holder": holder, "free": false };
    if seen.epoch == Epoch::default() {
        let mut first = next;
        first.insert("_id", ID);
        return match leases.insert_one(first).await {
            Ok(_) => Ok(true),
            Err(error) if is_taken(&error) => Ok(false),
            Err(error) => Err(unavailable("take the lease")(error)),
        };
    }
    let as_seen = doc! { "_id": ID, "epoch": to_bson(seen.epoch.0), "beat": to_bson(seen.beat) };
    let taken = leases.update_one(as_seen, doc! { "$set": next }).await;
    let taken = taken.map_err(unavailable("take the lease"))?;
    Ok(taken.matched_count == 1)
}

pub(super) async fn renew(leases: &Collection<Document>, epoch: Epoch) -> Result<(), StorageError> {
    update(
        leases,
        epoch,
        doc! { "$inc": { "beat": 1_i64 } },
        "renew the lease",
    )
    .await
}

pub(super) async fn release(
    leases: &Collection<Document>,
    epoch: Epoch,
) -> Result<(), StorageError> {
    update(
        leases,
        epoch,
        doc! { "$set": { "free": true } },
        "give the lease back",
    )
    .await
}

async fn update(
    leases: &Collection<Document>,
    epoch: Epoch,
    change: Document,
    attempted: &'static str,
) -> Result<(), StorageError> {
    let mine = doc! { "_id": ID, "epoch": to_bson(epoch.0) };
    let updated = leases.update_one(mine, change).await;
    if updated.map_err(unavailable(attempted))?.matched_count == 1 {
        return Ok(());
    }
    Err(StorageError::Fenced {
        epoch,
        current: read(leases).await?.epoch,
    })
}
