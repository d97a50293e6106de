//! Aggregation: pipelines over a class's objects as MongoDB keeps them.
//!
//! parse-server hands a client's pipeline to MongoDB after renaming columns, so that it speaks of stored documents: `_id`,
//! `_created_at`, `_p_owner: "_User$id"`. `request` reads a request, `columns` renames, `present` turns results into the
//! protocol's form. In between MongoDB runs the pipeline, or `run` does the same on documents that `document` makes of objects.

use super::error::{ErrorCode, ParseError};
use super::value::{Fields, ParseValue};

pub mod accumulator;
pub mod columns;
pub mod distinct;
pub mod document;
pub mod expression;
pub mod flow;
pub mod literal;
pub mod matching;
pub mod meter;
pub mod order;
pub mod path;
pub mod present;
pub mod push_down;
pub mod request;
pub mod run;
pub mod stage;

/// An object as it is stored. Only plain kinds of values are in it, and dates and bytes.
pub type Document = Fields;

/// A step of a pipeline, in column names.
#[derive(Debug, Clone, PartialEq)]
pub struct RawStage {
    /// With its `$`.
    pub name: String,
    pub argument: ParseValue,
}

/// A refusal of a pipeline; the code that parse-server has for all of them.
pub fn refused(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::INVALID_QUERY, text)
}
