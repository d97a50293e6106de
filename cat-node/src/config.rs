//! The settings: the only reader of the environment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value as Json;
use service_chassis::access_token::LIFETIME_SECONDS;
use service_chassis::config::{
    ConfigError, DatabaseSettings, DatabaseUrl, Layers, LogSettings, Overlays,
};
use service_chassis::http::HttpSettings;
use shared_events::bus::BusSettings;
use shared_events::outbox::RelaySettings;

use crate::identity::key_ring::RotationPolicy;

mod ip_range;
pub mod parse;
mod parse_server;
mod strict_profile;
mod text_list;

pub use ip_range::IpRange;
pub use parse::ParseSettings;
pub use parse_server::ParseServerOptionError;

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

impl Settings {
    /// Refuses what only MongoDB can do when the database is SQLite.
    fn check_database(&self) -> Result<(), String> {
        let options = &self.parse.database_options;
        let (setting, is_set) = if self.parse.collection_prefix.is_empty() {
            (
                "parse.database_options.max_time_ms (maxTimeMS)",
                options.max_time_ms.is_some(),
            )
        } else {
            ("parse.collection_prefix (collectionPrefix)", true)
        };
        if is_set && matches!(self.database.url, DatabaseUrl::Sqlite(_)) {
            return Err(format!(
                "{setting} is for MongoDB, and the database is SQLite: leave it out, or set DATABASE_URL to mongodb://..."
            ));
        }
        Ok(())
    }
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

/// Settings that cat-node cannot start with.
#[derive(Debug, thiserror::Error)]
pub enum LoadSettingsError {
    #[error(transparent)]
    Layers(#[from] Box<ConfigError>),
    #[error(transparent)]
    ParseServerOption(#[from] ParseServerOptionError),
    #[error("the file {} of parse-server's options cannot be read: {reason}", path.display())]
    ParseServerFile { path: PathBuf, reason: String },
    #[error("wrong settings: {0}")]
    Contradiction(String),
}

/// Where settings come from, besides the built-in defaults.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    /// A file of settings (TOML).
    pub file: Option<&'a Path>,
    /// parse-server's options under its own names; stronger than the file.
    pub parse_server_options: Option<&'a Json>,
    /// Stronger than both.
    pub environment: HashMap<String, String>,
}

/// Reads the defaults, a file and the environment.
pub fn load(
    file: Option<&Path>,
    environment: HashMap<String, String>,
) -> Result<Settings, LoadSettingsError> {
    load_from(Sources {
        file,
        parse_server_options: None,
        environment,
    })
}

/// Reads all sources.
pub fn load_from(sources: Sources<'_>) -> Result<Settings, LoadSettingsError> {
    let over_file = parse_server::settings(sources.parse_server_options, &sources.environment)?;
    let layers = Layers {
        defaults: DEFAULTS,
        file: sources.file,
        prefix: PREFIX,
        environment: sources.environment,
        aliases: &[],
    };
    let mut overlays = Overlays {
        over_file,
        ..Overlays::default()
    };
    let mut settings: Settings = layers.load_with(&overlays).map_err(Box::new)?;
    if settings.parse.strict_profile {
        overlays.over_defaults = strict_profile::defaults();
        settings = layers.load_with(&overlays).map_err(Box::new)?;
    }
    settings.parse.complete_protected_fields();
    settings
        .parse
        .check()
        .map_err(LoadSettingsError::Contradiction)?;
    settings
        .check_database()
        .map_err(LoadSettingsError::Contradiction)?;
    Ok(settings)
}

/// Reads the JSON file that `parse-server FILE` takes.
pub fn read_parse_server_file(path: &Path) -> Result<Json, LoadSettingsError> {
    let refuse = |reason: String| LoadSettingsError::ParseServerFile {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))
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
            ("PARSE_SERVER_MAINTENANCE_KEY", "secret"),
            ("PARSE_SERVER_PASSWORD_POLICY_MAX_PASSWORD_HISTORY", "21"),
            ("PARSE_SERVER_READ_ONLY_MASTER_KEY", "secret"),
            ("PARSE_SERVER_OBJECT_ID_SIZE", "3"),
        ] {
            let error = load_with(&[(name, value)]).unwrap_err().to_string();
            let last = name
                .rsplit("__")
                .next()
                .unwrap_or(name)
                .trim_start_matches("PARSE_SERVER_")
                .trim_start_matches("PASSWORD_POLICY_")
                .to_lowercase();
            let squeezed = error.to_lowercase().replace('_', "");
            assert!(squeezed.contains(&last.replace('_', "")), "{name}: {error}");
        }
    }

    fn load_options(options: &Json) -> Result<Settings, LoadSettingsError> {
        let mut all = serde_json::json!({"appId": "app", "masterKey": "secret"});
        all.as_object_mut()
            .unwrap()
            .extend(options.as_object().unwrap().clone());
        load_from(Sources {
            parse_server_options: Some(&all),
            ..Sources::default()
        })
    }

    #[test]
    fn parse_servers_file_is_taken() {
        let settings = load_options(&serde_json::json!({
            "passwordPolicy": {"validatorPattern": "^(?=.*[0-9]).{8,}$", "maxPasswordHistory": 3,
                "validatorCallback": {"webhook": "https://hooks.example.org/password"}},
            "accountLockout": {"duration": 0.5, "threshold": 3},
            "protectedFields": {"_User": {"*": ["phone"]}, "Lot": {"role:x": ["price"]}},
            "verifyUserEmails": {"webhook": "https://hooks.example.org/verify"},
            "emailAdapter": {"smtp": "smtp://127.0.0.1:2525", "from": "cats@example.org"},
            "appName": "Cats", "publicServerURL": "https://cats.example.org/parse",
            "rateLimit": {"requestPath": "/functions/*path", "requestTimeWindow": 1000, "requestCount": 2, "zone": "user"},
            "schema": {"definitions": [{"className": "Lot"}]},
            "auth": {"google": {"clientId": "x"}},
        }))
        .unwrap()
        .parse;
        assert_eq!(settings.password_policy.history(), 3);
        assert_eq!(settings.protected_fields["_User"]["*"], ["phone", "email"]);
        assert_eq!(settings.protected_fields["Lot"]["role:x"], ["price"]);
        assert_eq!(settings.auth["google"]["clientId"], "x");
        assert_eq!(settings.schema.unwrap().definitions.len(), 1);
        assert_eq!(settings.rate_limit.len(), 1);
        assert!(!settings.verify_user_emails.is_never());
    }

    #[test]
    fn the_refusals_are_parse_servers() {
        for (options, text) in [
            (
                serde_json::json!({"accountLockout": {}}),
                "Account lockout duration should be greater than 0",
            ),
            (
                serde_json::json!({"accountLockout": {"duration": 1, "threshold": 1.5}}),
                "Account lockout threshold",
            ),
            (
                serde_json::json!({"passwordPolicy": {"resetTokenReuseIfValid": true}}),
                "You cannot use resetTokenReuseIfValid",
            ),
            (
                serde_json::json!({"sessionLength": 0}),
                "Session length must be a value greater than 0.",
            ),
            (
                serde_json::json!({"defaultLimit": 0}),
                "Default limit must be a value greater than 0.",
            ),
            (
                serde_json::json!({"maxLimit": 0}),
                "Max limit must be a value greater than 0.",
            ),
            (
                serde_json::json!({"publicServerURL": "cats.org"}),
                "The option publicServerURL must be a valid URL",
            ),
            (
                serde_json::json!({"routeAllowList": ["("]}),
                "routeAllowList contains an invalid regex pattern",
            ),
            (
                serde_json::json!({"rateLimit": [{"requestPath": "/x"}]}),
                "rateLimit.requestTimeWindow must be defined",
            ),
            (
                serde_json::json!({"verifyUserEmails": true}),
                "An emailAdapter is required",
            ),
            (
                serde_json::json!({"requestComplexity": {"includeDepth": 0}}),
                "must be a positive integer or -1 to disable.",
            ),
            (
                serde_json::json!({"idempotencyOptions": {"ttl": 0}}),
                "idempotency TTL value must be greater than 0 seconds",
            ),
        ] {
            let error = load_options(&options).unwrap_err().to_string();
            assert!(error.contains(text), "{options}: {error}");
        }
    }

    #[test]
    fn the_strict_profile_is_below_what_is_set() {
        let loose = load_with(&[]).unwrap().parse;
        assert!(
            loose.protected_fields_owner_exempt && loose.request_complexity.include_depth.is_none()
        );
        let strict = load_with(&[
            ("CAT_NODE__PARSE__STRICT_PROFILE", "true"),
            ("PARSE_SERVER_REQUEST_COMPLEXITY_INCLUDE_COUNT", "7"),
        ])
        .unwrap()
        .parse;
        assert_eq!(strict.request_complexity.include_depth, Some(10));
        assert_eq!(strict.request_complexity.include_count, Some(7));
        assert!(!strict.protected_fields_owner_exempt);
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
