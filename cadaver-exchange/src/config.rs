//! Typed settings: the only reader of the environment.

mod trading;

pub use trading::{CapSettings, FeeSettings, GuardSettings, SessionSettings};

use crate::domain::{
    Kibbles, Market, Rules,
    freshness::{Freshness, FreshnessNotRising},
    rules::MAX_PRICE,
    session::ScheduleNotRising,
};
use crate::{engine::EngineSettings, feed::FeedSettings, http::LimitSettings};
use serde::Deserialize;
use service_chassis::{
    config::{ConfigError, DatabaseSettings, Layers, LogSettings},
    http::HttpSettings,
    secret::Secret,
};
use shared_events::{bus::BusSettings, outbox::RelaySettings};
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// The prefix of this service's names in the environment.
pub const PREFIX: &str = "CADAVER_EXCHANGE";
/// Every setting, its default and its reason.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// The most that a welcome grant may be: it keeps the treasury far from the end of 64 bits.
const MAX_WELCOME_GRANT: i64 = 1_000_000_000;
/// The oldest that a lot may become in any grade, in seconds: a hundred years.
const MAX_AGE_S: i64 = 100 * 365 * 24 * 3_600;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
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
    /// The engine.
    pub engine: EngineTuning,
    /// Who trades, of several processes on one database.
    pub lease: LeaseSettings,
    /// How often one cat may act.
    pub limits: LimitSettings,
    /// Search over lots.
    pub search: SearchSettings,
    /// The live feed.
    pub feed: FeedSettings,
    /// The rules of the market.
    pub market: MarketSettings,
}

/// Who trades, of several processes on one database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseSettings {
    /// How long a lease lives without a word of its holder, in milliseconds.
    pub ttl_ms: u64,
    /// This process's name, for operators; its address and process number by default.
    #[serde(default)]
    pub holder: Option<String>,
}

/// Search over lots.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSettings {
    /// Elasticsearch or OpenSearch; without it a file is used.
    #[serde(default)]
    pub url: Option<Secret>,
    /// The name of the index there.
    pub index: String,
    /// The file; beside a SQLite database by default.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

/// How the engine works.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineTuning {
    /// A snapshot after so many journal entries.
    pub snapshot_every: u64,
    /// How often to look for lots that are due, in milliseconds.
    pub tick_ms: u64,
}

/// The rules of the market, as people write them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketSettings {
    /// Kibbles for a new cat.
    pub welcome_grant: i64,
    /// Ages in seconds.
    pub freshness: FreshnessSettings,
    /// Kibbles per lot; 0 does not list.
    pub listing_prices: ListingPrices,
    /// Basis points of a trade.
    pub fees: FeeSettings,
    /// Bounds of one account.
    pub caps: CapSettings,
    /// Bounds of price moves.
    pub price_guard: GuardSettings,
    /// When markets open and close by themselves.
    pub session: SessionSettings,
}

/// The age at which a lot leaves each grade.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreshnessSettings {
    /// Prime below this age.
    pub prime_until_s: i64,
    /// Standard below this age.
    pub standard_until_s: i64,
    /// Salvage below this age, spoiled from it on.
    pub salvage_until_s: i64,
}

/// The price at which the house offers a fresh lot, per market.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each field is its market
pub struct ListingPrices {
    pub mouse_prime: i64,
    pub mouse_standard: i64,
    pub mouse_salvage: i64,
    pub rat_prime: i64,
    pub rat_standard: i64,
    pub rat_salvage: i64,
}

/// Settings that contradict themselves or the market.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A setting is unknown, missing or of the wrong kind.
    #[error(transparent)]
    Layers(Box<ConfigError>),
    /// The ages do not rise.
    #[error("market.freshness: {0}")]
    Freshness(#[from] FreshnessNotRising),
    /// The times of the session do not rise.
    #[error("market.session: {0}")]
    Session(#[from] ScheduleNotRising),
    /// A number is outside its range.
    #[error("{setting} is {value}; it must be {range}")]
    OutOfRange {
        /// The setting.
        setting: String,
        /// Its value.
        value: i64,
        /// What is allowed.
        range: String,
    },
}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        Self::Layers(Box::new(error))
    }
}

impl Settings {
    /// Reads the settings: defaults, then `file`, then `environment`.
    ///
    /// # Errors
    /// The message names the setting.
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
        let settings: Self = layers.load()?;
        settings.rules()?;
        in_range(
            "engine.snapshot_every",
            settings.engine.snapshot_every,
            1_000..=10_000_000,
        )?;
        in_range("engine.tick_ms", settings.engine.tick_ms, 10..=60_000)?;
        in_range("lease.ttl_ms", settings.lease.ttl_ms, 100..=600_000)?;
        let batch_orders = settings.limits.batch_orders as u64;
        in_range("limits.batch_orders", batch_orders, 1..=1_000)?;
        settings.check_feed()?;
        Ok(settings)
    }

    fn check_feed(&self) -> Result<(), SettingsError> {
        let feed = &self.feed;
        for (name, value, range) in [
            ("max_connections", feed.max_connections as u64, 1..=100_000),
            ("conflate_above", feed.conflate_above as u64, 1..=4_096),
            ("heartbeat_ms", feed.heartbeat_ms, 10..=600_000),
            ("idle_timeout_ms", feed.idle_timeout_ms, 100..=3_600_000),
        ] {
            in_range(&format!("feed.{name}"), value, range)?;
        }
        Ok(())
    }

    /// The rules that these settings make.
    ///
    /// # Errors
    /// They contradict themselves.
    pub fn rules(&self) -> Result<Rules, SettingsError> {
        let ages = self.market.freshness;
        for (name, age) in [
            ("prime_until_s", ages.prime_until_s),
            ("standard_until_s", ages.standard_until_s),
            ("salvage_until_s", ages.salvage_until_s),
        ] {
            within(&format!("market.freshness.{name}"), age, 1, MAX_AGE_S)?;
        }
        within(
            "market.welcome_grant",
            self.market.welcome_grant,
            0,
            MAX_WELCOME_GRANT,
        )?;
        let freshness = Freshness {
            prime_until_ms: ages.prime_until_s * 1_000,
            standard_until_ms: ages.standard_until_s * 1_000,
            salvage_until_ms: ages.salvage_until_s * 1_000,
        };
        Ok(Rules {
            freshness: freshness.checked()?,
            listing_prices: self.market.listing_prices.checked()?,
            welcome_grant: Kibbles(self.market.welcome_grant),
            fees: self.market.fees.checked()?,
            caps: self.market.caps.checked()?,
            guard: self.market.price_guard.checked()?,
            schedule: self.market.session.checked()?,
        })
    }

    /// How long a lease lives without a word of its holder.
    #[must_use]
    pub const fn lease_ttl(&self) -> Duration {
        Duration::from_millis(self.lease.ttl_ms)
    }

    /// The name under which this process holds the lease; by default its address and number.
    #[must_use]
    pub fn holder(&self, address: SocketAddr) -> String {
        let named = self.lease.holder.clone();
        named.unwrap_or_else(|| format!("{address}/{}", std::process::id()))
    }

    /// How the engine is to work.
    #[must_use]
    pub const fn engine(&self) -> EngineSettings {
        EngineSettings {
            snapshot_every: self.engine.snapshot_every,
            tick: Duration::from_millis(self.engine.tick_ms),
        }
    }
}

impl ListingPrices {
    fn checked(self) -> Result<[Option<Kibbles>; Market::COUNT], SettingsError> {
        let written = [
            self.mouse_prime,
            self.mouse_standard,
            self.mouse_salvage,
            self.rat_prime,
            self.rat_standard,
            self.rat_salvage,
        ];
        for (market, price) in Market::ALL.into_iter().zip(written) {
            within(
                &format!("market.listing_prices.{}", market.name().replace('-', "_")),
                price,
                0,
                MAX_PRICE.0,
            )?;
        }
        Ok(written.map(|price| (price > 0).then_some(Kibbles(price))))
    }
}

fn within(setting: &str, value: i64, least: i64, most: i64) -> Result<(), SettingsError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(SettingsError::OutOfRange {
        setting: setting.to_owned(),
        value,
        range: format!("{least} to {most}"),
    })
}

fn in_range(
    setting: &str,
    value: u64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<(), SettingsError> {
    within(
        setting,
        i64::try_from(value).unwrap_or(i64::MAX),
        *range.start(),
        *range.end(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::load(None, environment.collect())
    }

    #[test]
    fn the_defaults_are_the_design() {
        let rules = load(&[]).unwrap().rules().unwrap();
        assert_eq!(rules.freshness, Freshness::default());
        assert!(rules.listing_prices.iter().all(Option::is_some));
    }

    #[test]
    fn wrong_settings_are_named() {
        for (name, value, expected) in [
            (
                "CADAVER_EXCHANGE__MARKET__WELCOME_GRANT",
                "-1",
                "market.welcome_grant",
            ),
            (
                "CADAVER_EXCHANGE__MARKET__FRESHNESS__PRIME_UNTIL_S",
                "90000",
                "rise",
            ),
            (
                "CADAVER_EXCHANGE__MARKET__LISTING_PRICES__RAT_PRIME",
                "-5",
                "rat_prime",
            ),
            ("CADAVER_EXCHANGE__ENGINE__TICK_MS", "0", "engine.tick_ms"),
            ("CADAVER_EXCHANGE__MARKET__TULIPS", "1", "tulips"),
        ] {
            let error = load(&[(name, value)]).expect_err(name).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_price_of_zero_turns_listing_off() {
        let settings =
            load(&[("CADAVER_EXCHANGE__MARKET__LISTING_PRICES__MOUSE_PRIME", "0")]).unwrap();
        assert_eq!(settings.rules().unwrap().listing_prices[0], None);
    }
}
