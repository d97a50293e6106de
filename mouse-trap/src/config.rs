//! Typed settings: the only reader of the environment.

use crate::domain::site::{Jurisdiction, JurisdictionError};
use chrono::TimeDelta;
use serde::Deserialize;
use service_chassis::config::{ConfigError, DatabaseSettings, Layers, LogSettings};
use service_chassis::http::HttpSettings;
use shared_events::bus::BusSettings;
use shared_events::outbox::RelaySettings;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use thiserror::Error;

/// The prefix of this service's names in the environment.
pub const PREFIX: &str = "MOUSE_TRAP";
/// Every setting, its default and its reason.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// The shortest and longest silence of a trap that can be set, in seconds.
const SILENCE_S: std::ops::RangeInclusive<u32> = 10..=31_536_000;
/// The shortest and longest time between two sweeps that can be set, in milliseconds.
const SWEEP_INTERVAL_MS: std::ops::RangeInclusive<u32> = 10..=600_000;

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The HTTP server.
    pub http: HttpSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Pub/Sub.
    pub bus: BusSettings,
    /// The log.
    pub log: LogSettings,
    /// The relay of events to the bus.
    pub relay: RelaySettings,
    /// Watching over traps.
    pub traps: TrapSettings,
    /// Whose law holds.
    pub residency: ResidencySettings,
}

/// Watching over traps.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrapSettings {
    /// A trap that said nothing for so long counts as offline, in seconds.
    pub silence_s: u32,
    /// How often to look for silent traps and overdue commands, in milliseconds.
    pub sweep_interval_ms: u32,
}

/// Whose law holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidencySettings {
    /// Where it is not told.
    pub jurisdiction: String,
}

/// Settings that cannot be.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A setting is unknown, missing or of the wrong kind.
    #[error("{0}")]
    Layers(#[source] Box<ConfigError>),
    /// The jurisdiction is no code.
    #[error("residency.jurisdiction: {0}")]
    Jurisdiction(#[from] JurisdictionError),
    /// A number is outside its range.
    #[error("{setting} is {value}; it must be {least} to {most}")]
    OutOfRange {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: u32,
        /// The least that is allowed.
        least: u32,
        /// The most that is allowed.
        most: u32,
    },
}

impl Settings {
    /// Reads the settings: defaults, then `file`, then `environment`.
    pub fn load(
        file: Option<&Path>,
        environment: HashMap<String, String>,
    ) -> Result<Self, SettingsError> {
        let layers = Layers {
            defaults: DEFAULTS,
            file,
            prefix: PREFIX,
            environment,
            aliases: &[],
        };
        let settings: Self = layers
            .load()
            .map_err(|error| SettingsError::Layers(Box::new(error)))?;
        settings.home()?;
        within("traps.silence_s", settings.traps.silence_s, SILENCE_S)?;
        within(
            "traps.sweep_interval_ms",
            settings.traps.sweep_interval_ms,
            SWEEP_INTERVAL_MS,
        )?;
        Ok(settings)
    }

    /// The jurisdiction where it is not told.
    pub fn home(&self) -> Result<Jurisdiction, JurisdictionError> {
        Jurisdiction::new(self.residency.jurisdiction.as_str())
    }
}

impl TrapSettings {
    /// How long a trap may say nothing.
    #[must_use]
    pub fn silence(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.silence_s))
    }

    /// The time between two sweeps.
    #[must_use]
    pub const fn sweep_interval(&self) -> Duration {
        Duration::from_millis(self.sweep_interval_ms as u64)
    }
}

fn within(
    setting: &'static str,
    value: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<(), SettingsError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(SettingsError::OutOfRange {
        setting,
        value,
        least: *range.start(),
        most: *range.end(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(name: &str, value: &str) -> Result<Settings, SettingsError> {
        Settings::load(None, HashMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn the_defaults_are_good_and_the_environment_covers_them() {
        let settings = load("MOUSE_TRAP__HTTP__PORT", "0").expect("good");
        assert_eq!(
            (settings.http.port, settings.http.max_body_bytes),
            (0, 1024 * 1024)
        );
        assert_eq!(settings.home().expect("good").as_str(), "CA");
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (name, value, named) in [
            ("MOUSE_TRAP__TRAPS__SILENCE_S", "1", "traps.silence_s"),
            (
                "MOUSE_TRAP__TRAPS__SWEEP_INTERVAL_MS",
                "1",
                "traps.sweep_interval_ms",
            ),
            (
                "MOUSE_TRAP__RESIDENCY__JURISDICTION",
                "Canada",
                "residency.jurisdiction",
            ),
            ("MOUSE_TRAP__TRAPS__CHEESE", "1", "cheese"),
        ] {
            let error = load(name, value).expect_err(name).to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
