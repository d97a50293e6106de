//! What a trap last said of itself. Reports come late and out of order: the newest by event time wins, each in its own matter.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared_events::events::TrapState;

/// At this charge and below a battery is low, in per cent.
pub const LOW_BATTERY_PERCENT: u8 = 15;

/// Something that holds since an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since<T> {
    /// What holds.
    pub value: T,
    /// Since when, by the device's clock; milliseconds of the Unix epoch when stored.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
}

/// The matters that a trap tells of, each with its newest word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrapStatus {
    /// Armed, sprung or disarmed.
    pub mechanism: Option<Since<TrapState>>,
    /// Online or offline.
    pub connection: Option<Since<TrapState>>,
    /// Charge in per cent.
    pub battery_percent: Option<Since<u8>>,
    /// Whether it said that its battery is low.
    pub battery_low: Option<Since<bool>>,
    /// Whether somebody interfered since it was last armed.
    pub tampered: Option<Since<bool>>,
    /// When we last heard of it, by our clock; milliseconds of the Unix epoch when stored.
    #[serde(with = "chrono::serde::ts_milliseconds_option")]
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl TrapStatus {
    /// Takes a state that the trap reported for the instant `at`; answers whether anything changed.
    pub fn observe_state(&mut self, state: TrapState, at: DateTime<Utc>) -> bool {
        match state {
            TrapState::Armed => {
                set(&mut self.tampered, false, at);
                set(&mut self.mechanism, state, at)
            }
            TrapState::Sprung | TrapState::Disarmed => set(&mut self.mechanism, state, at),
            TrapState::Online | TrapState::Offline => set(&mut self.connection, state, at),
            TrapState::BatteryLow => set(&mut self.battery_low, true, at),
            TrapState::Tampered => set(&mut self.tampered, true, at),
            TrapState::Retired => false,
        }
    }

    /// Takes a charge that the trap measured at `at`; answers whether the battery became low.
    pub fn observe_battery(&mut self, percent: u8, at: DateTime<Utc>) -> bool {
        set(&mut self.battery_percent, percent, at);
        let low = percent <= LOW_BATTERY_PERCENT;
        let known_low = self.battery_low.is_some_and(|known| known.value);
        set(&mut self.battery_low, low, at) && low && !known_low
    }

    /// Notes that the trap was heard at `now`; answers whether it had been silent or never heard.
    pub fn hear(&mut self, now: DateTime<Utc>) -> bool {
        self.last_seen_at = self.last_seen_at.max(Some(now));
        set(&mut self.connection, TrapState::Online, now)
    }
}

/// Replaces an older word; answers whether the word is another one.
fn set<T: Copy + PartialEq>(matter: &mut Option<Since<T>>, value: T, at: DateTime<Utc>) -> bool {
    match matter {
        Some(known) if known.at > at => false,
        Some(known) if known.value == value => false,
        _ => {
            *matter = Some(Since { value, at });
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    #[test]
    fn the_newest_word_wins_whatever_the_order() {
        let mut status = TrapStatus::default();
        assert!(status.observe_state(TrapState::Sprung, at(20)));
        assert!(
            !status.observe_state(TrapState::Armed, at(10)),
            "late news change nothing"
        );
        assert!(
            !status.observe_state(TrapState::Sprung, at(30)),
            "the same again is no change"
        );
        assert_eq!(
            status.mechanism,
            Some(Since {
                value: TrapState::Sprung,
                at: at(20)
            })
        );
    }

    #[test]
    fn a_battery_becomes_low_once() {
        let mut status = TrapStatus::default();
        assert!(!status.observe_battery(80, at(1)));
        assert!(status.observe_battery(LOW_BATTERY_PERCENT, at(2)));
        assert!(!status.observe_battery(3, at(3)));
        assert!(!status.observe_battery(90, at(4)));
        assert!(status.observe_battery(4, at(5)));
    }

    #[test]
    fn arming_ends_tampering() {
        let mut status = TrapStatus::default();
        assert!(status.observe_state(TrapState::Tampered, at(1)));
        assert!(status.observe_state(TrapState::Armed, at(2)));
        assert_eq!(status.tampered.map(|known| known.value), Some(false));
        assert!(status.observe_state(TrapState::Tampered, at(3)), "again");
    }

    #[test]
    fn hearing_brings_online() {
        let mut status = TrapStatus::default();
        assert!(status.hear(at(1)) && !status.hear(at(2)));
        assert!(status.observe_state(TrapState::Offline, at(3)) && status.hear(at(4)));
    }
}
