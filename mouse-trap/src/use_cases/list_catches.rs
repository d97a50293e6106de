//! Look at captures and bycatch: a cat sees its own, the royal court sees all.

use super::MouseTrap;
use crate::domain::access::Caller;
use crate::domain::catch::{Bycatch, Capture};
use crate::storage::{CaptureCounts, CatchFilter, CatchPlace, StorageError};
use shared_events::id::{CaptureId, CatId};
use thiserror::Error;

/// Why there is nothing to look at.
#[derive(Debug, Error)]
pub enum ListCatchesError {
    /// The list of another cat was asked for.
    #[error("the captures of cat {0} are that cat's own")]
    Forbidden(CatId),
    /// There is none that the caller may see.
    #[error("there is no capture {0} of yours")]
    Unknown(CaptureId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// One capture.
pub async fn get_capture(
    app: &MouseTrap,
    caller: &Caller,
    id: &CaptureId,
) -> Result<Capture, ListCatchesError> {
    let capture = app
        .storage
        .capture(id)
        .await?
        .filter(|capture| caller.acts_for(&capture.catch.hunter));
    capture.ok_or_else(|| ListCatchesError::Unknown(id.clone()))
}

/// Captures, newest first.
pub async fn list_captures(
    app: &MouseTrap,
    caller: &Caller,
    filter: CatchFilter,
    after: Option<CatchPlace>,
    limit: u32,
) -> Result<Vec<Capture>, ListCatchesError> {
    Ok(app
        .storage
        .captures(visible(caller, filter)?, after, limit)
        .await?)
}

/// How many captures there are.
pub async fn count_captures(
    app: &MouseTrap,
    caller: &Caller,
    filter: CatchFilter,
) -> Result<CaptureCounts, ListCatchesError> {
    Ok(app.storage.count_captures(visible(caller, filter)?).await?)
}

/// Bycatch, newest first.
pub async fn list_bycatch(
    app: &MouseTrap,
    caller: &Caller,
    filter: CatchFilter,
    after: Option<CatchPlace>,
    limit: u32,
) -> Result<Vec<Bycatch>, ListCatchesError> {
    Ok(app
        .storage
        .bycatch(visible(caller, filter)?, after, limit)
        .await?)
}

/// Narrows a list to what the caller may see.
fn visible(caller: &Caller, filter: CatchFilter) -> Result<CatchFilter, ListCatchesError> {
    match &filter.hunter {
        Some(hunter) if !caller.acts_for(hunter) => {
            Err(ListCatchesError::Forbidden(hunter.clone()))
        }
        None if !caller.royal_court => Ok(CatchFilter {
            hunter: Some(caller.cat.clone()),
            ..filter
        }),
        _ => Ok(filter),
    }
}
