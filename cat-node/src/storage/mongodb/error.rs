//! Driver errors as storage errors.

use mongodb::error::{Error, ErrorKind, WriteFailure};

use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;
use crate::storage::StorageError;

const DUPLICATE_KEY: i32 = 11000;
/// `NamespaceNotFound` and `IndexNotFound`.
const NOT_THERE: [i32; 2] = [26, 27];
/// What an operator answers when it does not go with the value that is there: `BadValue`, `FailedToParse`,
/// `TypeMismatch`, `PathNotViable`, `ConflictingUpdateOperators`.
const OPERATOR_REFUSED: [i32; 5] = [2, 9, 14, 28, 40];

pub(super) fn unavailable(attempted: &'static str) -> impl FnOnce(Error) -> StorageError {
    move |error| StorageError::Unavailable {
        attempted,
        source: Box::new(error),
    }
}

/// A write to a class: a taken unique value is a `Duplicate`, everything else an outage.
pub(super) fn write_error(
    class: &ClassName,
    attempted: &'static str,
    error: Error,
) -> StorageError {
    match duplicate_index(&error) {
        Some(index) => StorageError::Duplicate {
            class: class.clone(),
            field: field_of_index(&index),
        },
        None => unavailable(attempted)(error),
    }
}

pub(super) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// Whether the collection, or the index, that was to go is not there.
pub(super) fn is_namespace_missing(error: &Error) -> bool {
    code(error).is_some_and(|code| NOT_THERE.contains(&code))
}

pub(super) fn is_operator_refused(error: &Error) -> bool {
    code(error).is_some_and(|code| OPERATOR_REFUSED.contains(&code))
}

/// A query that the server finds wrong is the asker's fault, not an outage.
pub(super) fn query_error(attempted: &'static str, error: Error) -> StorageError {
    match code(&error) {
        Some(code) if OPERATOR_REFUSED.contains(&code) => {
            ParseError::new(ErrorCode::INVALID_QUERY, "The query cannot be run.").into()
        }
        _ => unavailable(attempted)(error),
    }
}

fn code(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::InsertMany(many) => many.write_errors.as_ref()?.first().map(|write| write.code),
        _ => None,
    }
}

/// The name of the index in `E11000 duplicate key error collection: db.c index: username_1 dup key: {...}`.
fn duplicate_index(error: &Error) -> Option<String> {
    let message = match error.kind.as_ref() {
        ErrorKind::Command(command) if command.code == DUPLICATE_KEY => &command.message,
        ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY => {
            &write.message
        }
        _ => return None,
    };
    let after = message.split_once("index: ")?.1;
    Some(after.split_whitespace().next()?.to_owned())
}

fn field_of_index(index: &str) -> String {
    match index {
        "_id_" => "objectId".to_owned(),
        named => named.strip_suffix("_1").unwrap_or(named).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_its_field() {
        assert_eq!(field_of_index("_id_"), "objectId");
        assert_eq!(field_of_index("username_1"), "username");
        assert_eq!(field_of_index("_session_token_1"), "_session_token");
    }
}
