//! What stands in the way, as problems.

use crate::{engine::EngineStopped, storage::StorageError};
use service_chassis::http::Problem;

pub(super) fn stopped(error: EngineStopped) -> Problem {
    Problem::unavailable(&error)
}

#[allow(clippy::needless_pass_by_value)] // it is the end of the error
pub(super) fn storage(error: StorageError) -> Problem {
    Problem::unavailable(&error)
}
