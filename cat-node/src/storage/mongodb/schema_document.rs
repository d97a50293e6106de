//! A class as a document of `_SCHEMA`, in parse-server's form: a type name for each field, everything else in `_metadata`.

use bson::{Bson, Document, doc};
use serde_json::{Map, Value as Json};

use super::value::{from_nested, from_wire};
use crate::domain::names::ClassName;
use crate::domain::schema::change::{PermissionsChange, SchemaChange};
use crate::domain::schema::field_options::FieldOptions;
use crate::domain::schema::{ClassSchema, FieldType, class_permissions, defaults};
use crate::domain::value::json::value_to_json;

const METADATA: &str = "_metadata";
const PERMISSIONS: &str = "class_permissions";
const OPTIONS: &str = "fields_options";
const INDEXES: &str = "indexes";

/// The type names of the columns that a class has from the start. Passwords are kept under another name.
pub(super) fn default_columns(class: &ClassName) -> Document {
    let columns = defaults::columns(class).filter(|(name, _)| *name != "password");
    columns
        .map(|(name, kind)| ((*name).to_owned(), Bson::from(type_name(kind))))
        .collect()
}

/// What `$set` and `$unset` of the class's document are for a change; empty ones are left out.
pub(super) fn update(change: &SchemaChange, after: &ClassSchema) -> Document {
    let (mut set, mut unset) = (Document::new(), Document::new());
    for field in &change.remove_fields {
        unset.insert(field, "");
        unset.insert(format!("{METADATA}.{OPTIONS}.{field}"), "");
    }
    for (field, definition) in &change.set_fields {
        let path = format!("{METADATA}.{OPTIONS}.{field}");
        unset.remove(field);
        unset.remove(&path);
        set.insert(field, type_name(&definition.kind));
        if definition.options.is_empty() {
            unset.insert(path, "");
        } else {
            set.insert(
                path,
                from_wire(&definition.options.entries().clone().into()),
            );
        }
    }
    let permissions = format!("{METADATA}.{PERMISSIONS}");
    match &change.permissions {
        PermissionsChange::Keep => {}
        PermissionsChange::Set(given) => drop(set.insert(permissions, from_wire(given))),
        PermissionsChange::Clear => drop(unset.insert(permissions, "")),
    }
    if !change.drop_indexes.is_empty() || !change.make_indexes.is_empty() {
        set.insert(
            format!("{METADATA}.{INDEXES}"),
            from_wire(&after.indexes.clone().into()),
        );
    }
    let mut update = Document::new();
    for (operator, fields) in [("$set", set), ("$unset", unset)] {
        if !fields.is_empty() {
            update.insert(operator, fields);
        }
    }
    update
}

/// What lists the indexes that the database really has.
pub(super) fn index_update(indexes: Document) -> Document {
    doc! {"$set": {format!("{METADATA}.{INDEXES}"): indexes}}
}

pub(super) fn from_document(document: &Document) -> Option<ClassSchema> {
    let class = ClassName::parse(document.get_str("_id").ok()?).ok()?;
    let mut schema = ClassSchema::new(class);
    schema.indexes = Map::new();
    for (name, kind) in document {
        let listed = !name.starts_with('_') && defaults::column(&schema.class, name).is_none();
        if let Some(kind) = kind.as_str().filter(|_| listed).and_then(parse_type) {
            schema.fields.insert(name.clone(), kind);
        }
    }
    let Ok(metadata) = document.get_document(METADATA) else {
        return Some(schema);
    };
    let read = |name: &str| metadata.get(name).cloned().map(to_json);
    if let Some(Json::Object(options)) = read(OPTIONS) {
        for (field, options) in &options {
            let options = options.as_object().map(FieldOptions::of_definition);
            if let Some(options) = options.filter(|options| !options.is_empty()) {
                schema.options.insert(field.clone(), options);
            }
        }
    }
    if let Some(Json::Object(indexes)) = read(INDEXES) {
        schema.indexes = indexes;
    }
    schema.permissions = match read(PERMISSIONS) {
        None | Some(Json::Null) => None,
        Some(given) => Some(class_permissions::complete(&given)),
    };
    Some(schema)
}

fn to_json(stored: Bson) -> Json {
    value_to_json(&from_nested(stored))
}

/// `string`, `*Game`, `relation<Game>`.
pub(super) fn type_name(kind: &FieldType) -> String {
    match kind {
        FieldType::Pointer(class) => format!("*{class}"),
        FieldType::Relation(class) => format!("relation<{class}>"),
        simple => simple.to_string().to_lowercase(),
    }
}

fn parse_type(name: &str) -> Option<FieldType> {
    if let Some(class) = name.strip_prefix('*') {
        return ClassName::parse(class).ok().map(FieldType::Pointer);
    }
    if let Some(class) = name
        .strip_prefix("relation<")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        return ClassName::parse(class).ok().map(FieldType::Relation);
    }
    Some(match name {
        "string" => FieldType::String,
        "number" => FieldType::Number,
        "boolean" => FieldType::Boolean,
        "date" => FieldType::Date,
        "object" | "map" => FieldType::Object,
        "array" => FieldType::Array,
        "geopoint" => FieldType::GeoPoint,
        "file" => FieldType::File,
        "bytes" => FieldType::Bytes,
        "polygon" => FieldType::Polygon,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_as_by_parse_server() {
        let game = ClassName::internal("Game");
        for (kind, name) in [
            (FieldType::GeoPoint, "geopoint"),
            (FieldType::Pointer(game.clone()), "*Game"),
            (FieldType::Relation(game), "relation<Game>"),
        ] {
            assert_eq!(type_name(&kind), name);
            assert_eq!(parse_type(name), Some(kind));
        }
        assert_eq!(parse_type("vector"), None);
    }
}
