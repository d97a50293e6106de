//! Pages: bounded, newest first, from a cursor that is the number of the last thing seen.

use serde::Deserialize;
use service_chassis::http::Problem;
use utoipa::IntoParams;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;

/// Which page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// `next_cursor` of the page before.
    #[param(example = 4711)]
    cursor: Option<u64>,
    /// How many things, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000, example = 100)]
    limit: Option<usize>,
}

impl Paging {
    /// Only what has a smaller number than this.
    pub(super) fn before(&self) -> u64 {
        self.cursor.unwrap_or(u64::MAX)
    }

    pub(super) fn limit(&self) -> Result<usize, Problem> {
        in_range("limit", self.limit.unwrap_or(DEFAULT_LIMIT), MAX_LIMIT)
    }
}

pub(super) fn in_range(name: &str, value: usize, most: usize) -> Result<usize, Problem> {
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(Problem::bad_request(
        "invalid-query",
        format!("{name} is {value}; it must be 1 to {most}"),
    ))
}
