//! parse-server's environment names, and the settings they are for. One that is not here is refused: an option that
//! has no effect is worse than an error.

use std::collections::HashMap;

const PREFIX: &str = "PARSE_SERVER_";

/// Names and settings.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("PARSE_SERVER_APPLICATION_ID", "parse.application_id"),
    ("PARSE_SERVER_MASTER_KEY", "parse.master_key"),
    ("PARSE_SERVER_MASTER_KEY_IPS", "parse.master_key_ips"),
    (
        "PARSE_SERVER_READ_ONLY_MASTER_KEY",
        "parse.read_only_master_key",
    ),
    (
        "PARSE_SERVER_READ_ONLY_MASTER_KEY_IPS",
        "parse.read_only_master_key_ips",
    ),
    ("PARSE_SERVER_CLIENT_KEY", "parse.client_key"),
    ("PARSE_SERVER_JAVASCRIPT_KEY", "parse.javascript_key"),
    ("PARSE_SERVER_REST_API_KEY", "parse.rest_api_key"),
    ("PARSE_SERVER_DOT_NET_KEY", "parse.dot_net_key"),
    ("PARSE_SERVER_MOUNT_PATH", "parse.mount_path"),
    (
        "PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION",
        "parse.allow_client_class_creation",
    ),
    (
        "PARSE_SERVER_ALLOW_CUSTOM_OBJECT_ID",
        "parse.allow_custom_object_id",
    ),
    ("PARSE_SERVER_OBJECT_ID_SIZE", "parse.object_id_size"),
    ("PARSE_SERVER_DEFAULT_LIMIT", "parse.default_limit"),
    ("PARSE_SERVER_MAX_LIMIT", "parse.max_limit"),
    ("PARSE_SERVER_SESSION_LENGTH", "parse.session_length"),
    (
        "PARSE_SERVER_EXPIRE_INACTIVE_SESSIONS",
        "parse.expire_inactive_sessions",
    ),
    (
        "PARSE_SERVER_REVOKE_SESSION_ON_PASSWORD_RESET",
        "parse.revoke_session_on_password_reset",
    ),
    (
        "PARSE_SERVER_ENFORCE_PRIVATE_USERS",
        "parse.enforce_private_users",
    ),
    ("PARSE_SERVER_ALLOW_ORIGIN", "parse.allow_origin"),
    ("PARSE_SERVER_ALLOW_HEADERS", "parse.allow_headers"),
    ("PARSE_SERVER_DATABASE_URI", "database.url"),
    ("PARSE_SERVER_HOST", "http.host"),
    ("PARSE_SERVER_PORT", "http.port"),
];

/// An option of parse-server that cat-node does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is set, but cat-node has no such option; unset it, or see config.default.toml for what there is"
)]
pub struct UnknownParseServerOption(String);

pub(super) fn check(environment: &HashMap<String, String>) -> Result<(), UnknownParseServerOption> {
    let unknown = environment
        .keys()
        .find(|name| name.starts_with(PREFIX) && !ALIASES.iter().any(|(known, _)| known == name));
    unknown.map_or(Ok(()), |name| Err(UnknownParseServerOption(name.clone())))
}
