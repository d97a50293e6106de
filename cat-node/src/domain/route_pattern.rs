//! Routes as parse-server's options write them: `/classes/:name`, `/functions/*path`, `/files{/:id}`. Case and one slash
//! more at the end make no difference.

use regex::{Regex, RegexBuilder};

/// Most of a compiled pattern.
const MAX_COMPILED_BYTES: usize = 256 * 1024;
/// What has no meaning in a route, and is reserved.
const RESERVED: &str = "()[]+?!";

/// A set of paths.
#[derive(Debug, Clone)]
pub struct RoutePattern(Regex);

impl RoutePattern {
    /// The pattern; or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let letters: Vec<char> = text.chars().collect();
        let mut reader = Reader {
            letters: &letters,
            at: 0,
        };
        let inner = reader.sequence(false)?;
        RegexBuilder::new(&format!("^(?:{inner})/?$"))
            .case_insensitive(true)
            .size_limit(MAX_COMPILED_BYTES)
            .build()
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub fn fits(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    /// Up to the end, or to the brace that ends an optional part.
    fn sequence(&mut self, is_group: bool) -> Result<String, String> {
        let mut pattern = String::new();
        while let Some(letter) = self.letters.get(self.at).copied() {
            self.at += 1;
            match letter {
                '\\' => {
                    let escaped = self
                        .letters
                        .get(self.at)
                        .ok_or_else(|| self.unexpected("END"))?;
                    pattern.push_str(&regex::escape(&escaped.to_string()));
                    self.at += 1;
                }
                ':' => {
                    self.name()?;
                    pattern.push_str("[^/]+?");
                }
                '*' => {
                    self.name()?;
                    pattern.push_str(".+");
                }
                '{' => pattern.push_str(&format!("(?:{})?", self.sequence(true)?)),
                '}' if is_group => return Ok(pattern),
                letter if letter == '}' || RESERVED.contains(letter) => {
                    return Err(self.unexpected(&letter.to_string()));
                }
                letter => pattern.push_str(&regex::escape(&letter.to_string())),
            }
        }
        if is_group {
            return Err(self.unexpected("END"));
        }
        Ok(pattern)
    }

    fn name(&mut self) -> Result<(), String> {
        let start = self.at;
        let is_part = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
        while self.letters.get(self.at).is_some_and(is_part) {
            self.at += 1;
        }
        if self.at == start {
            return Err(format!("Missing parameter name at index {start}"));
        }
        Ok(())
    }

    fn unexpected(&self, what: &str) -> String {
        format!("Unexpected {what} at index {}", self.at.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        let fits = |pattern: &str, path: &str| RoutePattern::parse(pattern).unwrap().fits(path);
        assert!(
            fits("/login", "/login") && fits("/login", "/LOGIN/") && !fits("/login", "/login/x")
        );
        assert!(
            fits("/classes/:name", "/classes/Game") && !fits("/classes/:name", "/classes/Game/x")
        );
        assert!(
            fits("/functions/*path", "/functions/a/b") && !fits("/functions/*path", "/functions")
        );
        assert!(fits("/files{/:id}", "/files") && fits("/files{/:id}", "/files/a"));
        assert!(!fits("/a.b", "/axb") && !fits("/login", "/login//"));
    }

    #[test]
    fn what_is_no_route_is_refused() {
        for wrong in ["/functions/*", "/a(b)", "/a?", "/:", "/a{b", "/a}", "/a\\"] {
            assert!(RoutePattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
