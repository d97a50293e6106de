//! Who calls a cloud function.

use shared_events::id::CatId;

use super::params::refuse;
use crate::domain::error::ParseError;

/// A logged-in cat and its roles (names without `role:`).
#[derive(Debug, Clone)]
pub struct Caller {
    pub cat: CatId,
    pub roles: Vec<String>,
}

/// What a caller without a session is told, in parse-server's words.
pub(super) fn must_log_in() -> ParseError {
    refuse("Validation failed. Please login to continue.")
}
