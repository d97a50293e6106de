//! Under which names fields are kept: parse-server's, so that either can read what the other wrote.

use std::borrow::Cow;

use bson::Bson;

use super::value::{to_field, to_nested};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;

pub(super) const ID: &str = "_id";
pub(super) const CREATED_AT: &str = "_created_at";
pub(super) const UPDATED_AT: &str = "_updated_at";
pub(super) const READERS: &str = "_rperm";
pub(super) const WRITERS: &str = "_wperm";
pub(super) const POINTER_PREFIX: &str = "_p_";
/// `projections::write::FACETS_FIELD`: parse-server fails on an object with a field that starts with `_` and is not its own.
pub(super) const FACETS: &str = "facetSequences";
const AUTH_DATA_PREFIX: &str = "_auth_data_";

/// How an id is kept: as the text that it is, but for the few objects that parse-server numbers.
pub(super) fn stored_id(class: &ClassName, id: &ObjectId) -> Bson {
    let is_numbered = matches!(class.as_str(), "_GlobalConfig" | "_GraphQLConfig");
    let number = id.as_str().parse::<i32>().ok().filter(|_| is_numbered);
    number.map_or_else(|| id.as_str().into(), Bson::Int32)
}

/// Where a value of a field goes; the value decides when the schema does not know the field yet.
pub(super) fn column<'a>(schema: &ClassSchema, field: &'a str, value: &ParseValue) -> Cow<'a, str> {
    match value {
        ParseValue::Pointer(_) => pointer_column(field),
        _ => column_by_schema(schema, field),
    }
}

fn column_by_schema<'a>(schema: &ClassSchema, field: &'a str) -> Cow<'a, str> {
    match schema.field(field) {
        Some(FieldType::Pointer(_)) => pointer_column(field),
        _ => Cow::Borrowed(field),
    }
}

fn pointer_column(field: &str) -> Cow<'_, str> {
    Cow::Owned(format!("{POINTER_PREFIX}{field}"))
}

/// The column, or path into a column, that a query, an order or an update names.
pub(super) fn path_column<'a>(schema: &ClassSchema, path: &'a FieldPath) -> Cow<'a, str> {
    match path.as_str() {
        "objectId" => Cow::Borrowed(ID),
        "createdAt" => Cow::Borrowed(CREATED_AT),
        "updatedAt" => Cow::Borrowed(UPDATED_AT),
        nested if path.is_nested() => nested
            .strip_prefix("authData.")
            .map_or(Cow::Borrowed(nested), |provider| {
                Cow::Owned(format!("{AUTH_DATA_PREFIX}{provider}"))
            }),
        field => column_by_schema(schema, field),
    }
}

/// The provider of an `_auth_data_` column.
pub(super) fn auth_provider(column: &str) -> Option<&str> {
    column.strip_prefix(AUTH_DATA_PREFIX)
}

/// `authData` is kept as one column for each provider, so that each can have its unique index.
pub(super) fn auth_columns(auth_data: &ParseValue) -> Vec<(String, Bson)> {
    match auth_data {
        ParseValue::Object(providers) => providers
            .iter()
            .map(|(provider, data)| (format!("{AUTH_DATA_PREFIX}{provider}"), to_nested(data)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The stored form of a value at a path.
pub(super) fn stored_at(path: &FieldPath, value: &ParseValue) -> Bson {
    if path.is_nested() {
        to_nested(value)
    } else {
        to_field(value)
    }
}
