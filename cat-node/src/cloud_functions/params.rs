//! Reads the parameters of a cloud function precisely: what is missing, wrong or unknown is refused by name.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::value::ParseValue;
use crate::domain::value::json::value_from_json;

/// Whole numbers up to here are exact in every Parse SDK.
const MAX_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

pub(super) fn refuse(text: impl Into<String>) -> ParseError {
    ParseError::new(ErrorCode::VALIDATION_ERROR, text)
}

/// Parameters that are read one by one; [`Params::finish`] refuses those that nobody read.
#[derive(Debug)]
pub(super) struct Params {
    given: Map<String, Json>,
}

impl Params {
    pub(super) fn new(given: Map<String, Json>) -> Self {
        Self { given }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, ParseError> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, ParseError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(refuse(format!(
                "The parameter {name} must be a non-empty string."
            ))),
        }
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&mut self, name: &str, most: u64) -> Result<u64, ParseError> {
        self.optional_count(name, most)?
            .ok_or_else(|| missing(name))
    }

    pub(super) fn optional_count(
        &mut self,
        name: &str,
        most: u64,
    ) -> Result<Option<u64>, ParseError> {
        let Some(given) = self.take(name) else {
            return Ok(None);
        };
        match whole(&given) {
            Some(number) if (1..=most).contains(&number) => Ok(Some(number)),
            _ => Err(refuse(format!(
                "The parameter {name} must be a whole number from 1 to {most}."
            ))),
        }
    }

    /// One of the words that there are.
    pub(super) fn optional_word(
        &mut self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ParseError> {
        let Some(given) = self.take(name) else {
            return Ok(None);
        };
        let word = words.iter().find(|word| given.as_str() == Some(**word));
        word.copied().map(Some).ok_or_else(|| {
            let all = words.join(", ");
            refuse(format!("The parameter {name} must be one of {all}."))
        })
    }

    pub(super) fn optional_flag(&mut self, name: &str) -> Result<Option<bool>, ParseError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(refuse(format!(
                "The parameter {name} must be true or false."
            ))),
        }
    }

    /// A Parse `Date`, as SDKs send a date among parameters.
    pub(super) fn optional_date(
        &mut self,
        name: &str,
    ) -> Result<Option<DateTime<Utc>>, ParseError> {
        let Some(given) = self.take(name) else {
            return Ok(None);
        };
        match value_from_json(&given) {
            Ok(ParseValue::Date(date)) => Ok(Some(date)),
            _ => Err(refuse(format!("The parameter {name} must be a Date."))),
        }
    }

    /// Refuses what was given beyond what the function knows.
    pub(super) fn finish(self) -> Result<(), ParseError> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(name) => Err(refuse(format!("The parameter {name} is not known."))),
        }
    }

    /// `null` is as good as absent.
    fn take(&mut self, name: &str) -> Option<Json> {
        self.given.remove(name).filter(|value| !value.is_null())
    }
}

fn missing(name: &str) -> ParseError {
    refuse(format!("The parameter {name} is required."))
}

/// JavaScript has no integers: `3.0` is as whole as `3`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole, not negative, within 2^53
fn whole(json: &Json) -> Option<u64> {
    let number = json.as_f64()?;
    let is_whole = number.fract() == 0.0 && (0.0..=MAX_EXACT_INTEGER).contains(&number);
    is_whole.then_some(number as u64)
}
