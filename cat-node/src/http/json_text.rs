//! JSON as JavaScript's clients write it and its servers read it: text may begin with a byte order mark, and hold
//! halves of a character where a client has cut one in two; those become U+FFFD, as in every database.

use std::borrow::Cow;

use serde_json::Value as Json;

const BYTE_ORDER_MARK: char = '\u{feff}';
const ESCAPED_REPLACEMENT: &str = "\\ufffd";
/// `\uXXXX`.
const ESCAPE_CHARS: usize = 6;

/// Reads strictly first; only what that refuses is looked at twice.
pub fn parse(bytes: &[u8]) -> serde_json::Result<Json> {
    serde_json::from_slice(bytes).or_else(|error| {
        let text = String::from_utf8_lossy(bytes);
        let text = without_halves(without_mark(&text));
        // The first error speaks of the body as it came.
        serde_json::from_str(&text).map_err(|_| error)
    })
}

pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Escapes of surrogates that have no partner are replaced.
fn without_halves(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        whole.push_str(&rest[..place]);
        rest = &rest[place..];
        let taken = match (
            surrogate(rest),
            rest.get(ESCAPE_CHARS..).and_then(surrogate),
        ) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE_CHARS,
            (Some(_), _) => {
                whole.push_str(ESCAPED_REPLACEMENT);
                rest = &rest[ESCAPE_CHARS..];
                continue;
            }
            // A backslash and what it escapes.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        whole.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

/// The half of a character that the text begins with the escape of.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..ESCAPE_CHARS - 2)?;
    let code = u16::from_str_radix(digits, 16).ok()?;
    (0xd800..=0xdfff).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Json {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn halves_of_characters_are_replaced() {
        assert_eq!(read(r#"{"s": "\ud83d"}"#), json!({"s": "\u{fffd}"}));
        assert_eq!(
            read(r#""\ude00\ud83d\ude00\ud83d""#),
            json!("\u{fffd}\u{1f600}\u{fffd}")
        );
        assert_eq!(
            read(r#""\ud83d\ud83d\ude00\u00e9""#),
            json!("\u{fffd}\u{1f600}\u{e9}")
        );
        assert_eq!(read(r#""\\ud83d \ud83d""#), json!("\\ud83d \u{fffd}"));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(parse(b"\"a\xff\"").unwrap(), json!("a\u{fffd}"));
    }

    #[test]
    fn a_byte_order_mark_may_be_in_front() {
        assert_eq!(read("\u{feff}{\"a\": 1}"), json!({"a": 1}));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in [
            "{",
            "\"\\",
            "\"\\ud83",
            "\"\\u\u{e9}\u{e9}\"",
            "[1] 2",
            "\\",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
