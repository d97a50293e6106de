//! Answers: status, JSON, and what refusals and outages look like to a client.

use serde_json::{Map, Value as Json, json};

use super::answer_body::Body;
use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::Failure;
use crate::use_cases::authenticate::AuthenticateError;

/// What a client gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Body,
    pub location: Option<String>,
}

impl Answer {
    pub fn ok(body: impl Into<Json>) -> Self {
        Self {
            status: 200,
            body: Body::Value(body.into()),
            location: None,
        }
    }

    /// An answer that is JSON text already.
    pub fn text(text: String) -> Self {
        Self {
            body: Body::Text(text),
            ..Self::empty()
        }
    }

    pub fn empty() -> Self {
        Self::ok(Map::new())
    }

    pub fn created(body: Map<String, Json>, location: String) -> Self {
        Self {
            status: 201,
            body: Body::Value(body.into()),
            location: Some(location),
        }
    }

    pub fn with_status(status: u16, body: Json) -> Self {
        Self {
            status,
            body: Body::Value(body),
            location: None,
        }
    }
}

/// Why there is no answer of the wanted kind.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A refusal in the protocol's numbers and words.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A refusal without a number: `{"error": "request entity too large"}`.
    #[error("{text} ({status})")]
    Plain { status: u16, text: String },
    /// Not let in: no such application, no such key.
    #[error("unauthorized")]
    Unauthorized,
    /// Only for the master key.
    #[error("the master key is required")]
    MasterOnly,
    /// Too many requests of a kind (429).
    #[error("{0}")]
    RateLimited(String),
    /// There is nothing to be asked in this way.
    #[error("cannot {method} {path}")]
    UnknownRoute { method: String, path: String },
    /// The service failed.
    #[error(transparent)]
    Outage(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => Self::Parse(error),
            outage @ Failure::Outage { .. } => Self::Outage(outage),
        }
    }
}

impl From<AuthenticateError> for Refusal {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::Unauthorized => Self::unauthorized(),
            AuthenticateError::WrongAddress => Self::Plain {
                status: 403,
                text: "unauthorized".to_owned(),
            },
            AuthenticateError::Session(failure) => failure.into(),
        }
    }
}

impl Refusal {
    pub fn plain(status: u16, text: String) -> Self {
        Self::Plain { status, text }
    }

    pub fn too_large() -> Self {
        Self::plain(413, "request entity too large".to_owned())
    }

    pub fn unauthorized() -> Self {
        Self::Unauthorized
    }

    /// For what only the master key may do.
    pub fn master_only() -> Self {
        Self::MasterOnly
    }

    pub fn unknown_route(method: &str, path: &str) -> Self {
        Self::UnknownRoute {
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    pub fn status(&self) -> u16 {
        match self {
            Self::Parse(error) if error.code == ErrorCode::OBJECT_NOT_FOUND => 404,
            Self::Parse(error) if error.code == ErrorCode::INTERNAL_SERVER_ERROR => 500,
            Self::Parse(_) => 400,
            Self::Plain { status, .. } => *status,
            Self::Unauthorized | Self::MasterOnly => 403,
            Self::RateLimited(_) => 429,
            Self::UnknownRoute { .. } => 404,
            Self::Outage(_) => 500,
        }
    }

    /// `{code, error}`; the details of an outage stay here, in the log. `says_why`: whether refusals that have a
    /// reason tell it.
    pub fn body(&self, says_why: bool) -> Json {
        match self {
            Self::Parse(error) => {
                let told = error.detail.as_ref().filter(|_| says_why);
                json!({"code": error.code.0, "error": told.unwrap_or(&error.message)})
            }
            Self::Plain { text, .. } => json!({"error": text}),
            Self::Unauthorized => json!({"error": "unauthorized"}),
            Self::MasterOnly if says_why => {
                json!({"error": "unauthorized: master key is required"})
            }
            Self::MasterOnly => json!({"error": "Permission denied"}),
            Self::RateLimited(text) => {
                json!({"code": ErrorCode::CONNECTION_FAILED.0, "error": text})
            }
            Self::UnknownRoute { method, path } => {
                let text = format!("cannot route {method} {path}");
                json!({"code": ErrorCode::INVALID_JSON.0, "error": text})
            }
            Self::Outage(failure) => {
                tracing::error!(
                    error = failure as &dyn std::error::Error,
                    "a request could not be served"
                );
                json!({"code": 1, "message": "Internal server error."})
            }
        }
    }
}
