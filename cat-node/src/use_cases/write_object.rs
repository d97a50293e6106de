//! What creating and updating have in common: reading the body and making room for it in the class.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Failure;
use super::find_objects::gate;
use super::readable_class::check_exists;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::permissions::Operation;
use crate::domain::protected_fields::Protection;
use crate::domain::query::Filter;
use crate::domain::query::parse::is_truthy;
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
    /// What an existing object must satisfy to be changed by this caller.
    pub guard: Filter,
    /// What the answer to this caller may not name.
    hidden: Protection,
}

impl FittingChange {
    /// Takes out of the answer to a write what the caller may not see.
    pub fn conceal(&self, told: &mut Map<String, Json>) {
        told.retain(|field, _| !self.hidden.hides(field));
    }
}

/// Reads the body and extends the class by the fields that it brings.
pub async fn read_change(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    operation: Operation,
    body: &Map<String, Json>,
) -> Result<FittingChange, Failure> {
    let read = change_from_json(body, node.now());
    let mut change = read.map_err(|error| in_words_of(operation, error))?;
    let (schema, guard) = make_room(node, caller, class, operation, &change).await?;
    change
        .update
        .ops
        .retain(|(path, _)| !OWN_FIELDS.contains(&path.root()));
    match operation {
        Operation::Create => fill_in::complete_new(&mut change.update, &schema)?,
        _ => fill_in::check_kept(&change.update, &schema)?,
    }
    let hides = !caller.is_unrestricted() && !node.settings.protected_fields_save_response_exempt;
    let hidden = if hides {
        let settings = node.settings.protected_fields.get(class.as_str());
        Protection::of(&schema, settings, &caller.grants())
    } else {
        Protection::default()
    };
    Ok(FittingChange {
        change,
        schema,
        guard: Filter::And(guard),
        hidden,
    })
}

/// parse-server has one text for every wrong operand of an op in a create.
fn in_words_of(operation: Operation, error: ParseError) -> ParseError {
    let is_operand = error.message.starts_with("incrementing must")
        || error.message.starts_with("objects to remove must");
    if operation == Operation::Create && is_operand {
        return ParseError::new(error.code, "objects to add must be an array");
    }
    error
}

async fn make_room(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    operation: Operation,
    change: &Change,
) -> Result<(Arc<ClassSchema>, Vec<Filter>), Failure> {
    let existing = node.schema(class).await?;
    let is_new = existing.is_none();
    if is_new {
        check_exists(node, caller, class.as_str())?;
    }
    let schema = existing.unwrap_or_else(|| Arc::new(ClassSchema::new(class.clone())));
    let mut guard = Vec::new();
    if adds_field(&schema, change) && !is_new {
        let adding = match operation {
            Operation::Create => Operation::AddFieldToNew,
            _ => Operation::AddField,
        };
        guard.extend(gate(caller, &schema, adding)?);
    }
    let new = schema.new_fields(wanted_fields(class, change)?)?;
    guard.extend(gate(caller, &schema, operation)?);
    if new.is_empty() && !is_new {
        return Ok((schema, guard));
    }
    if schema.fields.len() + new.len() > MAX_CLASS_FIELDS {
        let text = format!("Class {class} cannot have more than {MAX_CLASS_FIELDS} fields.");
        return Err(ParseError::new(ErrorCode::INVALID_SCHEMA_OPERATION, text).into());
    }
    let schema = node.storage.extend_schema(class, new).await?;
    Ok((node.remember_schema(schema), guard))
}

/// Whether a body names a field that the class does not have, even if only with `null`.
fn adds_field(schema: &ClassSchema, change: &Change) -> bool {
    let ops = change.update.ops.iter();
    let mut named = ops
        .filter(|(_, op)| !matches!(op, FieldOp::Unset))
        .map(|(path, _)| path.root())
        .chain(
            change
                .relations
                .iter()
                .map(|relation| relation.field.as_str()),
        );
    named.any(|field| schema.field(field).is_none())
}

fn wanted_fields<'a>(
    class: &ClassName,
    change: &'a Change,
) -> Result<Vec<(&'a str, FieldType)>, ParseError> {
    let mut wanted = Vec::with_capacity(change.update.ops.len());
    for (path, op) in &change.update.ops {
        refuse_access_list_field(class, path)?;
        let kind = match op {
            FieldOp::Unset => None,
            _ if path.is_nested() => Some(kind_of_parent(path)),
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

/// An access list is given as a whole and kept beside the fields: `ACL.*` would make a field that looks like one.
fn refuse_access_list_field(class: &ClassName, path: &FieldPath) -> Result<(), ParseError> {
    if path.root() != "ACL" {
        return Ok(());
    }
    let text = format!("schema mismatch for {class}.ACL; expected ACL but got Object");
    Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text))
}

/// What a path leads into: a list when it goes on with an index.
fn kind_of_parent(path: &FieldPath) -> FieldType {
    let second = path.segments().nth(1).unwrap_or_default();
    if second.bytes().all(|byte| byte.is_ascii_digit()) {
        FieldType::Array
    } else {
        FieldType::Object
    }
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
    let id = body.remove("objectId");
    if !node.settings.allow_custom_object_id {
        let wrong = match (&id, body.get("id")) {
            (Some(id), _) if is_truthy(id) => "objectId",
            (_, Some(id)) if is_truthy(id) => "id",
            _ => return Ok(None),
        };
        let text = format!("{wrong} is an invalid field name.");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
    }
    let Some(id) = id else {
        return Ok(None);
    };
    let is_usable =
        |id: &str| shared_events::id::is_valid(id) && id != shared_events::id::ERASED_CAT;
    match id.as_str().filter(|id| is_usable(id)) {
        Some(id) => Ok(Some(ObjectId::new(id))),
        None => Err(ParseError::new(
            ErrorCode::MISSING_OBJECT_ID,
            "objectId must not be empty, null or undefined",
        )),
    }
}
