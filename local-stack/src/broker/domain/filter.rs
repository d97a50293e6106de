//! A subscription's filter: which messages it wants, by their attributes.
//!
//! The language is Google's (Pub/Sub documentation, "Filter messages from a subscription").

mod parser;
mod scanner;

use super::limits::{MAX_FILTER_BYTES, MAX_FILTER_DEPTH};
use super::refusal::Refusal;
use std::collections::HashMap;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    Has(String),
    Equals(String, String),
    HasPrefix(String, String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Filter {
    /// Reads a filter; an empty text is none.
    ///
    /// # Errors
    /// What is wrong and where.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        if text.len() > MAX_FILTER_BYTES {
            return Err(Refusal::invalid(format!(
                "Invalid filter: it is longer than {MAX_FILTER_BYTES} bytes."
            )));
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        parser::parse(text, MAX_FILTER_DEPTH)
            .map(Some)
            .map_err(|problem| {
                Refusal::invalid(format!("Invalid filter: {problem} (filter={text})"))
            })
    }

    pub(crate) fn matches(&self, attributes: &HashMap<String, String>) -> bool {
        match self {
            Self::Has(key) => attributes.contains_key(key),
            Self::Equals(key, value) => attributes.get(key) == Some(value),
            Self::HasPrefix(key, prefix) => attributes
                .get(key)
                .is_some_and(|value| value.starts_with(prefix)),
            Self::Not(inner) => !inner.matches(attributes),
            Self::All(inner) => inner.iter().all(|filter| filter.matches(attributes)),
            Self::Any(inner) => inner.iter().any(|filter| filter.matches(attributes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, attributes: &[(&str, &str)]) -> bool {
        let attributes = attributes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Filter::parse(filter)
            .expect(filter)
            .expect("not empty")
            .matches(&attributes)
    }

    #[test]
    fn operators_select_by_attribute() {
        let mouse = [("kind", "mouse"), ("ce-type", "net.miaou.caught.v1")];
        for yes in [
            "attributes:kind",
            "attributes.kind = \"mouse\"",
            "attributes.kind=\"mouse\"",
            "attributes.kind != \"rat\"",
            "attributes.other != \"rat\"",
            "attributes.ce-type = \"net.miaou.caught.v1\"",
            "hasPrefix(attributes.\"ce-type\", \"net.miaou\")",
            "NOT attributes:other",
            "-attributes:other",
            "attributes:kind AND NOT attributes:other AND attributes:\"ce-type\"",
            "attributes:kind AND (attributes:other OR attributes.kind = \"mouse\")",
            "((attributes:kind))",
            "attributes.kind = \"m\\x6fu\\163\\u0065\"",
        ] {
            assert!(matches(yes, &mouse), "{yes}");
        }
        for no in [
            "attributes:Kind",
            "attributes.kind = \"Mouse\"",
            "NOT (attributes:kind OR attributes:other)",
        ] {
            assert!(!matches(no, &mouse), "{no}");
        }
    }

    #[test]
    fn bad_filters_are_refused() {
        for bad in [
            "kind = \"mouse\"",
            "attributes.kind",
            "attributes.kind = mouse",
            "attributes.kind == \"mouse\"",
            "attributes:kind AND",
            "attributes:a AND attributes:b OR attributes:c",
            "(attributes:a",
            "attributes:a)",
            "hasPrefix(attributes.a)",
            "attributes.a = \"open",
            "attributes.a = \"\\q\"",
            "NOT",
            &format!("attributes:{}", "a".repeat(256)),
            &format!("{}attributes:a", "NOT ".repeat(40)),
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Filter::parse("  "), Ok(None));
    }
}
