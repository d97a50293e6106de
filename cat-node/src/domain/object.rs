//! An object as it is kept: its identity, its access list, and its fields.

use chrono::{DateTime, SubsecRound, Utc};

use super::acl::Acl;
use super::names::{FieldPath, ObjectId};
use super::value::{Fields, ParseValue};

pub mod json;
pub mod selection;

/// A stored object. Dates have milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseObject {
    pub id: ObjectId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// `None`: everyone may read and write.
    pub acl: Option<Acl>,
    /// Everything else, hidden fields (`_hashed_password`) included.
    pub fields: Fields,
}

impl ParseObject {
    pub fn new(id: ObjectId, now: DateTime<Utc>, acl: Option<Acl>, fields: Fields) -> Self {
        let now = now.trunc_subsecs(3);
        Self {
            id,
            created_at: now,
            updated_at: now,
            acl,
            fields,
        }
    }

    pub fn get(&self, field: &str) -> Option<&ParseValue> {
        self.fields.get(field)
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// The value at a path, as queries see it; `objectId`, `createdAt` and `updatedAt` included.
    pub fn at(&self, path: &FieldPath) -> Option<std::borrow::Cow<'_, ParseValue>> {
        use std::borrow::Cow;
        match path.as_str() {
            "objectId" => Some(Cow::Owned(self.id.as_str().into())),
            "createdAt" => Some(Cow::Owned(self.created_at.into())),
            "updatedAt" => Some(Cow::Owned(self.updated_at.into())),
            _ => value_at(&self.fields, path).map(Cow::Borrowed),
        }
    }
}

/// The value at a path into fields.
pub(super) fn value_at<'a>(fields: &'a Fields, path: &FieldPath) -> Option<&'a ParseValue> {
    let mut segments = path.segments();
    let mut value = fields.get(segments.next()?)?;
    for segment in segments {
        value = match value {
            ParseValue::Object(fields) => fields.get(segment)?,
            ParseValue::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}
