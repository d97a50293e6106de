//! The columns that a class has without being given them.

use super::FieldType;
use crate::domain::names::ClassName;

const EVERY_CLASS: &[(&str, FieldType)] = &[
    ("objectId", FieldType::String),
    ("createdAt", FieldType::Date),
    ("updatedAt", FieldType::Date),
];

const USER: &[(&str, FieldType)] = &[
    ("username", FieldType::String),
    ("password", FieldType::String),
    ("email", FieldType::String),
    ("emailVerified", FieldType::Boolean),
    ("authData", FieldType::Object),
];

const ROLE: &[(&str, FieldType)] = &[
    ("name", FieldType::String),
    ("users", FieldType::Relation(ClassName::USER)),
    ("roles", FieldType::Relation(ClassName::ROLE)),
];

const SESSION: &[(&str, FieldType)] = &[
    ("user", FieldType::Pointer(ClassName::USER)),
    ("installationId", FieldType::String),
    ("sessionToken", FieldType::String),
    ("expiresAt", FieldType::Date),
    ("createdWith", FieldType::Object),
];

const INSTALLATION: &[(&str, FieldType)] = &[
    ("installationId", FieldType::String),
    ("deviceToken", FieldType::String),
    ("channels", FieldType::Array),
    ("deviceType", FieldType::String),
    ("pushType", FieldType::String),
    ("GCMSenderId", FieldType::String),
    ("timeZone", FieldType::String),
    ("localeIdentifier", FieldType::String),
    ("badge", FieldType::Number),
    ("appVersion", FieldType::String),
    ("appName", FieldType::String),
    ("appIdentifier", FieldType::String),
    ("parseVersion", FieldType::String),
];

/// The default columns of a class, in the order that schemas list them; `ACL` comes beside them.
pub fn columns(class: &ClassName) -> impl Iterator<Item = &'static (&'static str, FieldType)> {
    let own = match class.as_str() {
        "_User" => USER,
        "_Role" => ROLE,
        "_Session" => SESSION,
        "_Installation" => INSTALLATION,
        _ => &[],
    };
    EVERY_CLASS.iter().chain(own)
}

/// The type of a default column.
pub fn column(class: &ClassName, name: &str) -> Option<FieldType> {
    columns(class)
        .find(|(column, _)| *column == name)
        .map(|(_, kind)| kind.clone())
}
