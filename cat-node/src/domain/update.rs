//! A change to an object: typed `__op`s per field. `update/parse.rs` reads it from JSON,
//! `update/apply.rs` says exactly what it does, adapters do the same in their database.

use chrono::{DateTime, Utc};

use super::acl::Acl;
use super::names::{ClassName, FieldPath, ObjectId};
use super::value::ParseValue;

pub mod apply;
pub mod fill_in;
pub mod parse;

/// What happens to one field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldOp {
    Set(ParseValue),
    /// `{"__op":"Delete"}`.
    Unset,
    /// An absent field counts as 0.
    Increment(f64),
    /// Sets the field only when the object is being created.
    SetOnInsert(ParseValue),
    /// Appends; an absent field counts as `[]`.
    Add(Vec<ParseValue>),
    /// Appends those that are not there yet.
    AddUnique(Vec<ParseValue>),
    /// Takes out every element that equals one of these.
    Remove(Vec<ParseValue>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum AclChange {
    Keep,
    Set(Acl),
    /// Back to "open to everyone".
    Clear,
}

/// A change to the members of a relation field.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationChange {
    pub field: String,
    pub target: ClassName,
    pub add: Vec<ObjectId>,
    pub remove: Vec<ObjectId>,
}

/// Changes to the fields of one object; ops are applied in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub acl: AclChange,
    pub ops: Vec<(FieldPath, FieldOp)>,
    pub updated_at: DateTime<Utc>,
}

impl Update {
    pub fn at(updated_at: DateTime<Utc>) -> Self {
        Self {
            acl: AclChange::Keep,
            ops: Vec::new(),
            updated_at,
        }
    }

    #[must_use]
    pub fn op(mut self, path: FieldPath, op: FieldOp) -> Self {
        self.ops.push((path, op));
        self
    }

    #[must_use]
    pub fn set(self, path: FieldPath, value: impl Into<ParseValue>) -> Self {
        self.op(path, FieldOp::Set(value.into()))
    }
}
