//! Parse values as parse-server keeps them in MongoDB.
//!
//! A field of an object has a compact form (a pointer is `"Class$id"`, a point is `[longitude, latitude]`, a file is
//! its name) that only the class's schema tells apart from plain strings and arrays. Inside arrays and objects the wire
//! form with `__type` is kept, except that dates and bytes are BSON's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};

use crate::domain::names::{ClassName, ObjectId};
use crate::domain::schema::FieldType;
use crate::domain::value::json::{value_from_json, value_to_json};
use crate::domain::value::{Fields, GeoPoint, ParseValue, Pointer};

/// The form of a whole field.
pub(super) fn to_field(value: &ParseValue) -> Bson {
    match value {
        ParseValue::Pointer(Pointer { class, id }) => format!("{class}${id}").into(),
        ParseValue::GeoPoint(point) => to_coordinates(point),
        ParseValue::Polygon(ring) => {
            let ring: Vec<Bson> = ring.iter().map(to_coordinates).collect();
            doc! {"type": "Polygon", "coordinates": [ring]}.into()
        }
        ParseValue::File { name, .. } => name.as_str().into(),
        other => to_nested(other),
    }
}

/// The form inside an array or an object.
pub(super) fn to_nested(value: &ParseValue) -> Bson {
    match value {
        ParseValue::Null => Bson::Null,
        ParseValue::Bool(truth) => (*truth).into(),
        ParseValue::Number(number) => to_number(*number),
        ParseValue::String(text) => text.as_str().into(),
        ParseValue::Date(date) => bson::DateTime::from_chrono(*date).into(),
        ParseValue::Bytes(base64) => match BASE64.decode(base64) {
            Ok(bytes) => Binary {
                subtype: BinarySubtype::Generic,
                bytes,
            }
            .into(),
            Err(_) => doc! {"__type": "Bytes", "base64": base64}.into(),
        },
        ParseValue::Array(items) => Bson::Array(items.iter().map(to_nested).collect()),
        ParseValue::Object(fields) => to_nested_object(fields).into(),
        // What BSON has no kind for keeps its wire form, which is made of texts and numbers.
        wire => from_wire(&value_to_json(wire)),
    }
}

fn to_nested_object(fields: &Fields) -> Document {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), to_nested(value)))
        .collect()
}

/// As MongoDB's JavaScript driver stores numbers: small whole ones as 32 bits, the others as doubles.
#[allow(clippy::cast_possible_truncation)] // compared with the original
pub(super) fn to_number(number: f64) -> Bson {
    let whole = number as i32;
    let is_whole = f64::from(whole).to_bits() == number.to_bits();
    if is_whole {
        Bson::Int32(whole)
    } else {
        Bson::Double(number)
    }
}

fn to_coordinates(point: &GeoPoint) -> Bson {
    Bson::Array(vec![to_number(point.longitude), to_number(point.latitude)])
}

/// The wire form as it is, dates and bytes included.
pub(super) fn from_wire(json: &serde_json::Value) -> Bson {
    use serde_json::Value as Json;
    match json {
        Json::Null => Bson::Null,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => to_number(number.as_f64().unwrap_or_default()),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Bson::Array(items.iter().map(from_wire).collect()),
        Json::Object(map) => {
            let fields = map
                .iter()
                .map(|(name, value)| (name.clone(), from_wire(value)));
            fields.collect::<Document>().into()
        }
    }
}

/// Reads a whole field; the type says what an ambiguous form means.
pub(super) fn from_field(stored: Bson, field_type: Option<&FieldType>) -> ParseValue {
    match (field_type, stored) {
        (Some(FieldType::GeoPoint), Bson::Array(pair)) => {
            from_coordinates(&pair).map_or_else(|| from_array(pair), ParseValue::GeoPoint)
        }
        (Some(FieldType::Polygon), Bson::Document(shape)) => {
            from_ring(&shape).map_or_else(|| from_object(shape), ParseValue::Polygon)
        }
        (Some(FieldType::File), Bson::String(name)) => ParseValue::File { name, url: None },
        (_, other) => from_nested(other),
    }
}

/// The target of a `_p_` column; `None` when it is not of the form `Class$id`.
pub(super) fn from_pointer_field(stored: &Bson) -> Option<ParseValue> {
    if matches!(stored, Bson::Null) {
        return Some(ParseValue::Null);
    }
    let (class, id) = stored.as_str()?.split_once('$')?;
    let class = ClassName::parse(class).ok()?;
    Some(ParseValue::Pointer(Pointer {
        class,
        id: ObjectId::new(id),
    }))
}

pub(super) fn from_nested(stored: Bson) -> ParseValue {
    match stored {
        Bson::Boolean(truth) => ParseValue::Bool(truth),
        Bson::Int32(number) => ParseValue::Number(f64::from(number)),
        #[allow(clippy::cast_precision_loss)] // Parse numbers are doubles
        Bson::Int64(number) => ParseValue::Number(number as f64),
        Bson::Double(number) => ParseValue::Number(number),
        Bson::String(text) => ParseValue::String(text),
        Bson::DateTime(date) => ParseValue::Date(date.to_chrono()),
        Bson::Binary(binary) => ParseValue::Bytes(BASE64.encode(binary.bytes)),
        Bson::Array(items) => from_array(items),
        Bson::Document(fields) => from_object(fields),
        Bson::ObjectId(id) => ParseValue::String(id.to_hex()),
        // Kinds that no Parse client can store (regular expressions, code, ...) read as nothing.
        _ => ParseValue::Null,
    }
}

fn from_array(items: Vec<Bson>) -> ParseValue {
    ParseValue::Array(items.into_iter().map(from_nested).collect())
}

fn from_object(fields: Document) -> ParseValue {
    let is_typed = fields.contains_key("__type");
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name, from_nested(value)));
    let object = ParseValue::Object(fields.collect());
    if is_typed {
        return value_from_json(&value_to_json(&object)).unwrap_or(object);
    }
    object
}

fn from_ring(shape: &Document) -> Option<Vec<GeoPoint>> {
    let ring = shape.get_array("coordinates").ok()?.first()?.as_array()?;
    ring.iter()
        .map(|pair| from_coordinates(pair.as_array()?))
        .collect()
}

fn from_coordinates(pair: &[Bson]) -> Option<GeoPoint> {
    match pair {
        [longitude, latitude] => Some(GeoPoint {
            latitude: number(latitude)?,
            longitude: number(longitude)?,
        }),
        _ => None,
    }
}

fn number(stored: &Bson) -> Option<f64> {
    match from_nested(stored.clone()) {
        ParseValue::Number(number) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(json: &serde_json::Value) -> ParseValue {
        value_from_json(json).unwrap()
    }

    #[test]
    fn every_type_comes_back_from_a_field_and_from_within() {
        for json in [
            json!(null),
            json!(true),
            json!(7),
            json!(5_000_000_000_i64),
            json!(-0.25),
            json!("text"),
            json!({"__type": "Date", "iso": "2026-11-24T08:00:00.123Z"}),
            json!({"__type": "Bytes", "base64": "AAEC"}),
            json!({"__type": "GeoPoint", "latitude": 45.5, "longitude": -73}),
            json!({"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1], [0, 0]]}),
            json!({"__type": "File", "name": "a.txt"}),
            json!({"a": [1, {"b": null}], "c": {"d": "e"}}),
            json!([{"__type": "Pointer", "className": "_User", "objectId": "u1"}, 2]),
        ] {
            let value = value(&json);
            let field_type = FieldType::of(&value);
            assert_eq!(
                from_field(to_field(&value), field_type.as_ref()),
                value,
                "{json}"
            );
            assert_eq!(from_nested(to_nested(&value)), value, "{json} within");
        }
    }

    #[test]
    fn the_forms_are_those_of_parse_server() {
        let pointer = value(&json!({"__type": "Pointer", "className": "Game", "objectId": "g1"}));
        assert_eq!(to_field(&pointer), Bson::from("Game$g1"));
        assert_eq!(from_pointer_field(&Bson::from("Game$g1")), Some(pointer));
        let point = value(&json!({"__type": "GeoPoint", "latitude": 1.5, "longitude": 2}));
        assert_eq!(
            to_field(&point),
            Bson::Array(vec![Bson::Int32(2), Bson::Double(1.5)])
        );
    }
}
