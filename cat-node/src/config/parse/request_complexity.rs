//! `requestComplexity`: how much one request may ask for, unless it has the master key.

use serde::{Deserialize, Deserializer, de::Error};

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestComplexity {
    pub allow_regex: bool,
    #[serde(deserialize_with = "bound")]
    pub batch_request_limit: Option<usize>,
    #[serde(deserialize_with = "bound")]
    pub include_count: Option<usize>,
    #[serde(deserialize_with = "bound")]
    pub include_depth: Option<usize>,
    #[serde(deserialize_with = "bound")]
    pub query_depth: Option<usize>,
    #[serde(deserialize_with = "bound")]
    pub subquery_depth: Option<usize>,
    #[serde(deserialize_with = "bound")]
    pub subquery_limit: Option<usize>,
}

/// A positive number, or -1 for none.
fn bound<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    match i64::deserialize(deserializer)? {
        -1 => Ok(None),
        number => match usize::try_from(number) {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(D::Error::custom(
                "must be a positive integer or -1 to disable.",
            )),
        },
    }
}
