//! An object as the document that MongoDB would hold of it.

use super::Document;
use super::literal::from_json;
use crate::domain::object::ParseObject;
use crate::domain::value::json::value_to_json;
use crate::domain::value::{Fields, GeoPoint, ParseValue};

/// The document of an object, columns under their stored names.
pub fn document(object: &ParseObject) -> Document {
    let mut document = Document::with_capacity(object.fields.len() + 5);
    document.insert("_id".to_owned(), object.id.as_str().into());
    for (field, value) in &object.fields {
        match (field.as_str(), value) {
            (_, ParseValue::Relation(_)) => {}
            (_, ParseValue::Pointer(pointer)) => {
                let stored = format!("{}${}", pointer.class, pointer.id);
                document.insert(format!("_p_{field}"), stored.into());
            }
            ("authData", ParseValue::Object(providers)) => {
                let providers = providers.iter();
                document.extend(
                    providers.map(|(name, data)| (format!("_auth_data_{name}"), nested(data))),
                );
            }
            _ => drop(document.insert(field.clone(), whole(value))),
        }
    }
    if let Some(acl) = &object.acl {
        document.insert("_wperm".to_owned(), texts(acl.writers()));
        document.insert("_rperm".to_owned(), texts(acl.readers()));
    }
    document.insert("_created_at".to_owned(), object.created_at.into());
    document.insert("_updated_at".to_owned(), object.updated_at.into());
    document
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> ParseValue {
    ParseValue::Array(texts.map(ParseValue::from).collect())
}

/// The compact forms that whole fields have.
fn whole(value: &ParseValue) -> ParseValue {
    match value {
        ParseValue::GeoPoint(point) => pair(point),
        ParseValue::Polygon(ring) => {
            let ring = ParseValue::Array(ring.iter().map(pair).collect());
            ParseValue::Object(Fields::from_iter([
                ("type".to_owned(), "Polygon".into()),
                ("coordinates".to_owned(), ParseValue::Array(vec![ring])),
            ]))
        }
        ParseValue::File { name, .. } => name.as_str().into(),
        other => nested(other),
    }
}

fn pair(point: &GeoPoint) -> ParseValue {
    ParseValue::Array(vec![point.longitude.into(), point.latitude.into()])
}

/// Inside of others, the protocol's types are objects with a `__type`; dates and bytes are themselves.
fn nested(value: &ParseValue) -> ParseValue {
    match value {
        ParseValue::Array(items) => ParseValue::Array(items.iter().map(nested).collect()),
        ParseValue::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), nested(value)));
            ParseValue::Object(fields.collect())
        }
        ParseValue::Pointer(_)
        | ParseValue::Relation(_)
        | ParseValue::GeoPoint(_)
        | ParseValue::Polygon(_)
        | ParseValue::File { .. } => from_json(&value_to_json(value)),
        plain => plain.clone(),
    }
}

/// The documents of a class, for stages that look elsewhere.
pub trait Collections {
    /// Every document of this class, none when there is no such class.
    fn documents(&self, class: &str) -> Result<Vec<Document>, crate::domain::error::ParseError>;
}
