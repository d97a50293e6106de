//! An object as a row and back.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::Type;

use crate::domain::acl::Acl;
use crate::domain::names::ObjectId;
use crate::domain::object::ParseObject;
use crate::domain::value::json::fields_from_text;

/// The columns that `read` expects, in its order.
pub(super) const COLUMNS: &str = "object_id, created_at, updated_at, readers, writers, fields";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<ParseObject> {
    let readers: Option<&str> = row.get_ref(3)?.as_str_or_null()?;
    let acl = match readers {
        None => None,
        Some(readers) => Some(Acl::from_lists(
            list(3, readers)?,
            list(4, row.get_ref(4)?.as_str()?)?,
        )),
    };
    let fields = fields_from_text(row.get_ref(5)?.as_str()?).map_err(|error| invalid(5, error))?;
    Ok(ParseObject {
        id: ObjectId::new(row.get::<_, String>(0)?),
        created_at: date(1, row.get(1)?)?,
        updated_at: date(2, row.get(2)?)?,
        acl,
        fields,
    })
}

pub(super) fn lists(acl: Option<&Acl>) -> (Option<String>, Option<String>) {
    let text = |grantees: Vec<&str>| serde_json::Value::from(grantees).to_string();
    match acl {
        None => (None, None),
        Some(acl) => (
            Some(text(acl.readers().collect())),
            Some(text(acl.writers().collect())),
        ),
    }
}

fn list(column: usize, text: &str) -> rusqlite::Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| invalid(column, error))
}

fn date(column: usize, milliseconds: i64) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds).ok_or(rusqlite::Error::IntegralValueOutOfRange(
        column,
        milliseconds,
    ))
}

fn invalid(
    column: usize,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(cause))
}
