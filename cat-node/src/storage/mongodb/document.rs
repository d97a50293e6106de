//! Whole objects as MongoDB documents.

use bson::{Bson, Document, doc};
use chrono::{DateTime, Utc};

use super::columns::{
    CREATED_AT, FACETS, ID, POINTER_PREFIX, READERS, UPDATED_AT, WRITERS, auth_columns,
    auth_provider, column, stored_id,
};
use super::value::{from_field, from_nested, from_pointer_field, to_field};
use crate::domain::acl::Acl;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::{Fields, ParseValue};
use crate::projections::class::is_projected;
use crate::projections::write::FACETS_FIELD;
use crate::storage::unique_fields;

pub(super) fn to_document(object: &ParseObject, schema: &ClassSchema) -> Document {
    let mut document = doc! {
        ID: stored_id(&schema.class, &object.id),
        CREATED_AT: bson::DateTime::from_chrono(object.created_at),
        UPDATED_AT: bson::DateTime::from_chrono(object.updated_at),
    };
    if let Some(acl) = &object.acl {
        document.insert(READERS, readers(acl));
        document.insert(WRITERS, writers(acl));
    }
    for (field, value) in &object.fields {
        match (field.as_str(), value) {
            // Kept beside the object, in the relation's own collection.
            (_, ParseValue::Relation(_)) => {}
            // The unique index would take one null only.
            (field, ParseValue::Null) if is_unique(schema, field) => {}
            (FACETS_FIELD, value) => {
                document.insert(FACETS, to_field(value));
            }
            ("authData", value) => document.extend(auth_columns(value)),
            (field, value) => {
                document.insert(column(schema, field, value), to_field(value));
            }
        }
    }
    document
}

pub(super) fn is_unique(schema: &ClassSchema, field: &str) -> bool {
    unique_fields(&schema.class).contains(&field)
}

pub(super) fn readers(acl: &Acl) -> Vec<&str> {
    acl.readers().collect()
}

pub(super) fn writers(acl: &Acl) -> Vec<&str> {
    acl.writers().collect()
}

pub(super) fn from_document(mut document: Document, schema: &ClassSchema) -> ParseObject {
    let id = match document.remove(ID) {
        Some(Bson::String(id)) => id,
        Some(Bson::ObjectId(id)) => id.to_hex(),
        other => other.map_or_else(String::new, |id| id.to_string()),
    };
    let created_at = take_date(&mut document, CREATED_AT);
    let updated_at = take_date(&mut document, UPDATED_AT);
    let acl = take_acl(&mut document);
    let mut fields = Fields::with_capacity(document.len());
    for (column, stored) in document {
        put_field(&mut fields, column, stored, schema);
    }
    for (field, target) in relations(schema) {
        fields.insert(field, ParseValue::Relation(target));
    }
    ParseObject {
        id: ObjectId::new(id),
        created_at,
        updated_at,
        acl,
        fields,
    }
}

fn put_field(fields: &mut Fields, column: String, stored: Bson, schema: &ClassSchema) {
    if let Some(field) = column.strip_prefix(POINTER_PREFIX) {
        let pointer = from_pointer_field(&stored).unwrap_or(ParseValue::Null);
        fields.insert(field.to_owned(), pointer);
    } else if let Some(provider) = auth_provider(&column) {
        let auth_data = fields
            .entry("authData".to_owned())
            .or_insert_with(|| ParseValue::Object(Fields::new()));
        if let ParseValue::Object(providers) = auth_data {
            providers.insert(provider.to_owned(), from_nested(stored));
        }
    } else if column == FACETS && is_projected(&schema.class) {
        fields.insert(FACETS_FIELD.to_owned(), from_nested(stored));
    } else if column != "_acl" {
        let field_type = schema.field(&column);
        fields.insert(column, from_field(stored, field_type.as_ref()));
    }
}

/// Relations are kept beside their objects: what an object shows of them is in the schema.
fn relations(schema: &ClassSchema) -> impl Iterator<Item = (String, ClassName)> {
    schema.fields.iter().filter_map(|(field, kind)| match kind {
        FieldType::Relation(target) => Some((field.clone(), target.clone())),
        _ => None,
    })
}

/// parse-server leaves the dates out of objects that were imported without them.
fn take_date(document: &mut Document, column: &str) -> DateTime<Utc> {
    match document.remove(column) {
        Some(Bson::DateTime(date)) => date.to_chrono(),
        _ => DateTime::UNIX_EPOCH,
    }
}

fn take_acl(document: &mut Document) -> Option<Acl> {
    let (readers, writers) = (document.remove(READERS), document.remove(WRITERS));
    if readers.is_none() && writers.is_none() {
        return None;
    }
    Some(Acl::from_lists(names(readers), names(writers)))
}

fn names(list: Option<Bson>) -> Vec<String> {
    let items = match list {
        Some(Bson::Array(items)) => items,
        _ => Vec::new(),
    };
    items
        .into_iter()
        .filter_map(|item| match item {
            Bson::String(name) => Some(name),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::acl::Permission;
    use crate::domain::value::GeoPoint;

    #[test]
    fn an_object_is_laid_out_as_by_parse_server_and_comes_back() {
        let mut schema = ClassSchema::new(ClassName::internal("Trap"));
        schema.fields.insert("location".into(), FieldType::GeoPoint);
        schema
            .fields
            .insert("lastUser".into(), FieldType::Pointer(ClassName::USER));
        let fields = Fields::from_iter([
            (
                "owner".to_owned(),
                ParseValue::pointer(&ClassName::USER, &ObjectId::new("u1")),
            ),
            ("lastUser".to_owned(), ParseValue::Null),
            (
                "location".to_owned(),
                ParseValue::GeoPoint(GeoPoint {
                    latitude: 1.5,
                    longitude: 2.5,
                }),
            ),
            ("name".to_owned(), "barn".into()),
        ]);
        let acl = Acl::public(Permission::READ).with("u1", Permission::READ_WRITE);
        let object = ParseObject::new(ObjectId::new("t1"), DateTime::UNIX_EPOCH, Some(acl), fields);

        let document = to_document(&object, &schema);
        assert_eq!(document.get_str("_p_owner").unwrap(), "_User$u1");
        assert_eq!(document.get("_p_lastUser"), Some(&Bson::Null));
        assert_eq!(
            document.get_array("location").unwrap(),
            &[2.5.into(), 1.5.into()]
        );
        assert_eq!(
            document.get_array("_rperm").unwrap(),
            &["*".into(), "u1".into()]
        );
        assert_eq!(document.get_array("_wperm").unwrap(), &["u1".into()]);
        assert_eq!(from_document(document, &schema), object);
    }
}
