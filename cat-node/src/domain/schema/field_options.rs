//! What a field asks of its values beyond their type: that there is one, or which one to take when there is none.

use serde_json::{Map, Value as Json};

/// Everything that a field's definition says beside `type` and `targetClass`. Options without a meaning here are kept, as
/// parse-server keeps them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldOptions(Map<String, Json>);

impl FieldOptions {
    /// The options in a definition like `{"type": "String", "required": true}`.
    pub fn of_definition(definition: &Map<String, Json>) -> Self {
        let options = definition
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "type" | "targetClass"));
        Self(
            options
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object must have a value here.
    pub fn is_required(&self) -> bool {
        self.0.get("required") == Some(&Json::Bool(true))
    }

    /// What a new object gets when it brings nothing.
    pub fn default_value(&self) -> Option<&Json> {
        self.0.get("defaultValue").filter(|value| !value.is_null())
    }

    pub fn entries(&self) -> &Map<String, Json> {
        &self.0
    }
}
