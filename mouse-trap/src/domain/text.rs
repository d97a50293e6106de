//! Short texts that people read: names and reasons that fit on a line.

use std::fmt;
use thiserror::Error;

/// 1 to `LONGEST` characters, none of them a control character, no spaces around.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line<const LONGEST: usize>(String);

/// The text does not fit on its line.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("1 to {longest} characters are allowed, none of them a control character")]
pub struct LineError {
    /// The most characters that fit.
    pub longest: usize,
}

impl<const LONGEST: usize> Line<LONGEST> {
    /// Checks a text; spaces around it are dropped.
    pub fn new(text: &str) -> Result<Self, LineError> {
        let text = text.trim();
        let fits =
            (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(LineError { longest: LONGEST })
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LONGEST: usize> fmt::Display for Line<LONGEST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_printable() {
        assert_eq!(
            Line::<5>::new(" Barn ").map(|name| name.to_string()),
            Ok("Barn".into())
        );
        assert_eq!(
            Line::<5>::new("ééééé").map(|name| name.to_string()),
            Ok("ééééé".into())
        );
        for bad in ["", "  ", "a\nb", "a\0", "abcdef"] {
            assert_eq!(
                Line::<5>::new(bad),
                Err(LineError { longest: 5 }),
                "{bad:?}"
            );
        }
    }
}
