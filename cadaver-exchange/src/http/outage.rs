//! What stands in the way, as problems.

use crate::{engine::NotTrading, storage::StorageError};
use actix_web::http::StatusCode;
use service_chassis::http::Problem;

pub(super) fn stopped(error: NotTrading) -> Problem {
    match error {
        NotTrading::StandBy => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Problem::new(status, "stand-by", error.to_string()).with_retry_after(1)
        }
        NotTrading::Stopped => Problem::unavailable(&error),
    }
}

#[allow(clippy::needless_pass_by_value)] // it is the end of the error
pub(super) fn storage(error: StorageError) -> Problem {
    Problem::unavailable(&error)
}
