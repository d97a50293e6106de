//! Cuts a filter into words, strings and signs.

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

const SIGNS: [&str; 8] = ["!=", "=", ":", ".", ",", "(", ")", "-"];

/// All tokens of a filter.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let (value, after) = text_literal(&rest[1..])?;
            tokens.push(Token::Text(value));
            rest = after;
        } else if first.is_ascii_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(format!("{first:?} is not expected"));
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The value of a string literal after its opening quote, and what follows its closing quote.
fn text_literal(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok((value, chars.as_str())),
            '\\' => {
                let (escaped, after) = escape(chars.as_str())?;
                value.push(escaped);
                chars = after.chars();
            }
            other => value.push(other),
        }
    }
    Err("a string is not closed".to_owned())
}

/// The character behind a backslash: `\"`, `\\`, `\n`, `\xHH`, `\OOO`, `\uHHHH`, `\UHHHHHHHH`.
fn escape(text: &str) -> Result<(char, &str), String> {
    let unknown = || "a string has an unknown escape sequence".to_owned();
    let first = text.chars().next().ok_or_else(unknown)?;
    if let Some(simple) = simple_escape(first) {
        return Ok((simple, &text[first.len_utf8()..]));
    }
    let (skip, digits, radix) = match first {
        'x' | 'X' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        '0'..='3' => (0, 3, 8),
        _ => return Err(unknown()),
    };
    let code = text.get(skip..skip + digits).ok_or_else(unknown)?;
    let code = u32::from_str_radix(code, radix).map_err(|_| unknown())?;
    Ok((
        char::from_u32(code).ok_or_else(unknown)?,
        &text[skip + digits..],
    ))
}

fn simple_escape(c: char) -> Option<char> {
    match c {
        '"' | '\\' | '\'' | '`' | '?' => Some(c),
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'v' => Some('\u{b}'),
        _ => None,
    }
}
