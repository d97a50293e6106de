//! parse-server's options under its names in snake case, nested as parse-server nests them. Defaults and reasons are in
//! `config.default.toml`, and only there.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;
use service_chassis::secret::Secret;

use super::IpRange;
use super::text_list::{ip_ranges, texts};
use crate::domain::denylist::Denylist;

pub mod account_lockout;
pub mod custom_pages;
pub mod database_options;
pub mod decision;
pub mod defined_schemas;
pub mod email_adapter;
pub mod hook;
pub mod idempotency;
pub mod installation;
mod keyword;
pub mod pages;
pub mod password_policy;
pub mod pattern;
mod protected_fields;
pub mod rate_limit;
pub mod request_complexity;
pub mod security;
pub mod trust_proxy;
mod validate;

use account_lockout::AccountLockout;
use custom_pages::CustomPages;
use database_options::DatabaseOptions;
use decision::Decision;
use defined_schemas::DefinedSchemas;
use email_adapter::EmailAdapter;
use idempotency::IdempotencyOptions;
use installation::InstallationOptions;
use pages::Pages;
use password_policy::PasswordPolicy;
use pattern::WholePattern;
use rate_limit::RateLimit;
use request_complexity::RequestComplexity;
use security::SecurityOptions;
use trust_proxy::TrustProxy;

/// What `parse` holds in the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // they are parse-server's
pub struct ParseSettings {
    /// The defaults that parse-server has announced for its next major version, now.
    pub strict_profile: bool,

    #[serde(default)]
    pub application_id: String,
    pub app_name: Option<String>,
    #[serde(default = "no_key")]
    pub master_key: Secret,
    #[serde(deserialize_with = "ip_ranges")]
    pub master_key_ips: Vec<IpRange>,
    pub read_only_master_key: Option<Secret>,
    #[serde(deserialize_with = "ip_ranges")]
    pub read_only_master_key_ips: Vec<IpRange>,
    pub maintenance_key: Option<Secret>,
    #[serde(deserialize_with = "ip_ranges")]
    pub maintenance_key_ips: Vec<IpRange>,
    pub client_key: Option<Secret>,
    pub javascript_key: Option<Secret>,
    pub rest_api_key: Option<Secret>,
    pub dot_net_key: Option<Secret>,
    pub webhook_key: Option<Secret>,

    pub mount_path: String,
    /// Where clients reach the protocol; without it, what a request says in its `Host`.
    pub server_url: Option<String>,
    /// The same for links in mails and pages, and for `Location`.
    pub public_server_url: Option<String>,
    pub verify_server_url: bool,
    pub trust_proxy: TrustProxy,
    #[serde(deserialize_with = "texts")]
    pub allow_origin: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub allow_headers: Vec<String>,
    /// The only routes that clients without a master or maintenance key may use.
    pub route_allow_list: Option<Vec<WholePattern>>,
    pub rate_limit: Vec<RateLimit>,
    pub request_complexity: RequestComplexity,
    #[serde(deserialize_with = "keyword::denylist")]
    pub request_keyword_denylist: Arc<Denylist>,
    pub idempotency_options: IdempotencyOptions,

    pub collection_prefix: String,
    pub database_options: DatabaseOptions,
    /// How long users and roles are remembered, in milliseconds.
    pub cache_ttl: u64,
    /// How many are.
    pub cache_max_size: usize,
    pub schema: Option<DefinedSchemas>,
    pub allow_client_class_creation: bool,
    pub allow_custom_object_id: bool,
    pub object_id_size: usize,
    pub default_limit: u64,
    /// Larger limits are cut to this one.
    pub max_limit: Option<u64>,
    pub query: QueryOptions,
    pub allow_aggregation_for_read_only_master_key: bool,
    pub enable_collation_case_comparison: bool,

    /// Fields that are hidden: class, then for whom, then which.
    pub protected_fields: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(deserialize_with = "texts")]
    pub user_sensitive_fields: Vec<String>,
    pub protected_fields_owner_exempt: bool,
    pub protected_fields_save_response_exempt: bool,
    pub protected_fields_trigger_exempt: bool,
    /// Refusals do not say why.
    pub enable_sanitized_error_response: bool,

    /// In seconds.
    pub session_length: u64,
    pub expire_inactive_sessions: bool,
    pub extend_session_on_use: bool,
    pub revoke_session_on_password_reset: bool,
    pub enforce_private_users: bool,
    pub enable_anonymous_users: bool,
    pub convert_email_to_lowercase: bool,
    pub convert_username_to_lowercase: bool,
    /// By provider: parse-server's options of its adapter, or `{"webhook": URL}`.
    pub auth: BTreeMap<String, Json>,
    pub enable_insecure_auth_adapters: bool,
    pub allow_expired_auth_data_token: bool,
    pub password_policy: PasswordPolicy,
    pub account_lockout: Option<AccountLockout>,

    pub email_adapter: Option<EmailAdapter>,
    pub verify_user_emails: Decision,
    pub prevent_login_with_unverified_email: Decision,
    pub prevent_signup_with_unverified_email: bool,
    pub send_user_email_verification: Decision,
    /// In seconds.
    pub email_verify_token_validity_duration: Option<f64>,
    pub email_verify_token_reuse_if_valid: bool,
    pub email_verify_success_on_invalid_email: bool,
    pub pages: Pages,
    pub custom_pages: CustomPages,

    pub installation: InstallationOptions,
    pub security: SecurityOptions,
    pub enable_product_purchase_legacy_api: bool,
}

/// How aggregation treats values and names, when a request does not say.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryOptions {
    pub aggregation_raw_values: bool,
    pub aggregation_raw_field_names: bool,
}

/// Refused when the settings are checked; a default that works would be a key that everyone knows.
fn no_key() -> Secret {
    Secret::new("")
}
