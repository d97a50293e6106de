//! A field as an expression of SQL. Field names are input: one is written into a statement only when it is a plain name
//! (letters, digits, `_`) and not too long. Indexes serve only statements that spell the field as they do, so all of them come
//! from here.

use crate::domain::names::{MAX_NAME_CHARS, is_plain_name};
use crate::domain::schema::{ClassSchema, FieldType, defaults};

/// The field's value as SQL compares it; `None` for a kind that is no scalar, and for a name that is not plain.
pub(super) fn scalar(name: &str, kind: &FieldType) -> Option<String> {
    let is_hidden = name.starts_with('_');
    if name.len() > MAX_NAME_CHARS || !is_plain_name(name.trim_start_matches('_')) {
        return None;
    }
    let member = match kind {
        FieldType::String | FieldType::Number | FieldType::Boolean => "",
        FieldType::Date => ".iso",
        FieldType::Pointer(_) => ".objectId",
        _ => return None,
    };
    let column = if is_hidden { "hidden" } else { "fields" };
    Some(format!("json_extract({column}, '$.{name}{member}')"))
}

/// The kind of a field of the class; hidden ones are not in the schema.
pub(super) fn kind(schema: &ClassSchema, name: &str) -> Option<FieldType> {
    if name.starts_with('_') {
        Some(defaults::hidden(name))
    } else {
        schema.field(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_written_into_statements() {
        for name in ["a'b", "a\"b", "a b", "a.b", "a)--", "", "_", "é", "1a"] {
            assert_eq!(scalar(name, &FieldType::String), None, "{name}");
        }
        assert_eq!(
            scalar(&"a".repeat(MAX_NAME_CHARS + 1), &FieldType::String),
            None
        );
        assert_eq!(
            scalar("_session_token", &FieldType::String).as_deref(),
            Some("json_extract(hidden, '$._session_token')")
        );
        assert_eq!(scalar("list", &FieldType::Array), None);
    }
}
