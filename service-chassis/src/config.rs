//! Settings in layers: the built-in defaults, then a file, then the environment. Whatever is unknown or
//! contradictory stops the start with a message that names it.

mod database_url;
mod layers;

pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use layers::{ConfigError, Layers, Overlays};

use serde::Deserialize;

/// Environment names without a service's prefix that every service honours, and the settings they are for.
pub const WELL_KNOWN: &[(&str, &str)] = &[
    ("DATABASE_URL", "database.url"),
    ("PUBSUB_EMULATOR_HOST", "bus.emulator_host"),
    ("GOOGLE_CLOUD_PROJECT", "bus.project"),
];

/// Where the database is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite:///path/file.db` or `mongodb://...`.
    pub url: DatabaseUrl,
}

/// How logs look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// `human`, `json`, or `auto`: human on a terminal, JSON elsewhere.
    pub format: LogFormat,
    /// A filter in the language of `RUST_LOG`, for example `info,mouse_trap=debug`.
    pub filter: String,
}

/// The form of a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Human,
    /// For machines: an object a line.
    Json,
}
