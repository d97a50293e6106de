//! How a read is to be done, beside what it is to find: parse-server hands these to MongoDB.

use serde_json::Value as Json;

use crate::domain::error::{ErrorCode, ParseError};

/// What a client says about the way to an answer. Nothing of it changes the answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadOptions {
    /// The index to use: its name, or its keys.
    pub hint: Option<Json>,
    /// For the database's own log.
    pub comment: Option<String>,
    pub preference: Option<ReadPreference>,
}

/// Which member of a replica set is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadPreference {
    Primary,
    PrimaryPreferred,
    Secondary,
    SecondaryPreferred,
    Nearest,
}

impl ReadPreference {
    /// Reads parse-server's spelling, in any case; the empty text says nothing.
    pub fn parse(text: &str) -> Result<Option<Self>, ParseError> {
        Ok(Some(match text.to_uppercase().as_str() {
            "" => return Ok(None),
            "PRIMARY" => Self::Primary,
            "PRIMARY_PREFERRED" => Self::PrimaryPreferred,
            "SECONDARY" => Self::Secondary,
            "SECONDARY_PREFERRED" => Self::SecondaryPreferred,
            "NEAREST" => Self::Nearest,
            _ => return Err(refused("Not supported read preference.")),
        }))
    }
}

/// How much of a plan is asked for instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    QueryPlanner,
    ExecutionStats,
    AllPlansExecution,
}

impl Explain {
    pub fn parse(json: &Json) -> Result<Self, ParseError> {
        match json {
            Json::Bool(true) => Ok(Self::AllPlansExecution),
            Json::String(text) => match text.as_str() {
                "true" | "allPlansExecution" => Ok(Self::AllPlansExecution),
                "queryPlanner" | "queryPlannerExtended" => Ok(Self::QueryPlanner),
                "executionStats" => Ok(Self::ExecutionStats),
                _ => Err(refused("Invalid value for explain")),
            },
            _ => Err(refused("Invalid value for explain")),
        }
    }

    /// MongoDB's word for it.
    pub fn verbosity(self) -> &'static str {
        match self {
            Self::QueryPlanner => "queryPlanner",
            Self::ExecutionStats => "executionStats",
            Self::AllPlansExecution => "allPlansExecution",
        }
    }
}

/// A hint that no index of the class answers to.
pub fn unknown_hint() -> ParseError {
    refused("hint provided does not correspond to an existing index")
}

fn refused(text: &str) -> ParseError {
    ParseError::new(ErrorCode::INVALID_QUERY, text)
}
