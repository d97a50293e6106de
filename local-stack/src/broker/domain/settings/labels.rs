//! Labels of resources.

use crate::broker::domain::limits::{MAX_LABEL_CHARS, MAX_LABELS};
use crate::broker::domain::refusal::Refusal;
use std::collections::HashMap;

/// Checks labels by Google's rules.
///
/// # Errors
/// The rule that is broken.
pub(crate) fn check(labels: &HashMap<String, String>) -> Result<(), Refusal> {
    if labels.len() > MAX_LABELS {
        return Err(Refusal::invalid(format!(
            "A resource has at most {MAX_LABELS} labels."
        )));
    }
    let is_fine = |text: &str| {
        text.chars().count() <= MAX_LABEL_CHARS
            && text
                .chars()
                .all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-' || c == '_')
    };
    for (key, value) in labels {
        let first = key.chars().next();
        if !first.is_some_and(char::is_alphabetic) || !is_fine(key) || !is_fine(value) {
            return Err(Refusal::invalid(format!(
                "The label {key:?}: {value:?} is not valid: keys begin with a letter; keys and values hold at most \
                 {MAX_LABEL_CHARS} lower-case letters, digits, - and _."
            )));
        }
    }
    Ok(())
}
