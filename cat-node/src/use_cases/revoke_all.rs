//! After a breach: nothing that was given out is good any more. Every session ends, every key that signed access tokens is
//! replaced, every link that was mailed is void.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::announce;
use crate::domain::acl::Access;
use crate::domain::mail_token::{RESET_PASSWORD, TokenFields, VERIFY_EMAIL};
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::query::{Filter, Query, Test};
use crate::domain::update::{FieldOp, Update};
use crate::identity::issuer::{IssuerError, replace_all_keys};
use crate::identity::key_store::KeyStore;
use crate::storage::{Storage, StorageError, Transaction, Write};

/// So many sessions end in one transaction.
const BATCH: u64 = 200;

#[derive(Debug, thiserror::Error)]
pub enum RevokeAllError {
    #[error("the signing keys were not replaced")]
    Keys(#[from] IssuerError),
    #[error("sessions or mailed links were not revoked")]
    Storage(#[from] StorageError),
}

/// What was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Revoked {
    pub signing_keys: usize,
    pub sessions: usize,
    pub mailed_links: u64,
}

/// Revokes all. When it fails half-way, it is simply run again. Replicas that run learn of the keys within a minute, and
/// remember sessions for some seconds: restart them.
pub async fn revoke_all(
    storage: &Arc<dyn Storage>,
    now: DateTime<Utc>,
) -> Result<Revoked, RevokeAllError> {
    let signing_keys = replace_all_keys(&KeyStore::new(Arc::clone(storage)), now).await?;
    let mut sessions = 0;
    while let Some(ended) = end_some_sessions(&**storage, now).await? {
        sessions += ended;
    }
    let mut mailed_links = 0;
    for fields in [RESET_PASSWORD, VERIFY_EMAIL] {
        mailed_links += void_links(&**storage, fields, now).await?;
    }
    Ok(Revoked {
        signing_keys,
        sessions,
        mailed_links,
    })
}

/// Ends the next sessions, and tells how many; `None` when there are no more.
async fn end_some_sessions(
    storage: &dyn Storage,
    now: DateTime<Utc>,
) -> Result<Option<usize>, StorageError> {
    let sessions = storage
        .find(&Query::all(ClassName::SESSION).limit(BATCH))
        .await?;
    if sessions.is_empty() {
        return Ok(None);
    }
    let mut transaction = Transaction::default();
    for session in &sessions {
        transaction = end(transaction, session, now);
    }
    match storage.commit(transaction).await {
        Ok(_) => Ok(Some(sessions.len())),
        // Somebody logged out meanwhile, and nothing was written: they are looked for again.
        Err(StorageError::NotFound { .. }) => Ok(Some(0)),
        Err(error) => Err(error),
    }
}

fn end(transaction: Transaction, session: &ParseObject, now: DateTime<Utc>) -> Transaction {
    let transaction = transaction.write(Write::Delete {
        class: ClassName::SESSION,
        id: session.id.clone(),
        access: Access::Master,
    });
    let user = session.get("user").and_then(|user| user.as_pointer());
    // A session of nobody, or of somebody whose id no token can carry, never gave an access token.
    let event = user.and_then(|user| announce::session_revoked(&user.id, &session.id, now).ok());
    match event {
        Some(event) => transaction.event(event),
        None => transaction,
    }
}

async fn void_links(
    storage: &dyn Storage,
    fields: TokenFields,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let filter = Filter::Field {
        path: FieldPath::internal(fields.token),
        test: Test::Exists(true),
    };
    let mut query = Query::all(ClassName::USER);
    query.filter = filter.clone();
    let links = storage.count(&query).await?;
    let write = Write::UpdateWhere {
        class: ClassName::USER,
        filter,
        update: Update::at(now)
            .op(FieldPath::internal(fields.token), FieldOp::Unset)
            .op(FieldPath::internal(fields.expires_at), FieldOp::Unset),
    };
    storage.commit(Transaction::default().write(write)).await?;
    Ok(links)
}
