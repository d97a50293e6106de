//! The fields that an update names.

use crate::broker::domain::refusal::Refusal;

/// Top-level field names in snake case; a path into a field stands for the field.
#[derive(Debug)]
pub(crate) struct FieldMask(Vec<String>);

impl FieldMask {
    /// Reads the paths of an update mask; `ackDeadlineSeconds` is `ack_deadline_seconds`.
    ///
    /// # Errors
    /// No path is given.
    pub(crate) fn new(paths: &[String]) -> Result<Self, Refusal> {
        if paths.is_empty() {
            return Err(Refusal::invalid(
                "The update_mask must be set and name at least one field.",
            ));
        }
        Ok(Self(
            paths
                .iter()
                .map(|path| snake_case(path.split('.').next().unwrap_or(path)))
                .collect(),
        ))
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.trim().chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// An update names a field that cannot be changed.
pub(super) fn refuse_field(what: &str, field: &str) -> Refusal {
    Refusal::invalid(format!(
        "Invalid update_mask provided in the request: the {field:?} field of a {what} is not mutable."
    ))
}
