//! What the table `class` holds of a class: its schema as JSON.

use serde_json::{Map, Value as Json, json};

use crate::domain::names::ClassName;
use crate::domain::schema::field_options::FieldOptions;
use crate::domain::schema::{ClassSchema, FieldType, class_permissions};

pub(super) fn to_text(schema: &ClassSchema) -> String {
    let fields: Map<String, Json> = schema
        .fields
        .iter()
        .map(|(name, kind)| (name.clone(), kind.to_json()))
        .collect();
    let options: Map<String, Json> = schema
        .options
        .iter()
        .map(|(name, options)| (name.clone(), options.entries().clone().into()))
        .collect();
    let definition = json!({
        "fields": fields,
        "options": options,
        "permissions": schema.permissions,
        "indexes": schema.indexes,
    });
    definition.to_string()
}

pub(super) fn from_text(class: &ClassName, definition: &str) -> rusqlite::Result<ClassSchema> {
    let invalid = |cause: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, cause)
    };
    let definition: Json =
        serde_json::from_str(definition).map_err(|error| invalid(error.into()))?;
    let entries = |name: &str| definition[name].as_object().into_iter().flatten();
    let mut schema = ClassSchema::new(class.clone());
    for (name, kind) in entries("fields") {
        let kind = FieldType::from_json(kind).map_err(|error| invalid(error.into()))?;
        schema.fields.insert(name.clone(), kind);
    }
    for (name, options) in entries("options") {
        let options = options.as_object().map(FieldOptions::of_definition);
        schema
            .options
            .insert(name.clone(), options.unwrap_or_default());
    }
    schema.permissions = match &definition["permissions"] {
        Json::Null => None,
        given => Some(class_permissions::complete(given)),
    };
    if let Json::Object(indexes) = &definition["indexes"] {
        schema.indexes = indexes.clone();
    }
    Ok(schema)
}
