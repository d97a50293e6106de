//! Which classes are special, and how.

use super::error::{ErrorCode, ParseError};
use super::names::ClassName;
use super::query::parse::is_truthy;
use serde_json::{Map, Value as Json};

/// Classes that only the system writes, from what the other services announce.
const PROJECTIONS: &[&str] = &["Trap", "Capture", "Lot", "Trade", "Order", "Market"];

/// Classes that only the master key may touch.
const MASTER_ONLY: &[&str] = &[
    "_JobStatus",
    "_PushStatus",
    "_Hooks",
    "_GlobalConfig",
    "_GraphQLConfig",
    "_JobSchedule",
    "_Audience",
    "_Idempotency",
];

/// What a request wants to do with a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Find,
    Get,
    Create,
    Update,
    Delete,
}

impl Deed {
    pub fn is_write(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }

    /// As parse-server calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Refuses what nobody, or nobody without the master key, may do with a class.
pub fn check(class: &str, deed: Deed, is_master: bool) -> Result<(), ParseError> {
    let is_closed = PROJECTIONS.contains(&class) && deed.is_write();
    let is_internal = MASTER_ONLY.contains(&class) || class.starts_with("_Join:");
    let is_hidden_list = class == "_Installation" && matches!(deed, Deed::Find | Deed::Delete);
    if is_closed || (!is_master && (is_internal || is_hidden_list)) {
        let collection = if is_hidden_list {
            "installation"
        } else {
            class
        };
        return Err(ParseError::forbidden(format!(
            "Clients aren't allowed to perform the {} operation on the {collection} collection.",
            deed.name()
        )));
    }
    Ok(())
}

/// What objects of a system class cannot be without.
fn required(class: &ClassName) -> &'static [&'static str] {
    match class.as_str() {
        "_Role" => &["name", "ACL"],
        "_Product" => &["productIdentifier", "icon", "order", "title", "subtitle"],
        _ => &[],
    }
}

fn is_required(field: &str) -> ParseError {
    ParseError::new(ErrorCode::INCORRECT_TYPE, format!("{field} is required."))
}

/// Refuses a new object without what its class requires.
pub fn check_required(class: &ClassName, body: &Map<String, Json>) -> Result<(), ParseError> {
    let has = |field: &str| body.get(field).is_some_and(is_truthy);
    match required(class).iter().find(|field| !has(field)) {
        Some(field) => Err(is_required(field)),
        None => Ok(()),
    }
}

/// Refuses a change that takes away what the class requires.
pub fn check_kept(class: &ClassName, body: &Map<String, Json>) -> Result<(), ParseError> {
    let goes = |field: &str| {
        body.get(field)
            .is_some_and(|value| value["__op"] == "Delete")
    };
    match required(class).iter().find(|field| goes(field)) {
        Some(field) => Err(is_required(field)),
        None => Ok(()),
    }
}

/// A class that is about to be written; the text is what parse-server says for a name that it does not take.
pub fn writable_class(name: &str) -> Result<ClassName, ParseError> {
    ClassName::parse(name).map_err(|_| {
        ParseError::new(
            ErrorCode::INVALID_JSON,
            "schema class name does not revalidate",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_are_read_only_even_for_the_master() {
        assert!(check("Capture", Deed::Update, true).is_err());
        assert!(check("Capture", Deed::Find, false).is_ok());
    }

    #[test]
    fn internal_classes_are_for_the_master() {
        assert!(check("_Join:users:_Role", Deed::Find, false).is_err());
        assert!(check("_Hooks", Deed::Get, false).is_err());
        assert!(check("_Hooks", Deed::Get, true).is_ok());
    }
}
