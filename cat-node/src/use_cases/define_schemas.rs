//! Brings the classes into the form that the operator defines (the option `schema`), when the service starts. Asking again
//! changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use tracing::warn;

use super::{Failure, manage_schemas};
use crate::config::parse::defined_schemas::DefinedSchemas;
use crate::domain::names::ClassName;
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::node::Node;

/// Classes cannot be brought into their defined form.
#[derive(Debug, thiserror::Error)]
pub enum DefineSchemasError {
    #[error("schema.definitions: definition {0} has no className")]
    NoClassName(usize),
    #[error("schema.definitions defines the class {0} twice")]
    Twice(String),
    #[error("schema.definitions: the class {class} cannot be made as it is defined")]
    Class {
        class: String,
        #[source]
        cause: Failure,
    },
    #[error("the classes cannot be read")]
    Read(#[source] Failure),
}

/// Makes and changes the defined classes; nobody but the operator adds fields from then on.
pub async fn define_schemas(
    node: &Node,
    defined: &DefinedSchemas,
) -> Result<(), DefineSchemasError> {
    let definitions = by_class(defined)?;
    let sessions = ClassName::SESSION;
    let declared = node.storage.extend_schema(&sessions, BTreeMap::new()).await;
    declared.map_err(|error| DefineSchemasError::Read(error.into()))?;
    let existing = manage_schemas::schemas(node)
        .await
        .map_err(DefineSchemasError::Read)?;
    for (class, definition) in &definitions {
        let schema = existing
            .iter()
            .find(|schema| schema.class.as_str() == *class);
        let done = match schema {
            Some(schema) => update(node, schema, definition, defined).await,
            None => create(node, class, definition).await,
        };
        let class = (*class).to_owned();
        done.map_err(|cause| DefineSchemasError::Class { class, cause })?;
    }
    let others = existing.iter().filter(|schema| {
        definitions
            .iter()
            .all(|(class, _)| schema.class.as_str() != *class)
    });
    for schema in others {
        if defined.strict && !schema.class.is_system() {
            warn!(class = %schema.class, "the class exists, but no schema defines it");
        }
        let permissions = without_add_field(schema.to_json().get("classLevelPermissions"));
        let body = json!({"classLevelPermissions": permissions});
        let closed = manage_schemas::alter(node, schema, object(&body)).await;
        let class = schema.class.to_string();
        closed.map_err(|cause| DefineSchemasError::Class { class, cause })?;
    }
    Ok(())
}

type Definition<'a> = (&'a str, &'a Map<String, Json>);

fn by_class(defined: &DefinedSchemas) -> Result<Vec<Definition<'_>>, DefineSchemasError> {
    let mut seen = BTreeSet::new();
    let mut definitions = Vec::with_capacity(defined.definitions.len());
    for (position, definition) in defined.definitions.iter().enumerate() {
        let class = definition.get("className").and_then(Json::as_str);
        let (Some(class), Some(definition)) = (class, definition.as_object()) else {
            return Err(DefineSchemasError::NoClassName(position));
        };
        if !seen.insert(class) {
            return Err(DefineSchemasError::Twice(class.to_owned()));
        }
        definitions.push((class, definition));
    }
    Ok(definitions)
}

fn object(json: &Json) -> &Map<String, Json> {
    json.as_object().expect("json!({}) makes an object")
}

/// A definition is the only way to a new field.
fn without_add_field(permissions: Option<&Json>) -> Json {
    let mut permissions = permissions
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    permissions.insert("addField".to_owned(), json!({}));
    Json::Object(permissions)
}

fn defined_fields<'a>(
    class: &ClassName,
    definition: &'a Map<String, Json>,
) -> impl Iterator<Item = (&'a str, Json)> {
    let class = class.clone();
    let fields = definition.get("fields").and_then(Json::as_object);
    let own = fields
        .into_iter()
        .flatten()
        .filter(move |(name, _)| *name != "ACL" && defaults::column(&class, name).is_none());
    // A relation has no options.
    own.map(|(name, field)| match field["type"] == "Relation" {
        true => (
            name.as_str(),
            json!({"type": "Relation", "targetClass": field["targetClass"]}),
        ),
        false => (name.as_str(), field.clone()),
    })
}

fn defined_indexes<'a>(
    class: &ClassName,
    definition: &'a Map<String, Json>,
) -> impl Iterator<Item = (&'a str, &'a Json)> {
    let class = class.clone();
    let indexes = definition.get("indexes").and_then(Json::as_object);
    let own = indexes
        .into_iter()
        .flatten()
        .filter(move |(name, _)| !is_own_index(&class, name));
    own.map(|(name, keys)| (name.as_str(), keys))
}

/// Indexes that the service needs, defined or not.
fn is_own_index(class: &ClassName, name: &str) -> bool {
    name == "_id_"
        || defaults::indexes(class).contains_key(name)
        || (*class == ClassName::USER && name.starts_with("_auth_data_"))
        || (*class == ClassName::SESSION && matches!(name, "_session_token_1" | "_p_user_1"))
}

async fn create(node: &Node, class: &str, definition: &Map<String, Json>) -> Result<(), Failure> {
    let class = ClassName::parse(class)?;
    let fields: Map<String, Json> = defined_fields(&class, definition)
        .map(|(name, field)| (name.to_owned(), field))
        .collect();
    let indexes: Map<String, Json> = defined_indexes(&class, definition)
        .map(|(name, keys)| (name.to_owned(), keys.clone()))
        .collect();
    let permissions = without_add_field(definition.get("classLevelPermissions"));
    let body = json!({"fields": fields, "indexes": indexes, "classLevelPermissions": permissions});
    manage_schemas::make(node, &class, object(&body)).await?;
    Ok(())
}

/// How the fields of a class differ from their definition.
#[derive(Debug, Default)]
struct FieldChanges {
    set: Map<String, Json>,
    extra: Map<String, Json>,
    retyped: Map<String, Json>,
}

fn compare_fields(schema: &ClassSchema, definition: &Map<String, Json>) -> FieldChanges {
    let mut changes = FieldChanges::default();
    for (name, field) in defined_fields(&schema.class, definition) {
        match schema.fields.get(name) {
            Some(has) if FieldType::from_json(&field).is_ok_and(|wanted| wanted != *has) => {
                changes.retyped.insert(name.to_owned(), field);
            }
            _ => drop(changes.set.insert(name.to_owned(), field)),
        }
    }
    let fields = schema.fields.keys();
    let extra = fields
        .filter(|name| !changes.set.contains_key(*name) && !changes.retyped.contains_key(*name));
    changes.extra = extra.map(|name| (name.clone(), deletion())).collect();
    changes
}

fn deletion() -> Json {
    json!({"__op": "Delete"})
}

async fn update(
    node: &Node,
    schema: &ClassSchema,
    definition: &Map<String, Json>,
    defined: &DefinedSchemas,
) -> Result<(), Failure> {
    let mut changes = compare_fields(schema, definition);
    let mut current = schema.clone();
    let mut deleted = Map::new();
    if defined.delete_extra_fields {
        deleted.extend(std::mem::take(&mut changes.extra));
    } else if defined.strict && !changes.extra.is_empty() {
        let fields: Vec<&String> = changes.extra.keys().collect();
        warn!(class = %schema.class, ?fields, "fields exist that the schema does not define");
    }
    if defined.recreate_modified_fields {
        deleted.extend(
            changes
                .retyped
                .keys()
                .map(|name| (name.clone(), deletion())),
        );
        changes.set.extend(std::mem::take(&mut changes.retyped));
    } else if defined.strict && !changes.retyped.is_empty() {
        let fields: Vec<&String> = changes.retyped.keys().collect();
        warn!(class = %schema.class, ?fields, "fields have other types than the schema defines");
    }
    if !deleted.is_empty() {
        let body = json!({"fields": deleted});
        current = manage_schemas::alter(node, &current, object(&body)).await?;
    }
    let (now, later) = index_changes(schema, definition, defined);
    let permissions = without_add_field(definition.get("classLevelPermissions"));
    let body = json!({"fields": changes.set, "indexes": now, "classLevelPermissions": permissions});
    current = manage_schemas::alter(node, &current, object(&body)).await?;
    if !later.is_empty() {
        manage_schemas::alter(node, &current, object(&json!({"indexes": later}))).await?;
    }
    Ok(())
}

/// What to make and drop first, and what to make again once it is dropped.
fn index_changes(
    schema: &ClassSchema,
    definition: &Map<String, Json>,
    defined: &DefinedSchemas,
) -> (Map<String, Json>, Map<String, Json>) {
    let (mut now, mut later) = (Map::new(), Map::new());
    for (name, keys) in defined_indexes(&schema.class, definition) {
        match schema.indexes.get(name) {
            None => drop(now.insert(name.to_owned(), keys.clone())),
            Some(has) if has == keys => {}
            Some(_) => {
                now.insert(name.to_owned(), deletion());
                later.insert(name.to_owned(), keys.clone());
            }
        }
    }
    let wanted = definition.get("indexes").and_then(Json::as_object);
    let is_unknown = |name: &String| {
        !is_own_index(&schema.class, name) && wanted.is_none_or(|wanted| !wanted.contains_key(name))
    };
    if !defined.keep_unknown_indexes {
        let unknown = schema.indexes.keys().filter(|name| is_unknown(name));
        now.extend(unknown.map(|name| (name.clone(), deletion())));
    }
    (now, later)
}
