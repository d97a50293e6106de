//! Which classes are special, and how.

use super::error::{ErrorCode, ParseError};
use super::names::ClassName;

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
}

/// Refuses what nobody, or nobody without the master key, may do with a class.
pub fn check(class: &str, deed: Deed, is_master: bool) -> Result<(), ParseError> {
    let is_closed = PROJECTIONS.contains(&class) && deed.is_write();
    let is_internal = MASTER_ONLY.contains(&class) || class.starts_with("_Join:");
    let is_hidden_list = class == "_Installation" && matches!(deed, Deed::Find | Deed::Delete);
    if is_closed || (!is_master && (is_internal || is_hidden_list)) {
        return Err(ParseError::permission_denied());
    }
    Ok(())
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
