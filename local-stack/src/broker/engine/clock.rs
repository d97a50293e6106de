//! The broker's only reading of the clock.

use crate::broker::domain::ids::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, by the system's clock.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
