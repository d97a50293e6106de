//! The indexes that the contract's reads need.

use super::{Failure, MongodbStorage};
use bson::{Document, doc};
use mongodb::IndexModel;

impl MongodbStorage {
    /// Makes what is missing. Collections that transactions insert into must exist first on some deployments, and making an
    /// index makes its collection.
    pub(super) async fn ensure_indexes(&self) -> Result<(), Failure> {
        for (collection, keys) in indexes() {
            self.collection(collection)
                .create_index(IndexModel::builder().keys(keys).build())
                .await?;
        }
        Ok(())
    }
}

fn indexes() -> Vec<(&'static str, Document)> {
    vec![
        ("sites", doc! { "jurisdiction": 1 }),
        ("traps", doc! { "owner": 1, "_id": 1 }),
        ("traps", doc! { "site": 1, "_id": 1 }),
        ("traps", doc! { "online_seen_at": 1 }),
        ("reports", doc! { "trap": 1, "at": 1 }),
        ("captures", doc! { "caught_at": 1, "_id": 1 }),
        ("captures", doc! { "hunter": 1, "caught_at": 1, "_id": 1 }),
        ("captures", doc! { "trap": 1, "caught_at": 1, "_id": 1 }),
        ("bycatch", doc! { "caught_at": 1, "_id": 1 }),
        ("bycatch", doc! { "hunter": 1, "caught_at": 1, "_id": 1 }),
        (
            "commands",
            doc! { "trap": 1, "open": 1, "requested_at": 1, "_id": 1 },
        ),
        ("commands", doc! { "open": 1, "expires_at": 1 }),
        ("import_rows", doc! { "import": 1, "number": 1 }),
        (
            "import_rows",
            doc! { "import": 1, "outcome": 1, "number": 1 },
        ),
        ("revoked_sessions", doc! { "revoked_at": 1 }),
        ("outbox", doc! { "event.ordering_key": 1 }),
    ]
}
