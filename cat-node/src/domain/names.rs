//! Names that came from outside and are safe to use afterwards: classes, fields, object ids.

use std::borrow::Cow;
use std::fmt;

use super::error::{ErrorCode, ParseError};

/// Longest class or field name that is taken.
pub const MAX_NAME_CHARS: usize = 128;
/// Longest object id that is taken (custom ids, and the ids of projected objects).
pub const MAX_OBJECT_ID_CHARS: usize = 128;

const SYSTEM_CLASSES: &[&str] = &[
    "_User",
    "_Installation",
    "_Role",
    "_Session",
    "_Product",
    "_PushStatus",
    "_JobStatus",
    "_JobSchedule",
    "_Audience",
    "_Idempotency",
    "_Hooks",
    "_GlobalConfig",
    "_GraphQLConfig",
];

/// A class: `[A-Za-z][A-Za-z0-9_]*`, or one of the system's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassName(Cow<'static, str>);

impl ClassName {
    pub const USER: Self = Self::internal("_User");
    pub const SESSION: Self = Self::internal("_Session");
    pub const ROLE: Self = Self::internal("_Role");
    pub const INSTALLATION: Self = Self::internal("_Installation");

    pub const GLOBAL_CONFIG: Self = Self::internal("_GlobalConfig");
    pub const AUDIENCE: Self = Self::internal("_Audience");
    pub const JOB_SCHEDULE: Self = Self::internal("_JobSchedule");

    /// A class named by the program itself (for example a projection, or a store of the service's own secrets).
    pub const fn internal(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A class named by a client. System classes beyond Parse's list cannot be reached this way.
    pub fn parse(name: &str) -> Result<Self, ParseError> {
        if SYSTEM_CLASSES.contains(&name) || is_class_name(name) {
            return Ok(Self(Cow::Owned(name.to_owned())));
        }
        Err(ParseError::new(
            ErrorCode::INVALID_CLASS_NAME,
            format!(
                "Invalid classname: {name}, classnames can only have alphanumeric characters and _, and must start with an alpha character "
            ),
        ))
    }

    /// A class that a store returned.
    pub fn stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_system(&self) -> bool {
        self.0.starts_with('_')
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The one reserved name is refused as parse-server does.
fn is_class_name(name: &str) -> bool {
    is_plain_name(name) && name.len() <= MAX_NAME_CHARS && name != "length"
}

/// `[A-Za-z][A-Za-z0-9_]*`: what a class or field of a client may be called.
pub fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A field, or a path into an object field (`address.city`, `parts.0.size`); never empty. Those of queries are made of
/// `[A-Za-z0-9_]` segments only, so that they are harmless in any database's path language; those of updates have such a
/// root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(String);

impl FieldPath {
    /// A path named by a client: `^[a-zA-Z][a-zA-Z0-9_.]*$`.
    pub fn parse(path: &str) -> Result<Self, ParseError> {
        if is_plain_path(path) && path.len() <= MAX_NAME_CHARS * 4 {
            return Ok(Self(path.to_owned()));
        }
        Err(ParseError::new(
            ErrorCode::INVALID_KEY_NAME,
            format!("Invalid key name: {path}"),
        ))
    }

    /// A path that an update names: a plain field, and below it whatever a key of an object may be.
    pub fn parse_for_update(path: &str) -> Result<Self, ParseError> {
        let mut segments = path.split('.');
        let is_root_plain = segments.next().is_some_and(is_plain_name);
        let is_key = |key: &str| {
            !key.is_empty()
                && !key.starts_with('$')
                && !key.bytes().any(|byte| byte.is_ascii_control())
        };
        if is_root_plain && segments.all(is_key) && path.len() <= MAX_NAME_CHARS * 4 {
            return Ok(Self(path.to_owned()));
        }
        Err(ParseError::new(
            ErrorCode::INVALID_KEY_NAME,
            format!("Invalid field name: {path}."),
        ))
    }

    /// A field named by the program itself, hidden ones (`_session_token`) included.
    ///
    /// Panics when the name is not `[A-Za-z0-9_.]+`: it is written in the source.
    pub fn internal(name: &'static str) -> Self {
        assert!(
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.'),
            "internal field names are plain"
        );
        Self(name.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The field of the class that the path starts in.
    pub fn root(&self) -> &str {
        self.0
            .split_once('.')
            .map_or(self.as_str(), |(root, _)| root)
    }

    pub fn is_nested(&self) -> bool {
        self.0.contains('.')
    }

    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with(|c: char| c.is_ascii_alphabetic())
        && path.split('.').all(|segment| {
            !segment.is_empty()
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
}

/// The id of an object within its class.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(String);

impl ObjectId {
    /// Wraps an id that the program made or that a store returned.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_class_names_are_refused() {
        for name in [
            "",
            "_Join:users:_Role",
            "1a",
            "a b",
            "a\"; DROP TABLE x",
            "_SCHEMA",
            "é",
        ] {
            assert!(ClassName::parse(name).is_err(), "{name}");
        }
        assert!(ClassName::parse("GameScore").is_ok());
        assert!(ClassName::parse("_User").is_ok());
    }

    #[test]
    fn paths_are_plain_segments() {
        for path in [
            "",
            ".",
            "a.",
            "a..b",
            "_hashed_password",
            "a.$b",
            "a\"b",
            "a'b",
        ] {
            assert!(FieldPath::parse(path).is_err(), "{path}");
        }
        assert_eq!(FieldPath::parse("a.b.0").unwrap().root(), "a");
        assert!(FieldPath::parse_for_update("a.b-c.d e").is_ok());
        for path in ["_x.a", "a-b.c", "a.$b", "a..b", "a.", "a.b\0"] {
            assert!(FieldPath::parse_for_update(path).is_err(), "{path}");
        }
    }
}
