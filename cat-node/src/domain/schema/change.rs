//! A change to a class, as the schemas API asks for it. `read.rs` makes it from JSON and refuses what cannot be.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::field_options::FieldOptions;
use super::{ClassSchema, FieldType, Indexes, mismatch};
use crate::domain::error::ParseError;

pub mod indexes;
pub mod read;

/// A field as it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDefinition {
    pub kind: FieldType,
    pub options: FieldOptions,
}

/// Whether the class is there before the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// It must not be there.
    Absent,
    There,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PermissionsChange {
    Keep,
    /// As they were given; `class_permissions::complete` says what they mean.
    Set(Json),
    /// Back to open.
    Clear,
}

/// What happens to a class. Stores do all of it or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaChange {
    pub before: Before,
    /// Leave the schema, and every object, before fields are set.
    pub remove_fields: Vec<String>,
    /// New fields, and fields that are there whose options become these.
    pub set_fields: BTreeMap<String, FieldDefinition>,
    pub permissions: PermissionsChange,
    pub drop_indexes: Vec<String>,
    /// `_id_` may be among them: every class has that one already, it is only listed from now on.
    pub make_indexes: Indexes,
}

impl SchemaChange {
    pub fn none(before: Before) -> Self {
        Self {
            before,
            remove_fields: Vec::new(),
            set_fields: BTreeMap::new(),
            permissions: PermissionsChange::Keep,
            drop_indexes: Vec::new(),
            make_indexes: Indexes::new(),
        }
    }

    /// The class as it is after the change; refused when a field that stays is of another type.
    pub fn applied_to(&self, schema: &ClassSchema) -> Result<ClassSchema, ParseError> {
        let mut after = schema.clone();
        for field in &self.remove_fields {
            after.fields.remove(field);
            after.options.remove(field);
        }
        for (name, definition) in &self.set_fields {
            match after.field(name) {
                None => drop(after.fields.insert(name.clone(), definition.kind.clone())),
                Some(has) if has == definition.kind => {}
                Some(has) => return Err(mismatch(&after.class, name, &has, &definition.kind)),
            }
            if definition.options.is_empty() {
                after.options.remove(name);
            } else {
                after
                    .options
                    .insert(name.clone(), definition.options.clone());
            }
        }
        match &self.permissions {
            PermissionsChange::Keep => {}
            PermissionsChange::Set(given) => {
                after.permissions = Some(super::class_permissions::complete(given));
            }
            PermissionsChange::Clear => after.permissions = None,
        }
        for name in &self.drop_indexes {
            after.indexes.shift_remove(name);
        }
        after.indexes.extend(self.make_indexes.clone());
        Ok(after)
    }
}
