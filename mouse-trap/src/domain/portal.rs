//! The published rodent records of the Portal Project: how their lines read as traps, catches and refusals.

pub mod outcome;
pub mod row;
pub mod species;
pub mod stakes;
pub mod utm;

use std::borrow::Cow;

/// The files are Latin-1 (ISO 8859-1): each byte is the character of its number.
fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}
