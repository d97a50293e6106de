//! What a provider is asked, and what it says.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::Failure;

/// What a client brings of a provider, or what is stored of it.
pub type ProviderData = Map<String, Json>;

/// What the data is brought for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The user is new, or new to the provider.
    SetUp,
    LogIn,
    /// The user is in, and changes what the provider knows of it.
    Update,
    /// Something is asked for before a log-in.
    Challenge,
}

/// The circumstances.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub step: Step,
    /// What is stored of this provider.
    pub stored: Option<&'a ProviderData>,
    pub user_id: Option<&'a str>,
    pub is_master: bool,
    pub installation_id: Option<&'a str>,
    pub now: DateTime<Utc>,
}

/// What becomes of the data.
#[derive(Debug, Clone, PartialEq)]
pub enum Save {
    /// It is stored as it was brought.
    Given,
    /// This is stored.
    This(ProviderData),
    /// What is stored stays.
    Nothing,
    /// This is stored, and the request is refused all the same: the user has to come again.
    ThenRefuse(ProviderData, ParseError),
}

/// What a provider says for a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub save: Save,
    /// Told to the client under `authDataResponse`.
    pub response: Option<Json>,
}

impl Verdict {
    pub fn save(save: Save) -> Self {
        Self {
            save,
            response: None,
        }
    }

    pub fn as_given() -> Self {
        Self::save(Save::Given)
    }
}

/// Whether a user can be let in by this provider alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Default,
    /// It suffices, whatever else the user has linked.
    Solo,
    /// Who has linked it must bring it, beside another provider or a password.
    Additional,
}

impl Policy {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "solo" => Self::Solo,
            "additional" => Self::Additional,
            _ => return None,
        })
    }
}

/// One provider. Adapters keep nothing of one request for another, but for public keys.
#[async_trait]
pub trait AuthAdapter: fmt::Debug + Send + Sync {
    /// Finds out who the user is, before it is looked for: a code becomes an id. Data that repeats what is stored is
    /// not asked about.
    async fn identify(
        &self,
        _given: &mut ProviderData,
        _now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether what the client brings is true.
    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure>;

    fn policy(&self, _stored: Option<&ProviderData>) -> Policy {
        Policy::Default
    }

    /// What is shown of the stored data; `None` is all of it.
    fn shown(&self, _stored: &ProviderData, _is_master: bool) -> Option<ProviderData> {
        None
    }

    /// What a client needs before it can log in; `None` when the provider has nothing of the kind.
    async fn challenge(
        &self,
        _data: &Json,
        _given: Option<&Json>,
        _attempt: &Attempt<'_>,
    ) -> Result<Option<Json>, Failure> {
        Ok(None)
    }
}

/// The refusal of most providers.
pub fn not_found(text: impl Into<String>) -> Failure {
    ParseError::new(ErrorCode::OBJECT_NOT_FOUND, text).into_failure()
}

/// The refusal of an adapter that only has words.
pub fn script_failed(text: impl Into<String>) -> Failure {
    ParseError::new(ErrorCode::SCRIPT_FAILED, text).into_failure()
}

impl ParseError {
    pub(crate) fn into_failure(self) -> Failure {
        Failure::Refused(self)
    }
}

/// A text that the client brings.
pub fn text<'a>(data: &'a ProviderData, name: &str) -> Option<&'a str> {
    data.get(name)
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty())
}

/// An id, which some providers write as a number.
pub fn id_text(value: &Json) -> Option<String> {
    match value {
        Json::String(id) if !id.is_empty() => Some(id.clone()),
        Json::Number(id) if id.is_i64() || id.is_u64() => Some(id.to_string()),
        _ => None,
    }
}
