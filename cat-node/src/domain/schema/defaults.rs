//! The columns that a class has without being given them.

use serde_json::{Map, json};

use super::{FieldType, Indexes};
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

const PRODUCT: &[(&str, FieldType)] = &[
    ("productIdentifier", FieldType::String),
    ("download", FieldType::File),
    ("downloadName", FieldType::String),
    ("icon", FieldType::File),
    ("order", FieldType::Number),
    ("title", FieldType::String),
    ("subtitle", FieldType::String),
];

const PUSH_STATUS: &[(&str, FieldType)] = &[
    ("pushTime", FieldType::String),
    ("source", FieldType::String),
    ("query", FieldType::String),
    ("payload", FieldType::String),
    ("title", FieldType::String),
    ("expiry", FieldType::Number),
    ("expiration_interval", FieldType::Number),
    ("status", FieldType::String),
    ("numSent", FieldType::Number),
    ("numFailed", FieldType::Number),
    ("pushHash", FieldType::String),
    ("errorMessage", FieldType::Object),
    ("sentPerType", FieldType::Object),
    ("failedPerType", FieldType::Object),
    ("sentPerUTCOffset", FieldType::Object),
    ("failedPerUTCOffset", FieldType::Object),
    ("count", FieldType::Number),
];

const JOB_STATUS: &[(&str, FieldType)] = &[
    ("jobName", FieldType::String),
    ("source", FieldType::String),
    ("status", FieldType::String),
    ("message", FieldType::String),
    ("params", FieldType::Object),
    ("finishedAt", FieldType::Date),
];

const JOB_SCHEDULE: &[(&str, FieldType)] = &[
    ("jobName", FieldType::String),
    ("description", FieldType::String),
    ("params", FieldType::String),
    ("startAfter", FieldType::String),
    ("daysOfWeek", FieldType::Array),
    ("timeOfDay", FieldType::String),
    ("lastRun", FieldType::Number),
    ("repeatMinutes", FieldType::Number),
];

const HOOKS: &[(&str, FieldType)] = &[
    ("functionName", FieldType::String),
    ("className", FieldType::String),
    ("triggerName", FieldType::String),
    ("url", FieldType::String),
];

const GLOBAL_CONFIG: &[(&str, FieldType)] = &[
    ("params", FieldType::Object),
    ("masterKeyOnly", FieldType::Object),
];

const GRAPHQL_CONFIG: &[(&str, FieldType)] = &[("config", FieldType::Object)];

const AUDIENCE: &[(&str, FieldType)] = &[
    ("name", FieldType::String),
    ("query", FieldType::String),
    ("lastUsed", FieldType::Date),
    ("timesUsed", FieldType::Number),
];

const IDEMPOTENCY: &[(&str, FieldType)] =
    &[("reqId", FieldType::String), ("expire", FieldType::Date)];

/// The default columns of a class, in the order that schemas list them; `ACL` comes beside them.
pub fn columns(class: &ClassName) -> impl Iterator<Item = &'static (&'static str, FieldType)> {
    let own = match class.as_str() {
        "_User" => USER,
        "_Role" => ROLE,
        "_Session" => SESSION,
        "_Installation" => INSTALLATION,
        "_Product" => PRODUCT,
        "_PushStatus" => PUSH_STATUS,
        "_JobStatus" => JOB_STATUS,
        "_JobSchedule" => JOB_SCHEDULE,
        "_Hooks" => HOOKS,
        "_GlobalConfig" => GLOBAL_CONFIG,
        "_GraphQLConfig" => GRAPHQL_CONFIG,
        "_Audience" => AUDIENCE,
        "_Idempotency" => IDEMPOTENCY,
        _ => &[],
    };
    EVERY_CLASS.iter().chain(own)
}

/// The type of a field that is hidden from clients; `_User` has most of them.
pub fn hidden(name: &str) -> FieldType {
    match name {
        "_failed_login_count" => FieldType::Number,
        "_password_history" => FieldType::Array,
        "_password_changed_at"
        | "_account_lockout_expires_at"
        | "_email_verify_token_expires_at"
        | "_perishable_token_expires_at" => FieldType::Date,
        _ => FieldType::String,
    }
}

/// The type of a default column.
pub fn column(class: &ClassName, name: &str) -> Option<FieldType> {
    columns(class)
        .find(|(column, _)| *column == name)
        .map(|(_, kind)| kind.clone())
}

/// Classes that are the service's own affair: no list of schemas has them, and nobody changes them.
pub const VOLATILE: &[&str] = &[
    "_JobStatus",
    "_PushStatus",
    "_Hooks",
    "_GlobalConfig",
    "_GraphQLConfig",
    "_JobSchedule",
    "_Audience",
    "_Idempotency",
];

/// The indexes that a system class has from the start, under parse-server's names.
pub fn indexes(class: &ClassName) -> Indexes {
    let named: &[(&str, &str)] = match class.as_str() {
        "_User" => &[
            ("_id_", "_id"),
            ("username_1", "username"),
            ("case_insensitive_username", "username"),
            ("case_insensitive_email", "email"),
            ("email_1", "email"),
            ("_email_verify_token", "_email_verify_token"),
            ("_perishable_token", "_perishable_token"),
            ("_auth_data_anonymous_id", "_auth_data_anonymous.id"),
        ],
        "_Role" => &[("_id_", "_id"), ("name_1", "name")],
        _ => return Map::new(),
    };
    let indexes = named
        .iter()
        .map(|(name, field)| ((*name).to_owned(), json!({*field: 1})));
    indexes.collect()
}

/// `objectId`, the dates and `ACL`: no class is without them.
pub fn is_in_every_class(field: &str) -> bool {
    field == "ACL" || EVERY_CLASS.iter().any(|(column, _)| *column == field)
}

/// A column that this class has by default and others have not.
pub fn own_column(class: &ClassName, field: &str) -> Option<FieldType> {
    column(class, field).filter(|_| !is_in_every_class(field))
}
