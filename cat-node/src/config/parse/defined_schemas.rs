//! `schema`: classes that are as the operator defines them, from the start on.

use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // they are parse-server's
pub struct DefinedSchemas {
    /// As the schemas API takes them.
    #[serde(default)]
    pub definitions: Vec<Json>,
    /// No start when a class cannot be made as it is defined.
    #[serde(default)]
    pub strict: bool,
    #[serde(default)]
    pub delete_extra_fields: bool,
    #[serde(default)]
    pub recreate_modified_fields: bool,
    #[serde(default)]
    pub lock_schemas: bool,
    #[serde(default)]
    pub keep_unknown_indexes: bool,
}
