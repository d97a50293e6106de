//! An object as a row and back, and a row as the text that clients get.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::Type;

use crate::domain::acl::Acl;
use crate::domain::names::ObjectId;
use crate::domain::object::ParseObject;
use crate::domain::value::Fields;
use crate::domain::value::json::{date_text, fields_from_text, fields_to_text};

/// The columns that `read` and `write_text` expect, in their order.
pub(super) const COLUMNS: &str = "object_id, created_at, updated_at, acl, fields, hidden";

/// The columns that change with an object, as they are stored.
pub(super) struct Stored {
    pub(super) readers: Option<String>,
    pub(super) acl: Option<String>,
    pub(super) fields: String,
    pub(super) hidden: Option<String>,
}

impl Stored {
    pub(super) fn of(object: &ParseObject) -> Self {
        let is_hidden = |name: &str| name.starts_with('_');
        let (fields, hidden) = if object.fields.keys().any(|name| is_hidden(name)) {
            let (hidden, shown): (Fields, Fields) = object
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .partition(|(name, _)| is_hidden(name));
            (fields_to_text(&shown), Some(fields_to_text(&hidden)))
        } else {
            (fields_to_text(&object.fields), None)
        };
        let acl = object.acl.as_ref();
        Self {
            readers: acl.map(|acl| serde_json::Value::from_iter(acl.readers()).to_string()),
            acl: acl.map(|acl| acl.to_json().to_string()),
            fields,
            hidden,
        }
    }
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<ParseObject> {
    let acl = row.get_ref(3)?.as_str_or_null()?;
    let acl = acl.map(|acl| {
        let json = serde_json::from_str(acl).map_err(|error| invalid(3, error))?;
        Ok::<_, rusqlite::Error>(Acl::from_json(&json))
    });
    let read =
        |column: usize, text: &str| fields_from_text(text).map_err(|error| invalid(column, error));
    let mut fields = read(4, row.get_ref(4)?.as_str()?)?;
    if let Some(hidden) = row.get_ref(5)?.as_str_or_null()? {
        fields.extend(read(5, hidden)?);
    }
    Ok(ParseObject {
        id: ObjectId::new(row.get::<_, String>(0)?),
        created_at: date(1, row.get(1)?)?,
        updated_at: date(2, row.get(2)?)?,
        acl: acl.transpose()?,
        fields,
    })
}

/// Appends the object as `domain::object::json` writes it: `relations` is what its class adds to every object.
pub(super) fn write_text(
    row: &Row<'_>,
    relations: &str,
    text: &mut String,
) -> rusqlite::Result<()> {
    text.push_str("{\"objectId\":");
    push_quoted(row.get_ref(0)?.as_str()?, text);
    let fields = row.get_ref(4)?.as_str()?;
    let members = fields
        .get(1..fields.len().saturating_sub(1))
        .unwrap_or_default();
    if !members.is_empty() {
        text.push(',');
        text.push_str(members);
    }
    let (created, updated) = (date(1, row.get(1)?)?, date(2, row.get(2)?)?);
    for (name, date) in [("createdAt", created), ("updatedAt", updated)] {
        text.push_str(",\"");
        text.push_str(name);
        text.push_str("\":\"");
        text.push_str(&date_text(date));
        text.push('"');
    }
    text.push_str(relations);
    if let Some(acl) = row.get_ref(3)?.as_str_or_null()? {
        text.push_str(",\"ACL\":");
        text.push_str(acl);
    }
    text.push('}');
    Ok(())
}

/// Ids are mostly plain; one that is not is escaped.
fn push_quoted(id: &str, text: &mut String) {
    if id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        text.push('"');
        text.push_str(id);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(id).to_string());
    }
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
