//! Transactions: several writes and their events, or nothing.
//!
//! One write without events is atomic in MongoDB as it is; everything else runs in a multi-document transaction, which
//! is tried again when it collides with another one.

use std::time::Duration;

use mongodb::ClientSession;
use mongodb::error::{TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};

use super::MongoStorage;
use super::attempt::{Attempt, Failure, Schemas, UpdateBy, relation_fields};
use super::error::unavailable;
use super::filter::translate;
use super::update::operators;
use crate::domain::object::ParseObject;
use crate::storage::{StorageError, Transaction, Write};

/// How often a transaction that collided is tried again.
const MAX_ATTEMPTS: u32 = 20;

pub(super) async fn commit(
    store: &MongoStorage,
    transaction: &Transaction,
) -> Result<Vec<Option<ParseObject>>, StorageError> {
    let schemas = schemas_of(store, transaction).await?;
    let mut session = store
        .client
        .start_session()
        .await
        .map_err(unavailable("start a session"))?;
    if is_one_operation(transaction, &schemas) {
        let mut attempt = Attempt {
            store,
            schemas: &schemas,
            session: &mut session,
            by: UpdateBy::Operators,
        };
        match attempt.run(transaction).await {
            Ok(objects) => return Ok(objects),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Collision(_) | Failure::Operator) => {}
        }
    }
    commit_together(store, transaction, &schemas, &mut session).await
}

async fn commit_together(
    store: &MongoStorage,
    transaction: &Transaction,
    schemas: &Schemas,
    session: &mut ClientSession,
) -> Result<Vec<Option<ParseObject>>, StorageError> {
    let mut by = UpdateBy::Operators;
    let mut last_collision = None;
    for attempt in 0..MAX_ATTEMPTS {
        session
            .start_transaction()
            .await
            .map_err(unavailable("start a transaction"))?;
        let done = Attempt {
            store,
            schemas,
            session: &mut *session,
            by,
        }
        .run(transaction)
        .await;
        let failure = match done {
            Ok(objects) => match commit_transaction(session).await {
                Ok(()) => return Ok(objects),
                Err(failure) => failure,
            },
            Err(failure) => {
                // The server has usually given it up already; what is left over times out there.
                let _ = session.abort_transaction().await;
                failure
            }
        };
        match failure {
            Failure::Final(error) => return Err(error),
            Failure::Operator => by = UpdateBy::Rewriting,
            Failure::Collision(error) => {
                last_collision = Some(error);
                back_off(attempt).await;
            }
        }
    }
    let source: Box<dyn std::error::Error + Send + Sync> = match last_collision {
        Some(error) => Box::new(error),
        None => "the operators were refused again and again".into(),
    };
    Err(StorageError::Unavailable {
        attempted: "commit a transaction among many others",
        source,
    })
}

async fn commit_transaction(session: &mut ClientSession) -> Result<(), Failure> {
    for _ in 0..MAX_ATTEMPTS {
        match session.commit_transaction().await {
            Ok(()) => return Ok(()),
            Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {}
            Err(error) if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => {
                return Err(Failure::Collision(error));
            }
            Err(error) => return Err(Failure::Final(unavailable("commit a transaction")(error))),
        }
    }
    let source = "the server does not say whether the transaction was committed".into();
    Err(Failure::Final(StorageError::Unavailable {
        attempted: "commit a transaction",
        source,
    }))
}

/// Longer with each collision, and different for each of those that collided.
async fn back_off(attempt: u32) {
    let longest_ms = 1_u64 << attempt.min(7);
    let wait_ms = rand::random_range(0..=longest_ms);
    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
}

async fn schemas_of(
    store: &MongoStorage,
    transaction: &Transaction,
) -> Result<Schemas, StorageError> {
    let mut schemas = Schemas::new();
    for write in &transaction.writes {
        let class = write.class();
        if !schemas.contains_key(class) {
            let schema = match write {
                // parse-server does not see the pointers of a class that `_SCHEMA` does not list.
                Write::Insert { .. } => store.schemas.ensured(class).await?,
                _ => store.schemas.recent(class).await?,
            };
            schemas.insert(class.clone(), schema);
        }
    }
    Ok(schemas)
}

/// Whether MongoDB does all of it in one atomic operation.
fn is_one_operation(transaction: &Transaction, schemas: &Schemas) -> bool {
    let [write] = transaction.writes.as_slice() else {
        return false;
    };
    transaction.events.is_empty()
        && match write {
            Write::Insert { .. } => true,
            Write::Update {
                class,
                update,
                guard,
                ..
            } => {
                let schema = &schemas[class];
                operators(update, schema).is_some() && translate(guard, schema).is_exact
            }
            Write::Delete { class, .. } => relation_fields(&schemas[class]).next().is_none(),
            Write::DeleteWhere { .. } | Write::UpdateWhere { .. } | Write::Relate { .. } => false,
        }
}
