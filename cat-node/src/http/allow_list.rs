//! `routeAllowList`: the only routes that are open to those without a master or maintenance key.

use super::answer::Refusal;
use crate::caller::Key;
use crate::config::ParseSettings;
use crate::domain::error::{ErrorCode, ParseError};

/// Refuses what is not listed; `path` is below the mount path, as it came, with its query string.
pub fn check(settings: &ParseSettings, key: Key, method: &str, path: &str) -> Result<(), Refusal> {
    let Some(list) = settings
        .route_allow_list
        .as_ref()
        .filter(|_| key == Key::Client)
    else {
        return Ok(());
    };
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let inner = inner.split('?').next().unwrap_or_default();
    if list.iter().any(|pattern| pattern.is(inner)) {
        return Ok(());
    }
    Err(refused(method, inner))
}

/// The same for a request of a batch.
pub fn check_sub_request(
    settings: &ParseSettings,
    key: Key,
    method: &str,
    path: &str,
) -> Result<(), Refusal> {
    let method = method.to_uppercase();
    check(settings, key, &method, path).map_err(|_| refused(&method, path))
}

fn refused(method: &str, path: &str) -> Refusal {
    let detail = format!("Route not allowed by routeAllowList: {method} {path}");
    ParseError::denied(ErrorCode::OPERATION_FORBIDDEN, detail).into()
}
