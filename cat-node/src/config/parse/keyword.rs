//! `requestKeywordDenylist`: keys and values that no request may carry.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value as Json;

use super::pattern::Pattern;
use crate::domain::denylist::{Denylist, Keyword, Term, TextPattern, written};

impl TextPattern for Pattern {
    fn is_in(&self, text: &str) -> bool {
        Self::is_in(self, text)
    }
}

/// A key, a value, or both together; texts are patterns.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    key: Option<Json>,
    #[serde(default)]
    value: Option<Json>,
}

fn term(part: &Json) -> Result<Term, String> {
    let Json::String(text) = part else {
        return Ok(Term::Value(part.clone()));
    };
    let is_word = text
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_');
    Ok(if is_word {
        Term::Word(text.clone())
    } else {
        Term::Pattern(Box::new(Pattern::parse(text)?))
    })
}

pub(super) fn denylist<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Denylist>, D::Error> {
    let keywords = Vec::<Written>::deserialize(deserializer)?;
    let keywords = keywords.iter().map(|keyword| {
        Ok(Keyword {
            key: keyword.key.as_ref().map(term).transpose()?,
            value: keyword.value.as_ref().map(term).transpose()?,
            written: written(keyword.key.as_ref(), keyword.value.as_ref()),
        })
    });
    let keywords: Result<_, String> = keywords.collect();
    Ok(Arc::new(Denylist(keywords.map_err(D::Error::custom)?)))
}
