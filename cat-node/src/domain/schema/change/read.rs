//! Reads a change from the body of a request to the schemas API, in parse-server's order of checks and words.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Before, FieldDefinition, PermissionsChange, SchemaChange, indexes};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, is_plain_name};
use crate::domain::schema::class_permissions::UserIds;
use crate::domain::schema::field_options::FieldOptions;
use crate::domain::schema::{ClassSchema, FieldType, class_permissions, defaults};
use crate::domain::value::ParseValue;
use crate::domain::value::json::value_from_json;

/// The numbers that parse-server answers here have no name in the SDKs.
const FIELD_IS_FIXED: ErrorCode = ErrorCode(136);
/// The type that schemas show for the access list; nothing else has it.
const ACL: &str = "ACL";
/// Most fields of a class.
pub const MAX_CLASS_FIELDS: usize = 1_000;

/// Settings that decide what is taken.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub user_ids: UserIds,
    /// Whether an index needs the fields that it names.
    pub check_index_fields: bool,
}

/// A class that is to be made.
pub fn creation(
    class: &ClassName,
    body: &Map<String, Json>,
    rules: Rules,
) -> Result<SchemaChange, ParseError> {
    let fresh = ClassSchema::new(class.clone());
    let mut change = SchemaChange::none(Before::Absent);
    for (name, definition) in submitted(body, "fields") {
        let definition = new_field(class, &name, definition)?;
        change.set_fields.insert(name, definition);
    }
    finish(&mut change, &fresh, body, rules)?;
    if let Some(Json::Object(submitted)) = body.get("indexes") {
        let is_column = |name: &str| {
            !rules.check_index_fields
                || change.set_fields.contains_key(name)
                || defaults::column(class, name).is_some()
                || matches!(name, "_rperm" | "_wperm")
        };
        let read = indexes::read(submitted, &Map::new(), &is_column)?;
        change.make_indexes = read.make;
    }
    Ok(change)
}

/// A class that is there and is to be changed.
pub fn alteration(
    schema: &ClassSchema,
    body: &Map<String, Json>,
    rules: Rules,
) -> Result<SchemaChange, ParseError> {
    let fields = submitted(body, "fields");
    for (name, definition) in &fields {
        check_existence(schema, name, definition)?;
    }
    let mut change = SchemaChange::none(Before::There);
    for (name, definition) in fields {
        if is_deletion(definition) {
            change.remove_fields.push(name);
        } else if type_name(schema, &name).is_none() {
            let definition = new_field(&schema.class, &name, definition)?;
            change.set_fields.insert(name, definition);
        } else if name != ACL {
            let kind = existing_type(schema, &name, definition)?;
            let definition = with_options(&schema.class, &name, kind, definition)?;
            if schema.options.get(&name).cloned().unwrap_or_default() != definition.options {
                change.set_fields.insert(name, definition);
            }
        }
    }
    finish(&mut change, schema, body, rules)?;
    for name in &change.remove_fields {
        if name == ACL || defaults::column(&schema.class, name).is_some() {
            let text = format!("field {name} cannot be changed");
            return Err(ParseError::new(FIELD_IS_FIXED, text));
        }
    }
    read_indexes(&mut change, schema, body, rules)?;
    Ok(change)
}

/// The entries of an object in the body; a list counts as an object with its positions as names.
fn submitted<'a>(body: &'a Map<String, Json>, name: &str) -> Vec<(String, &'a Json)> {
    match body.get(name) {
        Some(Json::Object(map)) => map.iter().map(|(key, json)| (key.clone(), json)).collect(),
        Some(Json::Array(items)) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, json)| (index.to_string(), json))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn is_deletion(definition: &Json) -> bool {
    definition.get("__op").is_some_and(|op| op == "Delete")
}

fn type_name(schema: &ClassSchema, field: &str) -> Option<Json> {
    if field == ACL {
        return Some(ACL.into());
    }
    schema
        .field(field)
        .map(|kind| kind.to_json()["type"].clone())
}

fn check_existence(schema: &ClassSchema, name: &str, definition: &Json) -> Result<(), ParseError> {
    let refused = |text: String| ParseError::new(ErrorCode::INVALID_SCHEMA_OPERATION, text);
    match (type_name(schema, name), is_deletion(definition)) {
        (None, true) => Err(refused(format!(
            "Field {name} does not exist, cannot delete."
        ))),
        (Some(kind), false) if definition.get("type") != Some(&kind) => {
            Err(refused(format!("Field {name} exists, cannot update.")))
        }
        _ => Ok(()),
    }
}

fn existing_type(
    schema: &ClassSchema,
    name: &str,
    definition: &Json,
) -> Result<FieldType, ParseError> {
    let has = schema.field(name).expect("check_existence() found it");
    match FieldType::from_json(definition) {
        Ok(wanted) if wanted == has => Ok(has),
        Ok(wanted) => Err(type_clash(
            &schema.class,
            name,
            &has.to_string(),
            &wanted.to_string(),
        )),
        Err(_) => {
            let wanted = definition["type"].as_str().unwrap_or_default();
            Err(type_clash(&schema.class, name, &has.to_string(), wanted))
        }
    }
}

fn type_clash(class: &ClassName, field: &str, has: &str, got: &str) -> ParseError {
    ParseError::new(
        ErrorCode::INCORRECT_TYPE,
        format!("schema mismatch for {class}.{field}; expected {has} but got {got}"),
    )
}

fn new_field(class: &ClassName, name: &str, json: &Json) -> Result<FieldDefinition, ParseError> {
    let is_reserved = name == "length" || (name == "className" && class.as_str() != "_Hooks");
    if !is_plain_name(name) || is_reserved {
        let text = format!("invalid field name: {name}");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
    }
    if name == ACL || defaults::column(class, name).is_some() {
        let text = format!("field {name} cannot be added");
        return Err(ParseError::new(FIELD_IS_FIXED, text));
    }
    let kind = FieldType::from_json(json)?;
    let definition = with_options(class, name, kind, json)?;
    if matches!(definition.kind, FieldType::Relation(_)) {
        let options = &definition.options;
        let option = match options.entries().get("defaultValue") {
            Some(_) => Some("default value"),
            None => options.is_required().then_some("required"),
        };
        if let Some(option) = option {
            let text = format!(
                "The '{option}' option is not applicable for {}",
                definition.kind
            );
            return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
        }
    }
    Ok(definition)
}

fn with_options(
    class: &ClassName,
    name: &str,
    kind: FieldType,
    json: &Json,
) -> Result<FieldDefinition, ParseError> {
    let options = json.as_object().map(FieldOptions::of_definition);
    let options = options.unwrap_or_default();
    if let (Some(default), false) = (
        options.entries().get("defaultValue"),
        matches!(kind, FieldType::Relation(_)),
    ) {
        let got = type_of_default(default)?;
        if got.as_ref() != Some(&kind) {
            let got = got.map_or_else(|| "null".to_owned(), |got| got.to_string());
            let text = format!(
                "schema mismatch for {class}.{name} default value; expected {kind} but got {got}"
            );
            return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
        }
    }
    Ok(FieldDefinition { kind, options })
}

fn type_of_default(default: &Json) -> Result<Option<FieldType>, ParseError> {
    let value = value_from_json(default)?;
    match (&value, default.get("__type")) {
        (ParseValue::Object(_), Some(unknown)) => {
            let unknown = unknown.as_str().unwrap_or_default();
            let text = format!("This is not a valid {unknown}");
            Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text))
        }
        _ => Ok(FieldType::of(&value)),
    }
}

/// What concerns the class as a whole: how many fields, how many points, which permissions.
fn finish(
    change: &mut SchemaChange,
    schema: &ClassSchema,
    body: &Map<String, Json>,
    rules: Rules,
) -> Result<(), ParseError> {
    let kept = schema
        .fields
        .iter()
        .filter(|(name, _)| !change.remove_fields.contains(name));
    let mut fields: Vec<(&str, &FieldType)> =
        kept.map(|(name, kind)| (name.as_str(), kind)).collect();
    let new = change.set_fields.iter();
    let new = new.filter(|(name, _)| schema.field(name).is_none());
    fields.extend(new.map(|(name, definition)| (name.as_str(), &definition.kind)));
    if fields.len() > MAX_CLASS_FIELDS {
        let class = &schema.class;
        let text = format!("Class {class} cannot have more than {MAX_CLASS_FIELDS} fields.");
        return Err(ParseError::new(ErrorCode::INVALID_SCHEMA_OPERATION, text));
    }
    let points: Vec<&str> = fields
        .iter()
        .filter(|(_, kind)| **kind == FieldType::GeoPoint)
        .map(|(name, _)| *name)
        .collect();
    if let [first, second, ..] = points.as_slice() {
        let text = format!(
            "currently, only one GeoPoint field may exist in an object. Adding {second} when {first} already exists."
        );
        return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
    }
    let by_name: BTreeMap<&str, &FieldType> = fields.into_iter().collect();
    let field = |name: &str| {
        let own = || defaults::own_column(&schema.class, name);
        by_name.get(name).map(|kind| (*kind).clone()).or_else(own)
    };
    change.permissions = match body.get("classLevelPermissions") {
        None => PermissionsChange::Keep,
        Some(Json::Null | Json::Bool(false)) => PermissionsChange::Clear,
        Some(given) => {
            class_permissions::check(given, &field, rules.user_ids)?;
            PermissionsChange::Set(given.clone())
        }
    };
    Ok(())
}

fn read_indexes(
    change: &mut SchemaChange,
    schema: &ClassSchema,
    body: &Map<String, Json>,
    rules: Rules,
) -> Result<(), ParseError> {
    let empty = Map::new();
    let submitted = match body.get("indexes") {
        None => return Ok(()),
        Some(Json::Object(submitted)) => submitted,
        Some(_) => &empty,
    };
    let has_own_columns =
        defaults::columns(&schema.class).any(|(name, _)| !defaults::is_in_every_class(name));
    let is_column = |name: &str| {
        let is_kept = schema.fields.contains_key(name)
            && !change.remove_fields.iter().any(|removed| removed == name);
        !rules.check_index_fields
            || is_kept
            || change.set_fields.contains_key(name)
            || defaults::own_column(&schema.class, name).is_some()
            || (!has_own_columns && defaults::is_in_every_class(name))
    };
    let read = indexes::read(submitted, &schema.indexes, &is_column)?;
    (change.drop_indexes, change.make_indexes) = (read.drop, read.make);
    if schema.indexes.is_empty() {
        let (name, keys) = indexes::own();
        change.make_indexes.insert(name, keys);
    }
    Ok(())
}
