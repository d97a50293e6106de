//! Where signing keys are kept: a class of the service's own that no route can name, so that they share the storage
//! contract (atomic with the outbox, in both databases) without being served.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use shared_events::OutgoingEvent;

use super::signing_key::{SigningKey, SigningKeyError};
use crate::domain::acl::{Access, Acl};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::Query;
use crate::domain::value::{Fields, ParseValue};
use crate::storage::{Storage, StorageError, Transaction, Write};

const CLASS: ClassName = ClassName::internal("_SigningKey");
const PRIVATE_HALF: &str = "_pkcs8";
const GENERATION: &str = "generation";
/// Rotation leaves two keys, three for a while; more than this was not made by it.
const MAX_KEYS: u64 = 100;

#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    #[error("the signing keys could not be read or written")]
    Storage(#[from] StorageError),
    #[error("a stored signing key cannot be used")]
    Key(#[from] SigningKeyError),
    #[error("the stored signing key {id} lacks its {field}")]
    Incomplete { id: ObjectId, field: &'static str },
}

/// What became of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddKey {
    Added,
    /// Another replica made this generation first: read the keys again.
    TakenByAnother,
}

#[derive(Debug, Clone)]
pub struct KeyStore {
    storage: Arc<dyn Storage>,
}

impl KeyStore {
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage }
    }

    pub async fn load(&self) -> Result<Vec<SigningKey>, KeyStoreError> {
        let stored = self
            .storage
            .find(&Query::all(CLASS).limit(MAX_KEYS))
            .await?;
        stored.iter().map(restore).collect()
    }

    /// Stores a key and forgets retired ones, together with the event that says so.
    pub async fn replace(
        &self,
        key: &SigningKey,
        retired: &[&SigningKey],
        event: OutgoingEvent,
    ) -> Result<AddKey, KeyStoreError> {
        let insert = Write::Insert {
            class: CLASS,
            object: to_object(key),
        };
        let mut transaction = Transaction::default().write(insert).event(event);
        for key in retired {
            let id = object_id(key.generation);
            transaction = transaction.write(Write::Delete {
                class: CLASS,
                id,
                access: Access::Master,
            });
        }
        match self.storage.commit(transaction).await {
            Ok(_) => Ok(AddKey::Added),
            // A retired key that is gone, too, was another replica's work.
            Err(StorageError::Duplicate { .. } | StorageError::NotFound { .. }) => {
                Ok(AddKey::TakenByAnother)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts an event about the keys into the outbox.
    pub async fn announce(&self, event: OutgoingEvent) -> Result<(), KeyStoreError> {
        self.storage
            .commit(Transaction::default().event(event))
            .await?;
        Ok(())
    }
}

fn object_id(generation: u32) -> ObjectId {
    ObjectId::new(generation.to_string())
}

fn to_object(key: &SigningKey) -> ParseObject {
    let private = ParseValue::Bytes(BASE64.encode(key.pkcs8()));
    let fields = Fields::from_iter([
        (
            GENERATION.to_owned(),
            ParseValue::Number(f64::from(key.generation)),
        ),
        (PRIVATE_HALF.to_owned(), private),
    ]);
    ParseObject::new(
        object_id(key.generation),
        key.made_at,
        Some(Acl::closed()),
        fields,
    )
}

fn restore(object: &ParseObject) -> Result<SigningKey, KeyStoreError> {
    let incomplete = |field| KeyStoreError::Incomplete {
        id: object.id.clone(),
        field,
    };
    let generation = object
        .id
        .as_str()
        .parse()
        .map_err(|_| incomplete(GENERATION))?;
    let made_at: DateTime<Utc> = object.created_at;
    match object.get(PRIVATE_HALF) {
        Some(ParseValue::Bytes(private)) => {
            let pkcs8 = BASE64
                .decode(private)
                .map_err(|_| incomplete(PRIVATE_HALF))?;
            Ok(SigningKey::restore(generation, made_at, pkcs8)?)
        }
        _ => Err(incomplete(PRIVATE_HALF)),
    }
}
