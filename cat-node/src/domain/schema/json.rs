//! The wire form of schemas.

use serde_json::{Map, Value as Json, json};

use super::{ClassSchema, FieldType, defaults};
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

    pub fn from_json(json: &Json) -> Result<Self, ParseError> {
        let invalid = |text: String| ParseError::new(ErrorCode::INCORRECT_TYPE, text);
        let kind = json.get("type").and_then(Json::as_str);
        let kind = kind.ok_or_else(|| ParseError::new(ErrorCode::INVALID_JSON, "invalid JSON"))?;
        let target = || match json.get("targetClass").and_then(Json::as_str) {
            Some(class) => ClassName::parse(class),
            None => Err(ParseError::new(
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
            _ => return Err(invalid(format!("invalid field type: {kind}"))),
        })
    }
}

/// Class-level permissions when none were set: everyone may do everything that the access lists allow.
pub fn open_permissions() -> Json {
    json!({
        "ACL": {"*": {"read": true, "write": true}},
        "find": {"*": true},
        "count": {"*": true},
        "get": {"*": true},
        "create": {"*": true},
        "update": {"*": true},
        "delete": {"*": true},
        "addField": {"*": true},
        "protectedFields": {"*": []},
    })
}

impl ClassSchema {
    pub fn to_json(&self) -> Json {
        let mut fields = Map::new();
        for (name, kind) in defaults::columns(&self.class) {
            fields.insert((*name).to_owned(), kind.to_json());
            if *name == "updatedAt" {
                fields.insert("ACL".to_owned(), json!({"type": "ACL"}));
            }
        }
        for (name, kind) in &self.fields {
            fields.insert(name.clone(), kind.to_json());
        }
        json!({
            "className": self.class.as_str(),
            "fields": fields,
            "classLevelPermissions": self.permissions.clone().unwrap_or_else(open_permissions),
        })
    }
}
