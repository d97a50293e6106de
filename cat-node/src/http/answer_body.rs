//! The body of an answer: a value, or JSON text that came ready from the store.

use serde_json::Value as Json;

use crate::use_cases::Failure;

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Value(Json),
    Text(String),
}

impl Body {
    /// As bytes for the wire.
    pub fn into_text(self) -> String {
        match self {
            Self::Value(json) => json.to_string(),
            Self::Text(text) => text,
        }
    }

    /// The value, to be changed; there is none where the answer came as text.
    pub fn value_mut(&mut self) -> Option<&mut Json> {
        match self {
            Self::Value(json) => Some(json),
            Self::Text(_) => None,
        }
    }

    /// As a value, for an answer that becomes a part of another one.
    pub fn into_value(self) -> Result<Json, Failure> {
        match self {
            Self::Value(json) => Ok(json),
            Self::Text(text) => serde_json::from_str(&text).map_err(|error| Failure::Outage {
                attempted: "reading what is stored",
                cause: error.into(),
            }),
        }
    }
}
