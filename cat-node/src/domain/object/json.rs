//! The wire form of objects. Hidden fields stay behind.

use serde_json::{Map, Value as Json};

use super::ParseObject;
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::domain::value::ParseValue;
use crate::domain::value::json::{date_text, value_to_json};

/// The hidden field of a `_Session` that its owner sees as `sessionToken`.
pub const SESSION_TOKEN_FIELD: &str = "_session_token";

/// The object as clients see it: its id first, then its fields, dates, relations and access list.
pub fn object_to_json(object: &ParseObject, schema: &ClassSchema) -> Map<String, Json> {
    let mut json = Map::with_capacity(object.fields.len() + 4);
    json.insert("objectId".to_owned(), object.id.as_str().into());
    for (name, value) in &object.fields {
        if !name.starts_with('_') {
            json.insert(name.clone(), value_to_json(value));
        }
    }
    if schema.class == ClassName::SESSION
        && let Some(token) = object.text(SESSION_TOKEN_FIELD)
    {
        json.insert("sessionToken".to_owned(), token.into());
    }
    json.insert("createdAt".to_owned(), date_text(object.created_at).into());
    json.insert("updatedAt".to_owned(), date_text(object.updated_at).into());
    for (name, target) in relations(schema) {
        json.insert(
            name.to_owned(),
            value_to_json(&ParseValue::Relation(target.clone())),
        );
    }
    if let Some(acl) = &object.acl {
        json.insert("ACL".to_owned(), acl.to_json());
    }
    json
}

/// The relations as they stand in the text of every object of the class, each with a comma before it.
pub fn relations_text(schema: &ClassSchema) -> String {
    let members = relations(schema).map(|(name, target)| {
        let value = value_to_json(&ParseValue::Relation(target.clone()));
        format!(",{}:{value}", Json::from(name))
    });
    members.collect()
}

fn relations(schema: &ClassSchema) -> impl Iterator<Item = (&str, &ClassName)> {
    let default = defaults::columns(&schema.class).map(|(name, kind)| (*name, kind));
    let own = schema
        .fields
        .iter()
        .map(|(name, kind)| (name.as_str(), kind));
    default.chain(own).filter_map(|(name, kind)| match kind {
        FieldType::Relation(target) => Some((name, target)),
        _ => None,
    })
}
