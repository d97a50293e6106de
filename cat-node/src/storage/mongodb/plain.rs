//! Stored values as they are, without the protocol's reading: what pipelines are made of and give.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document};

use super::value::to_number;
use crate::domain::value::{Fields, ParseValue};

pub(super) fn to_bson(value: &ParseValue) -> Bson {
    match value {
        ParseValue::Bool(truth) => (*truth).into(),
        ParseValue::Number(number) => to_number(*number),
        ParseValue::String(text) => text.as_str().into(),
        ParseValue::Date(date) => bson::DateTime::from_chrono(*date).into(),
        ParseValue::Bytes(base64) => match BASE64.decode(base64) {
            Ok(bytes) => Bson::Binary(Binary {
                subtype: BinarySubtype::Generic,
                bytes,
            }),
            Err(_) => base64.as_str().into(),
        },
        ParseValue::Array(items) => Bson::Array(items.iter().map(to_bson).collect()),
        ParseValue::Object(fields) => to_document(fields).into(),
        // No other kind is in a pipeline.
        _ => Bson::Null,
    }
}

pub(super) fn to_document(fields: &Fields) -> Document {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), to_bson(value)))
        .collect()
}

pub(super) fn from_bson(stored: Bson) -> ParseValue {
    match stored {
        Bson::Boolean(truth) => ParseValue::Bool(truth),
        Bson::Int32(number) => ParseValue::Number(f64::from(number)),
        #[allow(clippy::cast_precision_loss)] // Parse numbers are doubles
        Bson::Int64(number) => ParseValue::Number(number as f64),
        Bson::Double(number) => ParseValue::Number(number),
        Bson::Decimal128(number) => {
            let number = number.to_string().parse();
            number.map_or(ParseValue::Null, ParseValue::Number)
        }
        Bson::String(text) => ParseValue::String(text),
        Bson::DateTime(date) => ParseValue::Date(date.to_chrono()),
        Bson::Binary(binary) => ParseValue::Bytes(BASE64.encode(binary.bytes)),
        Bson::Array(items) => ParseValue::Array(items.into_iter().map(from_bson).collect()),
        Bson::Document(fields) => ParseValue::Object(from_document(fields)),
        Bson::ObjectId(id) => ParseValue::String(id.to_hex()),
        _ => ParseValue::Null,
    }
}

pub(super) fn from_document(document: Document) -> Fields {
    let fields = document.into_iter();
    fields
        .map(|(name, value)| (name, from_bson(value)))
        .collect()
}
