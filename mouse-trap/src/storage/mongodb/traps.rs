//! Traps in MongoDB.

use super::documents::{
    Unreadable, count, counted, date, missing, optional_time, parsed, point, position, time,
    unreadable,
};
use super::steps::Step;
use super::{MongodbStorage, failed};
use crate::domain::credential::Credential;
use crate::domain::site::Jurisdiction;
use crate::domain::trap::Trap;
use crate::storage::{StorageError, TrapChange, TrapFilter, TrapStorage, Write};
use async_trait::async_trait;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};
use chrono::{DateTime, Utc};
use shared_events::OutgoingEvent;
use shared_events::events::TrapState;
use shared_events::id::{CatId, SiteId, TrapId};

const TRAPS: &str = "traps";

#[async_trait]
impl TrapStorage for MongodbStorage {
    async fn register_traps(
        &self,
        traps: Vec<Trap>,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        let documents = traps.iter().map(document_of).collect();
        let steps = vec![
            Step::Insert {
                collection: TRAPS,
                documents,
            },
            Step::Announce(events),
        ];
        self.write("register traps", steps).await
    }

    async fn trap(&self, id: &TrapId) -> Result<Option<Trap>, StorageError> {
        self.find_one(TRAPS, doc! { "_id": id.as_str() }, trap)
            .await
            .map_err(failed("read a trap"))
    }

    async fn traps_named(&self, ids: Vec<TrapId>) -> Result<Vec<Trap>, StorageError> {
        let ids: Vec<_> = ids.into_iter().map(TrapId::into_string).collect();
        let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let filter = doc! { "_id": { "$in": ids } };
        self.find(TRAPS, filter, doc! { "_id": 1 }, limit, trap)
            .await
            .map_err(failed("read traps"))
    }

    async fn traps(
        &self,
        filter: TrapFilter,
        after: Option<&TrapId>,
        limit: u32,
    ) -> Result<Vec<Trap>, StorageError> {
        let mut asked = doc! { "_id": { "$gt": after.map_or("", TrapId::as_str) } };
        if let Some(owner) = filter.owner {
            asked.insert("owner", owner.into_string());
        }
        if let Some(site) = filter.site {
            asked.insert("site", site.into_string());
        }
        self.find(TRAPS, asked, doc! { "_id": 1 }, limit, trap)
            .await
            .map_err(failed("list traps"))
    }

    async fn update_trap(
        &self,
        change: TrapChange,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        self.write(
            "change a trap",
            vec![update(&[change]), Step::Announce(events)],
        )
        .await
    }

    async fn silent_traps(
        &self,
        seen_before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Trap>, StorageError> {
        let filter = doc! { "online_seen_at": { "$lt": date(seen_before) } };
        let found = self
            .find(TRAPS, filter, doc! { "online_seen_at": 1 }, limit, trap)
            .await;
        found.map_err(failed("search silent traps"))
    }
}

/// Replaces traps that still have the expected versions.
pub(super) fn update(changes: &[TrapChange]) -> Step {
    let update = |change: &TrapChange| {
        let filter =
            doc! { "_id": change.trap.id.as_str(), "version": count(change.expected_version) };
        (filter, document_of(&change.trap))
    };
    Step::Update {
        collection: TRAPS,
        updates: changes.iter().map(update).collect(),
    }
}

fn document_of(trap: &Trap) -> Document {
    let credential = trap.credential.as_ref().map(|credential| {
        let hash = Binary {
            subtype: BinarySubtype::Generic,
            bytes: credential.hash.to_vec(),
        };
        doc! { "hash": hash, "issued_at": date(credential.issued_at) }
    });
    let online = trap
        .status
        .connection
        .is_some_and(|connection| connection.value == TrapState::Online);
    let online_seen_at = trap
        .status
        .last_seen_at
        .filter(|_| online && trap.retired_at.is_none());
    doc! {
        "_id": trap.id.as_str(),
        "site": trap.site.as_str(),
        "jurisdiction": trap.jurisdiction.as_str(),
        "owner": trap.owner.as_str(),
        "position": point(trap.position),
        "status": serde_json::to_string(&trap.status).expect("a status holds only words, numbers and times"),
        "online_seen_at": online_seen_at.map_or(Bson::Null, date),
        "credential": credential,
        "registered_at": date(trap.registered_at),
        "retired_at": trap.retired_at.map_or(Bson::Null, date),
        "version": count(trap.version),
    }
}

fn trap(document: &Document) -> Result<Trap, Unreadable> {
    Ok(Trap {
        id: parsed(document, "_id", TrapId::new)?,
        site: parsed(document, "site", SiteId::new)?,
        jurisdiction: parsed(document, "jurisdiction", Jurisdiction::new)?,
        owner: parsed(document, "owner", CatId::new)?,
        position: position(document)?,
        status: parsed(document, "status", serde_json::from_str)?,
        credential: match document.get("credential") {
            Some(Bson::Document(credential)) => Some(credential_of(credential)?),
            _ => None,
        },
        registered_at: time(document, "registered_at")?,
        retired_at: optional_time(document, "retired_at")?,
        version: counted(document, "version")?,
    })
}

fn credential_of(document: &Document) -> Result<Credential, Unreadable> {
    let hash = document
        .get_binary_generic("hash")
        .map_err(unreadable("hash"))?;
    let hash = hash.as_slice().try_into().map_err(|_| missing("hash"))?;
    Ok(Credential {
        hash,
        issued_at: time(document, "issued_at")?,
    })
}
