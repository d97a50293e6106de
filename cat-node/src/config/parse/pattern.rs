//! Regular expressions of the operator, in JavaScript's dialect: look-around is common in password patterns. They are
//! trusted, yet bounded: an expression that backtracks too long matches nothing.

use std::fmt;

use fancy_regex::Regex;
use serde::{Deserialize, Deserializer, de::Error};

/// Found anywhere in a text.
#[derive(Clone)]
pub struct Pattern(Regex);

/// Must be the whole text.
#[derive(Debug, Clone)]
pub struct WholePattern(Pattern);

/// Must be the start of the text.
#[derive(Debug, Clone)]
pub struct PathPattern(Pattern);

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, String> {
        Regex::new(text)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Whether it is found in a text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text).unwrap_or(false)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.0.as_str())
    }
}

impl WholePattern {
    /// `None` when it is no pattern.
    pub fn parse(text: &str) -> Option<Self> {
        Pattern::parse(&format!("^{text}$")).ok().map(Self)
    }

    pub fn is(&self, text: &str) -> bool {
        self.0.is_in(text)
    }
}

impl PathPattern {
    pub fn parse(text: &str) -> Result<Self, String> {
        let anchor = if text.starts_with('^') { "" } else { "^" };
        Pattern::parse(&format!("{anchor}{text}")).map(Self)
    }

    pub fn starts(&self, text: &str) -> bool {
        self.0.is_in(text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for WholePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "Parse Server option routeAllowList contains an invalid regex pattern: \"{text}\"."
            ))
        })
    }
}

impl<'de> Deserialize<'de> for PathPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_around_is_understood() {
        let strong = Pattern::parse("^(?=.*[a-z])(?=.*[0-9]).{4,}$").unwrap();
        assert!(strong.is_in("tuna1") && !strong.is_in("tuna") && !strong.is_in("a1"));
        assert!(Pattern::parse("(").is_err());
    }

    #[test]
    fn anchors_are_where_parse_server_puts_them() {
        let whole = WholePattern::parse("classes/Game").unwrap();
        assert!(whole.is("classes/Game") && !whole.is("classes/GameScore"));
        let start = PathPattern::parse("functions/.*").unwrap();
        assert!(start.starts("functions/x") && !start.starts("my/functions/x"));
    }
}
