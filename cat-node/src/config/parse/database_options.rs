//! `databaseOptions`: parse-server's own, and those of MongoDB's driver.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // they are parse-server's
pub struct DatabaseOptions {
    /// `explain` without the master key.
    pub allow_public_explain: bool,
    pub batch_size: u32,
    /// The longest that a query may take, in milliseconds.
    pub max_time_ms: Option<u64>,
    /// Whether changes of classes by other processes are followed.
    pub enable_schema_hooks: bool,
    /// How long classes are remembered, in milliseconds.
    pub schema_cache_ttl: Option<u64>,
    pub disable_index_field_validation: bool,
    pub create_index_auth_data_uniqueness: bool,
    pub create_index_role_name: bool,
    pub create_index_user_email: bool,
    pub create_index_user_email_case_insensitive: bool,
    pub create_index_user_email_verify_token: bool,
    pub create_index_user_password_reset_token: bool,
    pub create_index_user_username: bool,
    pub create_index_user_username_case_insensitive: bool,
    /// Options of the driver, under the names that they have in a MongoDB URL.
    pub client: BTreeMap<String, Json>,
}
