//! Results in the protocol's form, by parse-server's rules for documents that come out of a pipeline.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::columns::{Raw, parse_date_loosely};
use super::literal::{is_base64, to_extended_json, to_plain_json, to_protocol_json};
use super::{Document, RawStage, refused};
use crate::domain::error::ParseError;
use crate::domain::names::is_plain_name;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;
use crate::domain::value::json::date_text;

/// Hidden columns that are left out in silence; any other name with `_` in front is an error.
const HIDDEN: &[&str] = &[
    "_rperm",
    "_wperm",
    "_acl",
    "_hashed_password",
    "_email_verify_token",
    "_email_verify_token_expires_at",
    "_perishable_token",
    "_perishable_token_expires_at",
    "_password_changed_at",
    "_password_history",
    "_tombstone",
    "_account_lockout_expires_at",
    "_failed_login_count",
];

/// How results are shown.
#[derive(Debug, Clone, Copy)]
pub struct Presenter<'a> {
    pub schema: &'a ClassSchema,
    pub raw: Raw,
    /// Whether groups are by a pointer: then an id is what follows the class.
    pub grouped_by_pointer: bool,
}

impl<'a> Presenter<'a> {
    pub fn new(schema: &'a ClassSchema, raw: Raw, stages: &[RawStage]) -> Self {
        let groups_by_pointer = |stage: &RawStage| match &stage.argument {
            ParseValue::Object(group) if stage.name == "$group" => {
                let id = group.get("_id").and_then(ParseValue::as_str);
                id.is_some_and(|id| id.contains("$_p_"))
            }
            _ => false,
        };
        Self {
            schema,
            raw,
            grouped_by_pointer: stages.iter().any(groups_by_pointer),
        }
    }

    pub fn result(&self, mut document: Document) -> Result<Json, ParseError> {
        if !self.raw.field_names
            && let Some(id) = document.shift_remove("_id")
        {
            document.insert("objectId".to_owned(), self.object_id(id));
        }
        let whole = ParseValue::Object(document);
        if self.raw.values {
            return Ok(to_extended_json(&whole));
        }
        match whole {
            ParseValue::Object(document) if !self.raw.field_names => self.object(document),
            whole => Ok(to_plain_json(&whole)),
        }
    }

    fn object_id(&self, id: ParseValue) -> ParseValue {
        match id {
            // To JavaScript, a date is an object without anything in it.
            ParseValue::Date(_) => ParseValue::Null,
            ParseValue::String(text) if text.is_empty() => ParseValue::Null,
            ParseValue::Array(items) if items.is_empty() => ParseValue::Null,
            ParseValue::Object(fields) if fields.is_empty() => ParseValue::Null,
            ParseValue::String(text) if self.grouped_by_pointer => text
                .split('$')
                .nth(1)
                .map_or(ParseValue::Null, ParseValue::from),
            other => other,
        }
    }

    /// A value of `distinct`.
    pub fn value(&self, value: ParseValue) -> Result<Json, ParseError> {
        match value {
            ParseValue::Object(fields) => self.object(fields),
            other => Ok(to_protocol_json(&other)),
        }
    }

    fn object(&self, document: Document) -> Result<Json, ParseError> {
        let mut shown = Map::with_capacity(document.len());
        for (column, value) in document {
            self.put(&mut shown, column, &value)?;
        }
        for (field, kind) in &self.schema.fields {
            if let FieldType::Relation(class) = kind {
                let relation = json!({"__type": "Relation", "className": class.as_str()});
                shown.insert(field.clone(), relation);
            }
        }
        shown.retain(|name, _| name == "__type" || is_plain_name(name));
        Ok(Json::Object(shown))
    }

    fn put(
        &self,
        shown: &mut Map<String, Json>,
        column: String,
        value: &ParseValue,
    ) -> Result<(), ParseError> {
        match column.as_str() {
            "_id" => drop(shown.insert("objectId".to_owned(), to_protocol_json(value))),
            hidden if HIDDEN.contains(&hidden) => {}
            "_session_token" => {
                shown.insert("sessionToken".to_owned(), to_protocol_json(value));
            }
            "updatedAt" | "_updated_at" => {
                shown.insert("updatedAt".to_owned(), date_of(value).map(date_text).into());
            }
            "createdAt" | "_created_at" => {
                shown.insert("createdAt".to_owned(), date_of(value).map(date_text).into());
            }
            "lastUsed" | "_last_used" => {
                shown.insert("lastUsed".to_owned(), date_of(value).map(date_text).into());
            }
            "expiresAt" | "_expiresAt" => {
                let iso: Json = date_of(value).map(date_text).into();
                shown.insert(
                    "expiresAt".to_owned(),
                    json!({"__type": "Date", "iso": iso}),
                );
            }
            "timesUsed" | "times_used" => {
                shown.insert("timesUsed".to_owned(), to_protocol_json(value));
            }
            _ => self.put_field(shown, column, value)?,
        }
        Ok(())
    }

    fn put_field(
        &self,
        shown: &mut Map<String, Json>,
        column: String,
        value: &ParseValue,
    ) -> Result<(), ParseError> {
        if let Some(provider) = column.strip_prefix("_auth_data_")
            && self.schema.class.as_str() == "_User"
        {
            let auth_data = shown.entry("authData").or_insert_with(|| json!({}));
            auth_data[provider] = to_protocol_json(value);
            return Ok(());
        }
        if let Some(field) = column.strip_prefix("_p_") {
            let is_pointer = matches!(self.schema.field(field), Some(FieldType::Pointer(_)));
            let stored = value.as_str().and_then(|text| text.split_once('$'));
            if let (true, Some((class, id))) = (is_pointer, stored) {
                let pointer = json!({"__type": "Pointer", "className": class, "objectId": id});
                shown.insert(field.to_owned(), pointer);
            }
            return Ok(());
        }
        if column.starts_with('_') && column != "__type" {
            return Err(refused(format!("bad key in untransform: {column}")));
        }
        let typed = self
            .schema
            .field(&column)
            .and_then(|kind| typed(&kind, value));
        shown.insert(column, typed.unwrap_or_else(|| to_protocol_json(value)));
        Ok(())
    }
}

/// The full form of a value that its field stores in short.
fn typed(kind: &FieldType, value: &ParseValue) -> Option<Json> {
    match (kind, value) {
        (FieldType::File, ParseValue::String(name)) => {
            Some(json!({"__type": "File", "name": name}))
        }
        (FieldType::GeoPoint, ParseValue::Array(pair)) => match pair.as_slice() {
            [longitude, latitude] => Some(json!({
                "__type": "GeoPoint",
                "latitude": to_protocol_json(latitude),
                "longitude": to_protocol_json(longitude),
            })),
            _ => None,
        },
        (FieldType::Polygon, ParseValue::Object(shape)) => {
            let ParseValue::Array(rings) = shape.get("coordinates")? else {
                return None;
            };
            let ParseValue::Array(ring) = rings.first()? else {
                return None;
            };
            let points = ring.iter().map(|point| match point {
                ParseValue::Array(pair) => pair.iter().rev().map(to_protocol_json).collect(),
                other => to_protocol_json(other),
            });
            Some(json!({"__type": "Polygon", "coordinates": points.collect::<Vec<Json>>()}))
        }
        (FieldType::Bytes, ParseValue::String(text)) if is_base64(text) => {
            Some(json!({"__type": "Bytes", "base64": text}))
        }
        _ => None,
    }
}

/// What `new Date(value)` is in JavaScript.
fn date_of(value: &ParseValue) -> Option<DateTime<Utc>> {
    match value {
        ParseValue::Date(date) => Some(*date),
        ParseValue::String(text) => parse_date_loosely(text),
        #[allow(clippy::cast_possible_truncation)] // saturates; out of range is no date
        ParseValue::Number(milliseconds) => DateTime::from_timestamp_millis(*milliseconds as i64),
        ParseValue::Null => Some(DateTime::UNIX_EPOCH),
        _ => None,
    }
}
