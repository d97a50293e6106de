//! Declare a capture wrong: it stays on record, and the exchange hears that it is none.

use super::{MOST_ATTEMPTS, MouseTrap};
use crate::domain::access::Caller;
use crate::domain::announcement::{Announcement, News};
use crate::domain::catch::{Capture, VoidReason, Voiding};
use crate::storage::{StorageError, TrapChange, Write};
use shared_events::id::CaptureId;
use thiserror::Error;

/// Why a capture was not voided.
#[derive(Debug, Error)]
pub enum VoidCaptureError {
    /// There is none that the caller may see.
    #[error("there is no capture {0} of yours")]
    Unknown(CaptureId),
    /// It was voided before.
    #[error("the capture {0} is voided already")]
    AlreadyVoided(CaptureId),
    /// Other writes kept coming first.
    #[error("the trap of capture {0} is too busy")]
    Contended(CaptureId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Voids a capture.
pub async fn void_capture(
    app: &MouseTrap,
    caller: &Caller,
    id: &CaptureId,
    reason: &VoidReason,
) -> Result<Capture, VoidCaptureError> {
    for _ in 0..MOST_ATTEMPTS {
        let capture = app
            .storage
            .capture(id)
            .await?
            .filter(|capture| caller.acts_for(&capture.catch.hunter));
        let mut capture = capture.ok_or_else(|| VoidCaptureError::Unknown(id.clone()))?;
        if capture.voided.is_some() {
            return Err(VoidCaptureError::AlreadyVoided(id.clone()));
        }
        let Some(mut trap) = app.storage.trap(&capture.catch.trap).await? else {
            return Err(VoidCaptureError::Unknown(id.clone()));
        };
        let now = app.clock.now();
        let voiding = Voiding {
            at: now,
            by: caller.cat.clone(),
            reason: reason.clone(),
        };
        capture.voided = Some(voiding.clone());
        let expected_version = trap.version;
        let sequence = trap.next_version();
        let news = News::CaptureVoided(Box::new(capture.clone()), voiding);
        let events = app.events(&[Announcement {
            sequence,
            recorded_at: now,
            news,
        }]);
        let change = TrapChange {
            expected_version,
            trap,
        };
        if app
            .storage
            .void_capture(capture.clone(), change, events)
            .await?
            == Write::Done
        {
            app.relay.notify_one();
            return Ok(capture);
        }
    }
    Err(VoidCaptureError::Contended(id.clone()))
}
