//! Patterns of `$regex`, compiled in linear-time form. The dialect is Rust's: look-around and back-references are
//! refused (102), `\Q..\E` quoting is understood because the SDKs' `startsWith` and `contains` use it.

use regex::{Regex, RegexBuilder};

use super::Pattern;
use crate::domain::error::{ErrorCode, ParseError};

/// Largest compiled pattern.
const MAX_COMPILED_BYTES: usize = 256 * 1024;
/// Longest pattern that is taken.
pub const MAX_PATTERN_CHARS: usize = 4096;

impl Pattern {
    /// The pattern, ready to be run; refuses what the dialect does not know.
    pub fn compile(&self) -> Result<Regex, ParseError> {
        let refuse = || {
            ParseError::new(
                ErrorCode::INVALID_QUERY,
                format!("Invalid regular expression: {}", self.source),
            )
        };
        if self.source.len() > MAX_PATTERN_CHARS {
            return Err(refuse());
        }
        let option = |letter: char| self.options.contains(letter);
        RegexBuilder::new(&unquote(&self.source))
            .case_insensitive(option('i'))
            .multi_line(option('m'))
            .dot_matches_new_line(option('s'))
            .ignore_whitespace(option('x'))
            .size_limit(MAX_COMPILED_BYTES)
            .build()
            .map_err(|_| refuse())
    }

    /// The text that every match starts with, when the pattern is `^\Qtext\E` and nothing else: what an index can find.
    pub fn literal_prefix(&self) -> Option<&str> {
        let quoted = self.source.strip_prefix("^\\Q")?.strip_suffix("\\E")?;
        (self.options.is_empty() && !quoted.contains("\\E")).then_some(quoted)
    }

    /// The text of `equal_ignoring_case`, when the pattern is one and the text is ASCII.
    pub fn equal_text_ignoring_case(&self) -> Option<String> {
        let escaped = self.source.strip_prefix('^')?.strip_suffix('$')?;
        let mut text = String::with_capacity(escaped.len());
        let mut letters = escaped.chars();
        while let Some(letter) = letters.next() {
            text.push(if letter == '\\' {
                letters.next()?
            } else {
                letter
            });
        }
        let is_literal = self.options == "i" && regex::escape(&text) == escaped;
        (is_literal && text.is_ascii()).then_some(text)
    }

    /// A pattern that only this text matches, whatever the case of its letters.
    pub fn equal_ignoring_case(text: &str) -> Self {
        Self {
            source: format!("^{}$", regex::escape(text)),
            options: "i".to_owned(),
        }
    }
}

/// Turns `\Q..\E` into an escaped literal.
fn unquote(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, quoted)) = rest.split_once("\\Q") {
        let (literal, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
        out.push_str(before);
        out.push_str(&regex::escape(literal));
        rest = after;
    }
    out.push_str(&rest.replace("\\E", ""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(source: &str, options: &str) -> Pattern {
        Pattern {
            source: source.into(),
            options: options.into(),
        }
    }

    #[test]
    fn quoted_text_is_literal() {
        let regex = pattern("^\\Qa.b(\\E", "").compile().unwrap();
        assert!(regex.is_match("a.b(c") && !regex.is_match("axb("));
        assert_eq!(pattern("^\\Qa.b\\E", "").literal_prefix(), Some("a.b"));
    }

    #[test]
    fn a_text_without_its_case_is_known_again() {
        let name = Pattern::equal_ignoring_case("Tom.O'Cat+1@x");
        assert!(
            name.compile().unwrap().is_match("tom.o'cat+1@X")
                && !name.compile().unwrap().is_match("tomxo'cat+1@x")
        );
        assert_eq!(
            name.equal_text_ignoring_case().as_deref(),
            Some("Tom.O'Cat+1@x")
        );
        assert_eq!(pattern("^a.b$", "i").equal_text_ignoring_case(), None);
        assert_eq!(pattern("^ab$", "").equal_text_ignoring_case(), None);
    }

    #[test]
    fn what_cannot_run_in_linear_time_is_refused() {
        assert!(pattern("(a)\\1", "").compile().is_err());
        assert!(pattern("(?=x)", "").compile().is_err());
        assert!(pattern("(a{1000}){1000}", "").compile().is_err());
    }
}
