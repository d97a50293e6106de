//! `idempotencyOptions`: which requests are done once for their `X-Parse-Request-Id`.

use serde::Deserialize;

use super::pattern::PathPattern;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdempotencyOptions {
    /// How long an id is remembered, in seconds.
    pub ttl: f64,
    /// Paths without their first and last slash.
    pub paths: Vec<PathPattern>,
}

impl IdempotencyOptions {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.ttl.is_nan() {
            return Err("idempotency TTL value must be a number".to_owned());
        }
        if self.ttl <= 0.0 {
            return Err("idempotency TTL value must be greater than 0 seconds".to_owned());
        }
        Ok(())
    }
}
