//! `requestKeywordDenylist`: keys and values that no request may carry.

use serde::Deserialize;
use serde_json::Value as Json;

/// A key, a value, or both together; texts are patterns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyword {
    #[serde(default)]
    pub key: Option<Json>,
    #[serde(default)]
    pub value: Option<Json>,
}
