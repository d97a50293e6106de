//! The wire form of schemas.

use serde_json::{Map, Value as Json, json};

use super::{ClassSchema, FieldType, class_permissions, defaults};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;

impl FieldType {
    pub fn to_json(&self) -> Json {
        match self {
            Self::Pointer(class) => json!({"type": "Pointer", "targetClass": class.as_str()}),
            Self::Relation(class) => json!({"type": "Relation", "targetClass": class.as_str()}),
            simple => json!({"type": simple.to_string()}),
        }
    }

    /// Reads `{"type": ..., "targetClass": ...}`.
    pub fn from_json(json: &Json) -> Result<Self, ParseError> {
        let invalid = || ParseError::new(ErrorCode::INVALID_JSON, "invalid JSON");
        let kind = json
            .get("type")
            .and_then(Json::as_str)
            .ok_or_else(invalid)?;
        let target = || match json.get("targetClass") {
            Some(Json::String(class)) if !class.is_empty() => ClassName::parse(class),
            Some(Json::Object(_) | Json::Array(_) | Json::Bool(true)) => Err(invalid()),
            Some(Json::Number(number)) if number.as_f64() != Some(0.0) => Err(invalid()),
            _ => Err(ParseError::new(
                ErrorCode::CLASS_NAME_MISSING,
                format!("type {kind} needs a class name"),
            )),
        };
        Ok(match kind {
            "String" => Self::String,
            "Number" => Self::Number,
            "Boolean" => Self::Boolean,
            "Date" => Self::Date,
            "Object" => Self::Object,
            "Array" => Self::Array,
            "GeoPoint" => Self::GeoPoint,
            "File" => Self::File,
            "Bytes" => Self::Bytes,
            "Polygon" => Self::Polygon,
            "Pointer" => Self::Pointer(target()?),
            "Relation" => Self::Relation(target()?),
            _ => {
                let text = format!("invalid field type: {kind}");
                return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
            }
        })
    }
}

impl ClassSchema {
    /// The class as the schemas API shows it.
    pub fn to_json(&self) -> Json {
        let mut fields = Map::new();
        for (name, kind) in defaults::columns(&self.class) {
            fields.insert((*name).to_owned(), self.field_to_json(name, kind));
            if *name == "updatedAt" {
                fields.insert("ACL".to_owned(), json!({"type": "ACL"}));
            }
        }
        for (name, kind) in &self.fields {
            fields.insert(name.clone(), self.field_to_json(name, kind));
        }
        let permissions = match &self.permissions {
            Some(permissions) => permissions.clone(),
            None if defaults::VOLATILE.contains(&self.class.as_str()) => json!({}),
            None => class_permissions::open(),
        };
        let mut shown = json!({
            "className": self.class.as_str(),
            "fields": fields,
            "classLevelPermissions": permissions,
        });
        if !self.indexes.is_empty() {
            shown["indexes"] = Json::Object(self.indexes.clone());
        }
        shown
    }

    fn field_to_json(&self, name: &str, kind: &FieldType) -> Json {
        let mut shown = kind.to_json();
        if let (Json::Object(shown), Some(options)) = (&mut shown, self.options.get(name)) {
            shown.extend(options.entries().clone());
        }
        shown
    }
}
