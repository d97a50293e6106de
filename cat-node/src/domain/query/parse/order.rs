//! Reads `order`: `score,-createdAt`.

use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{FieldPath, is_plain_name};
use crate::domain::query::{Direction, OrderBy};

/// Most keys of an order.
const MAX_KEYS: usize = 100;
const SCORE: &[&str] = &["$score", "-$score"];

fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').take(MAX_KEYS).map(str::trim)
}

/// Whether the best matches of a `$text` come first.
pub fn asks_for_score(text: &str) -> bool {
    keys(text).any(|key| SCORE.contains(&key))
}

/// The keys of an order. One that is named again keeps its place and takes the later direction.
pub fn order_from_text(text: &str) -> Result<Vec<OrderBy>, ParseError> {
    let mut order: Vec<OrderBy> = Vec::new();
    if text.is_empty() {
        return Ok(order);
    }
    for key in keys(text).filter(|key| !SCORE.contains(key)) {
        let (name, direction) = match key.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (key, Direction::Ascending),
        };
        let path = sortable(name)?;
        match order.iter_mut().find(|known| known.path == path) {
            Some(known) => known.direction = direction,
            None => order.push(OrderBy { path, direction }),
        }
    }
    Ok(order)
}

fn sortable(name: &str) -> Result<FieldPath, ParseError> {
    let refuse = |text: String| ParseError::new(ErrorCode::INVALID_KEY_NAME, text);
    let name = match name {
        "_created_at" => "createdAt",
        "_updated_at" => "updatedAt",
        other => other,
    };
    let invalid = || refuse(format!("Invalid field name: {name}."));
    if name.starts_with("authData.") && name.ends_with(".id") {
        return Err(refuse(format!("Cannot sort by {name}")));
    }
    let root = name.split('.').next().unwrap_or_default();
    if !is_plain_name(root) || matches!(root, "length" | "className") {
        return Err(invalid());
    }
    FieldPath::parse(name).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_name_plain_fields() {
        assert_eq!(order_from_text("score,-createdAt").unwrap().len(), 2);
        assert_eq!(order_from_text("").unwrap(), []);
        for (order, text) in [
            ("_hashed_password", "Invalid field name: _hashed_password."),
            ("a; DROP", "Invalid field name: a; DROP."),
            ("a,,b", "Invalid field name: ."),
            ("length", "Invalid field name: length."),
            ("authData.x.id", "Cannot sort by authData.x.id"),
        ] {
            let error = order_from_text(order).unwrap_err();
            assert_eq!((error.code.0, error.message.as_str()), (105, text));
        }
    }

    #[test]
    fn a_key_that_is_named_again_takes_the_later_direction() {
        let order = order_from_text("-n, a ,n").unwrap();
        assert_eq!(order.len(), 2);
        assert_eq!(order[0].direction, Direction::Ascending);
        assert!(asks_for_score("n,$score") && !asks_for_score("score"));
    }
}
