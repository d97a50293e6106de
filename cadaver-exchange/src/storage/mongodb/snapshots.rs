//! Snapshots in pieces, as a document holds 16 MB at most. The head is written last: a snapshot without one is not there.

use super::{
    rows::{limit, number, to_bson},
    unavailable,
};
use crate::{
    domain::canonical::StateHash,
    storage::{SNAPSHOTS_KEPT, Snapshot, StorageError},
};
use bson::{Binary, Document, doc, spec::BinarySubtype};
use futures_util::TryStreamExt;
use mongodb::Collection;

/// Bytes in one piece.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

pub(super) async fn save(
    heads: &Collection<Document>,
    chunks: &Collection<Document>,
    snapshot: Snapshot,
) -> Result<(), StorageError> {
    let failed = unavailable("store a snapshot");
    let position = to_bson(snapshot.position);
    chunks
        .delete_many(doc! { "position": position })
        .await
        .map_err(&failed)?;
    for (index, bytes) in snapshot.state.chunks(CHUNK_BYTES).enumerate() {
        let row = doc! { "position": position, "index": limit(index), "bytes": binary(bytes) };
        chunks.insert_one(row).await.map_err(&failed)?;
    }
    let head = doc! {
        "_id": position,
        "hash": binary(&snapshot.hash.0),
        "length": limit(snapshot.state.len()),
    };
    heads
        .replace_one(doc! { "_id": position }, head)
        .upsert(true)
        .await
        .map_err(&failed)?;
    forget_old(heads, chunks).await
}

async fn forget_old(
    heads: &Collection<Document>,
    chunks: &Collection<Document>,
) -> Result<(), StorageError> {
    let failed = unavailable("forget old snapshots");
    let newest_first = positions(heads).await?;
    if let Some(oldest) = newest_first.iter().take(SNAPSHOTS_KEPT).next_back() {
        heads
            .delete_many(doc! { "_id": { "$lt": to_bson(*oldest) } })
            .await
            .map_err(&failed)?;
        chunks
            .delete_many(doc! { "position": { "$lt": to_bson(*oldest) } })
            .await
            .map_err(&failed)?;
    }
    Ok(())
}

pub(super) async fn positions(heads: &Collection<Document>) -> Result<Vec<u64>, StorageError> {
    let failed = unavailable("list the snapshots");
    let find = heads
        .find(doc! {})
        .sort(doc! { "_id": -1 })
        .projection(doc! { "_id": 1 });
    let rows: Vec<Document> = find
        .await
        .map_err(&failed)?
        .try_collect()
        .await
        .map_err(&failed)?;
    rows.iter().map(|row| number(row, "_id")).collect()
}

pub(super) async fn load(
    heads: &Collection<Document>,
    chunks: &Collection<Document>,
    position: u64,
) -> Result<Option<Snapshot>, StorageError> {
    let failed = unavailable("load a snapshot");
    let Some(head) = heads
        .find_one(doc! { "_id": to_bson(position) })
        .await
        .map_err(&failed)?
    else {
        return Ok(None);
    };
    let find = chunks
        .find(doc! { "position": to_bson(position) })
        .sort(doc! { "index": 1 });
    let mut rows = find.await.map_err(&failed)?;
    let mut state = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        match row.get_binary_generic("bytes") {
            Ok(piece) => state.extend_from_slice(piece),
            Err(_) => return Ok(None),
        }
    }
    Ok(whole(&head, position, state))
}

/// Nothing if the head does not fit the pieces.
fn whole(head: &Document, position: u64, state: Vec<u8>) -> Option<Snapshot> {
    let length = number(head, "length").ok()?;
    let hash = head.get_binary_generic("hash").ok()?;
    let hash = StateHash(hash.as_slice().try_into().ok()?);
    (length == state.len() as u64).then_some(Snapshot {
        position,
        hash,
        state,
    })
}

fn binary(bytes: &[u8]) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.to_vec(),
    }
}
