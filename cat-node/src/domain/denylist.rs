//! Keys and values that no request may carry, at any depth: they are levers against document stores and SDKs.

use serde_json::{Map, Value as Json, json};

use super::error::{ErrorCode, ParseError};

/// What a keyword is compared with: a text is a pattern that is looked for, anything else has to be equal.
pub trait TextPattern: std::fmt::Debug + Send + Sync {
    fn is_in(&self, text: &str) -> bool;
}

/// One side of a keyword.
#[derive(Debug)]
pub enum Term {
    /// A text without signs of a pattern: looked for as it is.
    Word(String),
    Pattern(Box<dyn TextPattern>),
    Value(Json),
}

impl Term {
    fn is_in_text(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => text.contains(word.as_str()),
            Self::Pattern(pattern) => pattern.is_in(text),
            Self::Value(_) => false,
        }
    }

    fn fits(&self, value: &Json) -> bool {
        match (self, value) {
            // A number is looked for in a text, as a pattern would be.
            (Self::Value(own), Json::String(text)) => text.contains(&own.to_string()),
            (_, Json::String(text)) => self.is_in_text(text),
            (Self::Value(own), value) => own == value && !value.is_object() && !value.is_array(),
            _ => false,
        }
    }
}

/// A key, a value, or a key with a value.
#[derive(Debug)]
pub struct Keyword {
    pub key: Option<Term>,
    pub value: Option<Term>,
    /// As the operator wrote it, for the refusal.
    pub written: String,
}

impl Keyword {
    fn fits(&self, key: &str, value: &Json) -> bool {
        match (&self.key, &self.value) {
            (Some(word), None) => word.is_in_text(key),
            (None, Some(word)) => word.fits(value),
            (Some(word), Some(other)) => word.is_in_text(key) && other.fits(value),
            (None, None) => false,
        }
    }
}

/// All of them, the first the strongest.
#[derive(Debug, Default)]
pub struct Denylist(pub Vec<Keyword>);

impl Denylist {
    /// Refuses what holds a keyword, naming the first of the list that fits anywhere.
    pub fn check(&self, body: &Map<String, Json>) -> Result<(), ParseError> {
        let Some(place) = self.first_in(body) else {
            return Ok(());
        };
        let text = format!(
            "Prohibited keyword in request data: {}.",
            self.0[place].written
        );
        Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text))
    }

    fn first_in(&self, body: &Map<String, Json>) -> Option<usize> {
        let mut first = self.0.len();
        let mut pending = Vec::new();
        let mut look = |key: &str, value: &Json| {
            let fitting = self.0[..first]
                .iter()
                .position(|word| word.fits(key, value));
            first = fitting.unwrap_or(first);
        };
        for (key, value) in body {
            look(key, value);
            pending.push(value);
        }
        while let Some(json) = pending.pop() {
            match json {
                Json::Object(map) => {
                    for (key, value) in map {
                        look(key, value);
                        pending.push(value);
                    }
                }
                Json::Array(items) => {
                    for (place, value) in items.iter().enumerate() {
                        look(&place.to_string(), value);
                        pending.push(value);
                    }
                }
                _ => {}
            }
        }
        (first < self.0.len()).then_some(first)
    }
}

/// A keyword as it is written in options and refusals.
pub fn written(key: Option<&Json>, value: Option<&Json>) -> String {
    let mut keyword = Map::new();
    for (name, part) in [("key", key), ("value", value)] {
        if let Some(part) = part {
            keyword.insert(name.to_owned(), part.clone());
        }
    }
    json!(keyword).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denylist() -> Denylist {
        let word = |text: &str| Some(Term::Word(text.to_owned()));
        let keyword = |key, value, written: &str| Keyword {
            key,
            value,
            written: written.to_owned(),
        };
        Denylist(vec![
            keyword(word("_bsontype"), word("Code"), "1"),
            keyword(word("constructor"), None, "2"),
            keyword(None, Some(Term::Value(json!(7))), "3"),
        ])
    }

    fn refused(body: &Json) -> Option<String> {
        let error = denylist().check(body.as_object().unwrap()).err()?;
        Some(error.message)
    }

    #[test]
    fn words_are_found_at_any_depth() {
        let text = |written: &str| Some(format!("Prohibited keyword in request data: {written}."));
        assert_eq!(
            refused(&json!({"a": [{"b": {"constructor": 1}}]})),
            text("2")
        );
        assert_eq!(refused(&json!({"myconstructors": 1})), text("2"));
        assert_eq!(refused(&json!({"a": [1, 7]})), text("3"));
        assert_eq!(
            refused(&json!({"a": {"constructor": 1}, "b": {"_bsontype": "Code"}})),
            text("1")
        );
        assert_eq!(
            refused(&json!({"_bsontype": "Long", "x": "constructor"})),
            None
        );
    }

    #[test]
    fn depth_costs_no_stack() {
        let mut deep = json!({"constructor": 1});
        for _ in 0..100 {
            deep = json!({"a": [deep]});
        }
        assert!(refused(&deep).is_some());
    }
}
