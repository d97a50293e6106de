//! The settings: the only reader of the environment.

use std::collections::HashMap;
use std::path::Path;

use chrono::TimeDelta;
use serde::Deserialize;
use service_chassis::access_token::LIFETIME_SECONDS;
use service_chassis::config::{ConfigError, DatabaseSettings, Layers, LogSettings};
use service_chassis::http::HttpSettings;
use service_chassis::secret::Secret;
use shared_events::bus::BusSettings;
use shared_events::outbox::RelaySettings;

use crate::identity::key_ring::RotationPolicy;

mod ip_range;
mod parse_server_names;
mod text_list;

pub use ip_range::IpRange;
pub use parse_server_names::UnknownParseServerOption;
use text_list::{ip_ranges, texts};

/// The prefix of cat-node's environment names.
pub const PREFIX: &str = "CAT_NODE";
/// The text of `config.default.toml`.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    pub bus: BusSettings,
    pub log: LogSettings,
    #[serde(default)]
    pub relay: RelaySettings,
    pub access_tokens: AccessTokenSettings,
    pub parse: ParseSettings,
}

/// How the keys that sign access tokens change.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenSettings {
    pub key_period_hours: u32,
    pub key_overlap_minutes: u32,
}

impl AccessTokenSettings {
    pub fn rotation_policy(self) -> RotationPolicy {
        RotationPolicy {
            period: TimeDelta::hours(self.key_period_hours.into()),
            overlap: TimeDelta::minutes(self.key_overlap_minutes.into()),
            token_lifetime: TimeDelta::seconds(LIFETIME_SECONDS),
        }
    }
}

/// parse-server's options, under its names in snake case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParseSettings {
    #[serde(default)]
    pub application_id: String,
    #[serde(default = "no_key")]
    pub master_key: Secret,
    pub read_only_master_key: Option<Secret>,
    pub client_key: Option<Secret>,
    pub javascript_key: Option<Secret>,
    pub rest_api_key: Option<Secret>,
    pub dot_net_key: Option<Secret>,
    pub mount_path: String,
    #[serde(deserialize_with = "ip_ranges")]
    pub master_key_ips: Vec<IpRange>,
    #[serde(deserialize_with = "ip_ranges")]
    pub read_only_master_key_ips: Vec<IpRange>,
    pub allow_client_class_creation: bool,
    pub allow_custom_object_id: bool,
    pub object_id_size: usize,
    pub default_limit: u64,
    /// Larger limits are cut to this one.
    pub max_limit: Option<u64>,
    /// In seconds.
    pub session_length: u64,
    pub expire_inactive_sessions: bool,
    pub revoke_session_on_password_reset: bool,
    pub enforce_private_users: bool,
    #[serde(deserialize_with = "texts")]
    pub allow_origin: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub allow_headers: Vec<String>,
}

/// Refused by `check`; a default that works would be a key that everyone knows.
fn no_key() -> Secret {
    Secret::new("")
}

/// Settings that cat-node cannot start with.
#[derive(Debug, thiserror::Error)]
pub enum LoadSettingsError {
    #[error(transparent)]
    Layers(#[from] Box<ConfigError>),
    #[error(transparent)]
    UnknownOption(#[from] UnknownParseServerOption),
    #[error("wrong settings: {0}")]
    Contradiction(String),
}

/// Reads all layers.
pub fn load(
    file: Option<&Path>,
    environment: HashMap<String, String>,
) -> Result<Settings, LoadSettingsError> {
    parse_server_names::check(&environment)?;
    let layers = Layers {
        defaults: DEFAULTS,
        file,
        prefix: PREFIX,
        environment,
        aliases: parse_server_names::ALIASES,
    };
    let settings: Settings = layers.load().map_err(Box::new)?;
    check(&settings.parse).map_err(LoadSettingsError::Contradiction)?;
    Ok(settings)
}

fn check(parse: &ParseSettings) -> Result<(), String> {
    if parse.application_id.is_empty() || parse.master_key.expose().is_empty() {
        return Err("an application id and a master key are needed: set PARSE_SERVER_APPLICATION_ID and \
                    PARSE_SERVER_MASTER_KEY, or parse.application_id and parse.master_key in the --config file"
            .to_owned());
    }
    let same = parse
        .read_only_master_key
        .as_ref()
        .is_some_and(|key| key.matches(parse.master_key.expose()));
    if same {
        return Err("parse.master_key and parse.read_only_master_key must differ".to_owned());
    }
    if !parse.mount_path.starts_with('/')
        || parse.mount_path.len() < 2
        || parse.mount_path.ends_with('/')
    {
        return Err(format!(
            "parse.mount_path is {:?}; write it like \"/parse\"",
            parse.mount_path
        ));
    }
    if !(10..=64).contains(&parse.object_id_size) {
        return Err(format!(
            "parse.object_id_size is {}; 10 to 64 are possible",
            parse.object_id_size
        ));
    }
    if parse.session_length == 0 {
        return Err("parse.session_length must be at least 1 second".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_with(environment: &[(&str, &str)]) -> Result<Settings, LoadSettingsError> {
        let base = [
            ("PARSE_SERVER_APPLICATION_ID", "app"),
            ("PARSE_SERVER_MASTER_KEY", "secret"),
        ];
        let all = base
            .iter()
            .chain(environment)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(None, all.collect())
    }

    #[test]
    fn parse_servers_names_are_honoured() {
        let settings = load_with(&[
            ("PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION", "true"),
            ("PARSE_SERVER_MASTER_KEY_IPS", "10.0.0.0/8,::1"),
        ])
        .unwrap();
        assert!(settings.parse.allow_client_class_creation);
        assert_eq!(settings.parse.master_key_ips.len(), 2);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        for (name, value) in [
            ("PARSE_SERVER_CLOUD", "main.js"),
            ("PARSE_SERVER_NOSUCHTHING", "1"),
            ("CAT_NODE__PARSE__NOSUCHTHING", "1"),
            ("PARSE_SERVER_MASTER_KEY_IPS", "localhost"),
            ("PARSE_SERVER_READ_ONLY_MASTER_KEY", "secret"),
            ("PARSE_SERVER_OBJECT_ID_SIZE", "3"),
        ] {
            let error = load_with(&[(name, value)]).unwrap_err().to_string();
            let last = name
                .rsplit("__")
                .next()
                .unwrap_or(name)
                .trim_start_matches("PARSE_SERVER_")
                .to_lowercase();
            assert!(error.to_lowercase().contains(&last), "{name}: {error}");
        }
    }

    #[test]
    fn there_is_no_start_without_keys() {
        let error = load(None, HashMap::new()).unwrap_err().to_string();
        assert!(error.contains("PARSE_SERVER_MASTER_KEY"), "{error}");
    }

    #[test]
    fn secrets_do_not_print() {
        assert!(!format!("{:?}", load_with(&[]).unwrap()).contains("secret"));
    }
}
