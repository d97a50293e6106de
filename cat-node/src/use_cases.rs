//! What cat-node does for its clients: a verb and a noun per file. Each loads, decides with the domain, stores, and
//! records the events of what it did in the same atomic write.

use crate::domain::error::{ErrorCode, ParseError};
use crate::storage::StorageError;

mod best_matches;
mod readable_class;
mod request_complexity;

pub mod aggregate_objects;
pub mod announce;
pub mod authenticate;
pub mod call_function;
pub mod challenge;
pub mod change_config;
pub mod check_names;
pub mod check_security;
mod chosen_id;
pub mod claim_request_id;
pub mod count_attempt;
pub mod create_object;
pub mod decide;
pub mod define_schemas;
pub mod delete_object;
pub mod delete_user;
pub mod extend_session;
pub mod find_objects;
pub mod find_text;
pub mod include_pointers;
pub mod let_in;
pub mod log_in;
pub mod log_in_with;
pub mod log_out;
pub mod manage_schemas;
pub mod manage_session;
pub mod read_config;
pub mod read_log;
pub mod reset_password;
pub mod resolve_where;
pub mod revoke_all;
pub mod role_grants;
pub mod save_installation;
pub mod set_password;
pub mod show_auth_data;
pub mod sign_up;
pub mod start_session;
pub mod update_object;
pub mod update_user;
pub mod user_fields;
pub mod verify_credentials;
pub mod verify_email;
pub mod vouch;
pub mod write_hidden_fields;
pub mod write_object;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The client asked for something that it cannot have; the words are the protocol's.
    #[error(transparent)]
    Refused(#[from] ParseError),
    /// The service could not do its part.
    #[error("{attempted} failed")]
    Outage {
        attempted: &'static str,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Refused(refusal) => Self::Refused(refusal),
            StorageError::NotFound { .. } => Self::Refused(ParseError::object_not_found()),
            StorageError::Duplicate { class, field } => {
                Self::Refused(duplicate(class.as_str(), &field))
            }
            StorageError::Unavailable { attempted, source } => Self::Outage {
                attempted,
                cause: source,
            },
        }
    }
}

fn duplicate(class: &str, field: &str) -> ParseError {
    match (class, field) {
        ("_User", "username") => ParseError::new(
            ErrorCode::USERNAME_TAKEN,
            "Account already exists for this username.",
        ),
        ("_User", "email") => ParseError::new(
            ErrorCode::EMAIL_TAKEN,
            "Account already exists for this email address.",
        ),
        ("_User", identity) if identity.starts_with("_auth_data_") => vouch::already_linked(),
        _ => ParseError::new(
            ErrorCode::DUPLICATE_VALUE,
            "A duplicate value for a field with unique values was provided",
        ),
    }
}
