//! What creating and updating have in common: reading the body and making room for it in the class.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Failure;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::permissions::{self, Operation};
use crate::domain::schema::change::read::MAX_CLASS_FIELDS;
use crate::domain::schema::{ClassSchema, FieldType, mismatch};
use crate::domain::update::parse::{Change, change_from_json};
use crate::domain::update::{FieldOp, Update, fill_in};
use crate::domain::value::ParseValue;
use crate::node::Node;
use crate::storage::Write;

/// Fields that the service itself sets; what a client says of them is checked for its type and dropped.
const OWN_FIELDS: &[&str] = &["objectId", "createdAt", "updatedAt"];

/// A body that fits its class.
#[derive(Debug)]
pub struct FittingChange {
    pub change: Change,
    pub schema: Arc<ClassSchema>,
}

/// Reads the body and extends the class by the fields that it brings.
pub async fn read_change(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    operation: Operation,
    body: &Map<String, Json>,
) -> Result<FittingChange, Failure> {
    let mut change = change_from_json(body, node.now())?;
    let schema = make_room(node, caller, class, operation, &change).await?;
    change
        .update
        .ops
        .retain(|(path, _)| !OWN_FIELDS.contains(&path.root()));
    match operation {
        Operation::Create => fill_in::complete_new(&mut change.update, &schema)?,
        _ => fill_in::check_kept(&change.update, &schema)?,
    }
    Ok(FittingChange { change, schema })
}

async fn make_room(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    operation: Operation,
    change: &Change,
) -> Result<Arc<ClassSchema>, Failure> {
    let existing = node.schema(class).await?;
    let may_create =
        caller.is_unrestricted() || class.is_system() || node.settings.allow_client_class_creation;
    if existing.is_none() && !may_create {
        return Err(ParseError::permission_denied().into());
    }
    let is_new = existing.is_none();
    let schema = existing.unwrap_or_else(|| Arc::new(ClassSchema::new(class.clone())));
    if !caller.is_unrestricted() {
        permissions::check(&schema, operation, &caller.grants())?;
    }
    let new = schema.new_fields(wanted_fields(class, change)?)?;
    if new.is_empty() && !is_new {
        return Ok(schema);
    }
    if !new.is_empty() && !caller.is_unrestricted() {
        permissions::check(&schema, Operation::AddField, &caller.grants())?;
    }
    if schema.fields.len() + new.len() > MAX_CLASS_FIELDS {
        let text = format!("Class {class} cannot have more than {MAX_CLASS_FIELDS} fields.");
        return Err(ParseError::new(ErrorCode::INVALID_SCHEMA_OPERATION, text).into());
    }
    Ok(node.remember_schema(node.storage.extend_schema(class, new).await?))
}

fn wanted_fields<'a>(
    class: &ClassName,
    change: &'a Change,
) -> Result<Vec<(&'a str, FieldType)>, ParseError> {
    let mut wanted = Vec::with_capacity(change.update.ops.len());
    for (path, op) in &change.update.ops {
        let kind = match op {
            FieldOp::Unset => None,
            _ if path.is_nested() => Some(FieldType::Object),
            FieldOp::Set(value) | FieldOp::SetOnInsert(value) => FieldType::of(value),
            FieldOp::Increment(_) => Some(FieldType::Number),
            FieldOp::Add(_) | FieldOp::AddUnique(_) | FieldOp::Remove(_) => Some(FieldType::Array),
        };
        if let Some(kind) = kind {
            wanted.push((path.root(), kind));
        }
    }
    for relation in &change.relations {
        wanted.push((
            relation.field.as_str(),
            FieldType::Relation(relation.target.clone()),
        ));
    }
    check_agreement(class, &wanted)?;
    Ok(wanted)
}

/// Two ops of one body may not want one new field to be two things.
fn check_agreement(class: &ClassName, wanted: &[(&str, FieldType)]) -> Result<(), ParseError> {
    for (index, (name, kind)) in wanted.iter().enumerate() {
        let earlier = wanted[..index].iter().find(|(other, _)| other == name);
        if let Some((_, earlier)) = earlier.filter(|(_, earlier)| earlier != kind) {
            return Err(mismatch(class, name, earlier, kind));
        }
    }
    Ok(())
}

/// The relation changes of a body, as writes.
pub fn relation_writes(class: &ClassName, owner: &ObjectId, change: &Change) -> Vec<Write> {
    let writes = change.relations.iter().map(|relation| Write::Relate {
        class: class.clone(),
        field: relation.field.clone(),
        owner: owner.clone(),
        add: relation.add.clone(),
        remove: relation.remove.clone(),
    });
    writes.collect()
}

/// A relation is kept beside its object: what a client sets the field to says only where it leads.
pub fn drop_relation_values(update: &mut Update) {
    update
        .ops
        .retain(|(_, op)| !matches!(op, FieldOp::Set(ParseValue::Relation(_))));
}

/// The custom id of a body, when it has one and may.
pub fn custom_id(
    node: &Node,
    body: &mut Map<String, Json>,
) -> Result<Option<ObjectId>, ParseError> {
    let Some(id) = body.remove("objectId") else {
        return Ok(None);
    };
    if !node.settings.allow_custom_object_id {
        return Err(ParseError::new(
            ErrorCode::INVALID_KEY_NAME,
            "objectId is an invalid field name.",
        ));
    }
    let is_usable = |id: &str| shared_events::id::is_valid(id) && !id.starts_with("role:");
    match id.as_str().filter(|id| is_usable(id)) {
        Some(id) => Ok(Some(ObjectId::new(id))),
        None => Err(ParseError::new(
            ErrorCode::MISSING_OBJECT_ID,
            "objectId must not be empty, null or undefined",
        )),
    }
}
