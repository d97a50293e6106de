//! The values that a field can hold, typed; `value/json.rs` is their wire form.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::names::{ClassName, ObjectId};

pub mod json;

/// Fields by name, in the order they were set. Names that start with `_` are hidden: they never leave the service.
pub type Fields = IndexMap<String, ParseValue>;

/// A point on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeoPoint {
    pub latitude: f64,
    pub longitude: f64,
}

/// A reference to another object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer {
    pub class: ClassName,
    pub id: ObjectId,
}

/// A value of a field. Numbers are doubles, as in every Parse SDK; dates have milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub enum ParseValue {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Date(DateTime<Utc>),
    /// Base64, as it came.
    Bytes(String),
    Pointer(Pointer),
    /// The class that the relation leads to; its members are kept as relations, not here.
    Relation(ClassName),
    GeoPoint(GeoPoint),
    /// A closed ring.
    Polygon(Vec<GeoPoint>),
    File {
        name: String,
        url: Option<String>,
    },
    Array(Vec<ParseValue>),
    Object(Fields),
}

impl ParseValue {
    pub fn pointer(class: &ClassName, id: &ObjectId) -> Self {
        Self::Pointer(Pointer {
            class: class.clone(),
            id: id.clone(),
        })
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_date(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }

    pub fn as_pointer(&self) -> Option<&Pointer> {
        match self {
            Self::Pointer(pointer) => Some(pointer),
            _ => None,
        }
    }

    /// What a typed value looks like inside an object or an array, where it is kept in its wire form; `None` for what is
    /// no object there.
    pub fn members(&self) -> Option<Fields> {
        let text = |text: &str| Self::String(text.to_owned());
        let typed = |kind: &str, members: Vec<(&str, Self)>| {
            let kind = std::iter::once(("__type", text(kind)));
            let members = kind.chain(members);
            Some(
                members
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            )
        };
        match self {
            Self::Object(fields) => Some(fields.clone()),
            Self::Pointer(Pointer { class, id }) => typed(
                "Pointer",
                vec![
                    ("className", text(class.as_str())),
                    ("objectId", text(id.as_str())),
                ],
            ),
            Self::Relation(class) => typed("Relation", vec![("className", text(class.as_str()))]),
            Self::GeoPoint(point) => typed(
                "GeoPoint",
                vec![
                    ("latitude", point.latitude.into()),
                    ("longitude", point.longitude.into()),
                ],
            ),
            Self::File { name, url } => {
                let url = url.iter().map(|url| ("url", text(url)));
                typed(
                    "File",
                    [("name", text(name))].into_iter().chain(url).collect(),
                )
            }
            Self::Polygon(ring) => {
                let pair = |point: &GeoPoint| {
                    Self::Array(vec![point.latitude.into(), point.longitude.into()])
                };
                let ring = Self::Array(ring.iter().map(pair).collect());
                typed("Polygon", vec![("coordinates", ring)])
            }
            _ => None,
        }
    }
}

impl From<&str> for ParseValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for ParseValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<f64> for ParseValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for ParseValue {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<DateTime<Utc>> for ParseValue {
    fn from(date: DateTime<Utc>) -> Self {
        Self::Date(date)
    }
}
