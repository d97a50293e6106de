//! Fields that others may neither see nor ask for: the e-mail address of a user.

use serde_json::{Map, Value as Json};

use super::error::ParseError;
use super::names::{ClassName, ObjectId};
use super::query::OrderBy;

/// Parse's default: `{_User: {'*': ['email']}}`.
fn protected(class: &ClassName) -> &'static [&'static str] {
    if *class == ClassName::USER {
        &["email"]
    } else {
        &[]
    }
}

/// Takes the protected fields out of an object that is not the user's own.
pub fn remove(class: &ClassName, user: Option<&ObjectId>, object: &mut Map<String, Json>) {
    let fields = protected(class);
    if fields.is_empty() {
        return;
    }
    let id = object.get("objectId").and_then(Json::as_str);
    let is_own = user.is_some_and(|user| Some(user.as_str()) == id);
    if !is_own {
        object.retain(|name, _| !fields.contains(&name.as_str()));
    }
}

/// Refuses a query that would tell what a protected field holds.
pub fn check_filter(class: &ClassName, is_master: bool, filter: &Json) -> Result<(), ParseError> {
    let fields = protected(class);
    if fields.is_empty() || is_master {
        return Ok(());
    }
    let mut pending = vec![filter];
    while let Some(json) = pending.pop() {
        match json {
            Json::Object(map) => {
                for (key, value) in map {
                    let root = key.split('.').next().unwrap_or_default();
                    if fields.contains(&root) {
                        return Err(ParseError::permission_denied());
                    }
                    if matches!(key.as_str(), "$or" | "$and" | "$nor") {
                        pending.push(value);
                    }
                }
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses an order that would tell what a protected field holds.
pub fn check_order(
    class: &ClassName,
    is_master: bool,
    order: &[OrderBy],
) -> Result<(), ParseError> {
    let fields = protected(class);
    let tells = order.iter().any(|key| fields.contains(&key.path.root()));
    if tells && !is_master {
        Err(ParseError::permission_denied())
    } else {
        Ok(())
    }
}
