//! What each refusal of a use case is in HTTP.

use crate::domain::trap::{AuthenticateTrapError, Retired};
use crate::storage::StorageError;
use crate::use_cases::list_catches::ListCatchesError;
use crate::use_cases::record_reports::RecordReportsError;
use crate::use_cases::register_site::RegisterSiteError;
use crate::use_cases::register_trap::RegisterTrapError;
use crate::use_cases::renew_credential::RenewCredentialError;
use crate::use_cases::retire_trap::RetireTrapError;
use crate::use_cases::void_capture::VoidCaptureError;
use actix_web::http::StatusCode;
use service_chassis::http::{FieldProblem, Problem};
use std::fmt::Display;

/// A part of the request that was wrong, by its JSON pointer.
pub(super) fn field(pointer: impl Into<String>, error: impl Display) -> FieldProblem {
    FieldProblem {
        pointer: pointer.into(),
        detail: error.to_string(),
    }
}

/// A well-formed body with values that cannot be.
pub(super) fn invalid(errors: Vec<FieldProblem>) -> Problem {
    let first = errors
        .first()
        .map(|error| format!("{}: {}", error.pointer, error.detail))
        .unwrap_or_default();
    Problem::unprocessable("invalid-value", first).with_errors(errors)
}

/// A parameter of the path or the query that cannot be.
pub(super) fn invalid_parameter(name: &str, error: impl Display) -> Problem {
    Problem::bad_request("invalid-parameter", format!("{name}: {error}"))
}

pub(super) fn outage(error: &StorageError) -> Problem {
    Problem::unavailable(error)
}

pub(super) fn unknown_trap(error: impl Display) -> Problem {
    Problem::not_found("unknown-trap", error.to_string())
}

fn busy(error: impl Display) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", error.to_string()).with_retry_after(1)
}

fn retired(error: Retired) -> Problem {
    Problem::conflict("trap-retired", error.to_string())
}

pub(super) fn register_site(error: RegisterSiteError) -> Problem {
    match error {
        RegisterSiteError::Forbidden => Problem::forbidden(error.to_string()),
        RegisterSiteError::Exists(_) => Problem::conflict("site-exists", error.to_string()),
        RegisterSiteError::Storage(error) => outage(&error),
    }
}

pub(super) fn register_trap(error: RegisterTrapError) -> Problem {
    match error {
        RegisterTrapError::ForAnother => Problem::forbidden(error.to_string()),
        RegisterTrapError::UnknownSite(_) => invalid(vec![field("/site", error)]),
        RegisterTrapError::Exists(_) => Problem::conflict("trap-exists", error.to_string()),
        RegisterTrapError::Storage(error) => outage(&error),
    }
}

pub(super) fn renew_credential(error: RenewCredentialError) -> Problem {
    match error {
        RenewCredentialError::UnknownTrap(_) => unknown_trap(error),
        RenewCredentialError::Forbidden(_) => Problem::forbidden(error.to_string()),
        RenewCredentialError::Retired(error) => retired(error),
        RenewCredentialError::Contended(_) => busy(error),
        RenewCredentialError::Storage(error) => outage(&error),
    }
}

pub(super) fn retire_trap(error: RetireTrapError) -> Problem {
    match error {
        RetireTrapError::UnknownTrap(_) => unknown_trap(error),
        RetireTrapError::Forbidden(_) => Problem::forbidden(error.to_string()),
        RetireTrapError::Contended(_) => busy(error),
        RetireTrapError::Storage(error) => outage(&error),
    }
}

pub(super) fn record_reports(error: RecordReportsError) -> Problem {
    match error {
        RecordReportsError::UnknownTrap(_) => unknown_trap(error),
        RecordReportsError::NotTheTrap(AuthenticateTrapError::WrongCredential) => {
            Problem::unauthorized(error.to_string())
        }
        RecordReportsError::NotTheTrap(AuthenticateTrapError::Retired(error)) => retired(error),
        RecordReportsError::Contended(_) => busy(error),
        RecordReportsError::Storage(error) => outage(&error),
    }
}

pub(super) fn list_catches(error: ListCatchesError) -> Problem {
    match error {
        ListCatchesError::Forbidden(_) => Problem::forbidden(error.to_string()),
        ListCatchesError::Unknown(_) => Problem::not_found("unknown-capture", error.to_string()),
        ListCatchesError::Storage(error) => outage(&error),
    }
}

pub(super) fn void_capture(error: VoidCaptureError) -> Problem {
    match error {
        VoidCaptureError::Unknown(_) => Problem::not_found("unknown-capture", error.to_string()),
        VoidCaptureError::AlreadyVoided(_) => {
            Problem::conflict("already-voided", error.to_string())
        }
        VoidCaptureError::Contended(_) => busy(error),
        VoidCaptureError::Storage(error) => outage(&error),
    }
}
