//! What is known of a class: its fields, its permissions, its indexes.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json};

use super::error::{ErrorCode, ParseError};
use super::names::ClassName;
use super::value::ParseValue;

pub mod change;
pub mod class_permissions;
pub mod defaults;
pub mod field_options;
pub mod json;

use field_options::FieldOptions;

/// The type of a field, fixed by its first value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    String,
    Number,
    Boolean,
    Date,
    Object,
    Array,
    GeoPoint,
    File,
    Bytes,
    Polygon,
    Pointer(ClassName),
    Relation(ClassName),
}

impl FieldType {
    /// The type that a value needs its field to have; `None` for `null`, which fits every type.
    pub fn of(value: &ParseValue) -> Option<Self> {
        Some(match value {
            ParseValue::Null => return None,
            ParseValue::Bool(_) => Self::Boolean,
            ParseValue::Number(_) => Self::Number,
            ParseValue::String(_) => Self::String,
            ParseValue::Date(_) => Self::Date,
            ParseValue::Bytes(_) => Self::Bytes,
            ParseValue::Pointer(pointer) => Self::Pointer(pointer.class.clone()),
            ParseValue::Relation(class) => Self::Relation(class.clone()),
            ParseValue::GeoPoint(_) => Self::GeoPoint,
            ParseValue::Polygon(_) => Self::Polygon,
            ParseValue::File { .. } => Self::File,
            ParseValue::Array(_) => Self::Array,
            ParseValue::Object(_) => Self::Object,
        })
    }
}

/// As the `schema mismatch` texts spell it: `String`, `Pointer<Game>`.
impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(class) => write!(f, "Pointer<{class}>"),
            Self::Relation(class) => write!(f, "Relation<{class}>"),
            simple => write!(f, "{simple:?}"),
        }
    }
}

/// A class as the store knows it. Columns that every class has (`objectId`, `createdAt`, ...) and those a
/// system class has by default are not listed; `defaults::column` knows them.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassSchema {
    pub class: ClassName,
    pub fields: BTreeMap<String, FieldType>,
    /// Of the fields, default columns included, that have some.
    pub options: BTreeMap<String, FieldOptions>,
    /// Class-level permissions, every operation listed (`class_permissions::complete`); `None` is open.
    pub permissions: Option<Json>,
    pub indexes: Indexes,
}

/// Indexes by name, each with its keys in order: `{"score": 1, "name": -1}`.
pub type Indexes = Map<String, Json>;

impl ClassSchema {
    pub fn new(class: ClassName) -> Self {
        Self {
            indexes: defaults::indexes(&class),
            class,
            fields: BTreeMap::new(),
            options: BTreeMap::new(),
            permissions: None,
        }
    }

    /// The type of a field, default columns included.
    pub fn field(&self, name: &str) -> Option<FieldType> {
        self.fields
            .get(name)
            .cloned()
            .or_else(|| defaults::column(&self.class, name))
    }

    /// Which of these fields are new to the class; refuses one that is there with another type.
    pub fn new_fields<'a>(
        &self,
        wanted: impl IntoIterator<Item = (&'a str, FieldType)>,
    ) -> Result<BTreeMap<String, FieldType>, ParseError> {
        let mut new = BTreeMap::new();
        for (name, wanted) in wanted {
            match self.field(name) {
                None => {
                    new.insert(name.to_owned(), wanted);
                }
                Some(has) if has == wanted => {}
                Some(has) => return Err(mismatch(&self.class, name, &has, &wanted)),
            }
        }
        self.check_points(&new)?;
        Ok(new)
    }

    /// MongoDB indexes one point of a document, so a class has one at most.
    fn check_points(&self, new: &BTreeMap<String, FieldType>) -> Result<(), ParseError> {
        let added = new.values().filter(|kind| **kind == FieldType::GeoPoint);
        let text = match added.count() {
            0 => return Ok(()),
            1 if !self.has_point() => return Ok(()),
            1 => "MongoDB only supports one GeoPoint field in a class.",
            _ => "there can only be one geopoint field in a class",
        };
        Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text))
    }

    fn has_point(&self) -> bool {
        self.fields
            .values()
            .any(|kind| *kind == FieldType::GeoPoint)
    }
}

/// The refusal of a value that does not fit its field; its text is API.
pub fn mismatch(class: &ClassName, field: &str, has: &FieldType, got: &FieldType) -> ParseError {
    ParseError::new(
        ErrorCode::INCORRECT_TYPE,
        format!("schema mismatch for {class}.{field}; expected {has} but got {got}"),
    )
}
