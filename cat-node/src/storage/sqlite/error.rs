//! SQLite's errors in the words of the storage contract.

use rusqlite::ErrorCode;
use service_chassis::sqlite::DatabaseError;

use super::index;
use crate::domain::names::ClassName;
use crate::storage::StorageError;

/// Why a write was rolled back.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Refused(#[from] StorageError),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl WriteError {
    /// Tells a clash of unique values from every other failure of a write to the class.
    pub(super) fn of(class: &ClassName, error: rusqlite::Error) -> Self {
        match duplicate_field(&error) {
            Some(field) => Self::Refused(StorageError::Duplicate {
                class: class.clone(),
                field,
            }),
            None => Self::Sqlite(error),
        }
    }

    pub(super) fn during(self, attempted: &'static str) -> StorageError {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Sqlite(error) => unavailable(attempted, error),
            Self::Database(error) => unavailable(attempted, error),
        }
    }
}

pub(super) fn unavailable(
    attempted: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StorageError {
    StorageError::Unavailable {
        attempted,
        source: source.into(),
    }
}

/// SQLite names what clashed in its message: `... class_3.object_id` or `... index 'class_3_unique_username'`.
fn duplicate_field(error: &rusqlite::Error) -> Option<String> {
    let rusqlite::Error::SqliteFailure(failure, Some(message)) = error else {
        return None;
    };
    if failure.code != ErrorCode::ConstraintViolation || !message.starts_with("UNIQUE") {
        return None;
    }
    if message.ends_with(".object_id") {
        return Some("objectId".to_owned());
    }
    let index = message.split('\'').nth(1)?;
    let (_, field) = index.split_once(index::UNIQUE)?;
    Some(field.to_owned())
}
