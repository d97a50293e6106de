//! Fees, caps, price guards and the session of the day, as people write them; 0 means that there is none.

use super::{SettingsError, within};
use crate::domain::{
    Kibbles,
    caps::Caps,
    fees::{Fees, MAX_FEE_BPS},
    guard::PriceGuard,
    rules::MAX_OPEN_ORDERS,
    session::{DAY_MS, Schedule},
};
use serde::Deserialize;

const MINUTE_MS: i64 = 60_000;
const MINUTES_OF_A_DAY: i64 = DAY_MS / MINUTE_MS;
/// The widest band or jump: ten times the price.
const MAX_BPS: i64 = 100_000;
/// The longest volatility auction, in seconds.
const MAX_AUCTION_S: i64 = 24 * 3_600;

/// What the house takes of a trade, in basis points.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeSettings {
    /// Of who rested.
    pub maker_bps: i64,
    /// Of who came second.
    pub taker_bps: i64,
}

/// What one account may do at most.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapSettings {
    /// Own orders that are open at a time.
    pub open_orders: i64,
    /// The worth of one order, in kibbles.
    pub order_worth: i64,
    /// Kibbles behind bids.
    pub held_kibbles: i64,
}

/// How far prices may move.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardSettings {
    /// An order further from the last price is refused.
    pub band_bps: i64,
    /// A trade further from the last price calls a volatility auction.
    pub jump_bps: i64,
    /// How long that lasts.
    pub auction_s: i64,
}

/// The session of the day, in minutes since midnight UTC; all 0 means that markets never close.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSettings {
    /// The opening auction begins.
    pub opening_min: i64,
    /// Continuous trading begins.
    pub continuous_min: i64,
    /// The closing auction begins.
    pub closing_min: i64,
    /// The market closes.
    pub closed_min: i64,
}

impl FeeSettings {
    pub(super) fn checked(self) -> Result<Fees, SettingsError> {
        let bps = |name: &str, value| {
            within(&format!("market.fees.{name}"), value, 0, MAX_FEE_BPS.into())?;
            Ok::<_, SettingsError>(u16::try_from(value).unwrap_or(MAX_FEE_BPS))
        };
        Ok(Fees {
            maker_bps: bps("maker_bps", self.maker_bps)?,
            taker_bps: bps("taker_bps", self.taker_bps)?,
        })
    }
}

impl CapSettings {
    pub(super) fn checked(self) -> Result<Caps, SettingsError> {
        let most = i64::try_from(MAX_OPEN_ORDERS).unwrap_or(i64::MAX);
        let open_orders = some("market.caps.open_orders", self.open_orders, most)?;
        let order_worth = some("market.caps.order_worth", self.order_worth, i64::MAX)?;
        let held_kibbles = some("market.caps.held_kibbles", self.held_kibbles, i64::MAX)?;
        Ok(Caps {
            open_orders: open_orders.and_then(|count| u32::try_from(count).ok()),
            order_worth: order_worth.map(Kibbles),
            held_kibbles: held_kibbles.map(Kibbles),
        })
    }
}

impl GuardSettings {
    pub(super) fn checked(self) -> Result<PriceGuard, SettingsError> {
        let least = i64::from(self.jump_bps > 0);
        within(
            "market.price_guard.auction_s",
            self.auction_s,
            least,
            MAX_AUCTION_S,
        )?;
        let bps = |name: &str, value| {
            let found = some(&format!("market.price_guard.{name}"), value, MAX_BPS)?;
            Ok::<_, SettingsError>(found.and_then(|bps| u32::try_from(bps).ok()))
        };
        Ok(PriceGuard {
            band_bps: bps("band_bps", self.band_bps)?,
            jump_bps: bps("jump_bps", self.jump_bps)?,
            auction_ms: self.auction_s * 1_000,
        })
    }
}

impl SessionSettings {
    pub(super) fn checked(self) -> Result<Option<Schedule>, SettingsError> {
        let minutes = [
            ("opening_min", self.opening_min),
            ("continuous_min", self.continuous_min),
            ("closing_min", self.closing_min),
            ("closed_min", self.closed_min),
        ];
        for (name, minute) in minutes {
            within(
                &format!("market.session.{name}"),
                minute,
                0,
                MINUTES_OF_A_DAY - 1,
            )?;
        }
        if minutes.iter().all(|(_, minute)| *minute == 0) {
            return Ok(None);
        }
        let schedule = Schedule {
            opening_ms: self.opening_min * MINUTE_MS,
            continuous_ms: self.continuous_min * MINUTE_MS,
            closing_ms: self.closing_min * MINUTE_MS,
            closed_ms: self.closed_min * MINUTE_MS,
        };
        Ok(Some(schedule.checked()?))
    }
}

/// A number of which 0 means none.
fn some(setting: &str, value: i64, most: i64) -> Result<Option<i64>, SettingsError> {
    within(setting, value, 0, most)?;
    Ok((value > 0).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_turn_everything_off() {
        let caps = CapSettings {
            open_orders: 0,
            order_worth: 0,
            held_kibbles: 0,
        };
        assert_eq!(caps.checked().unwrap(), Caps::default());
        let guard = GuardSettings {
            band_bps: 0,
            jump_bps: 0,
            auction_s: 0,
        };
        assert_eq!(guard.checked().unwrap(), PriceGuard::default());
        let session = SessionSettings {
            opening_min: 0,
            continuous_min: 0,
            closing_min: 0,
            closed_min: 0,
        };
        assert_eq!(session.checked().unwrap(), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(
            FeeSettings {
                maker_bps: 0,
                taker_bps: 1_001
            }
            .checked()
            .is_err()
        );
        assert!(
            GuardSettings {
                band_bps: 0,
                jump_bps: 100,
                auction_s: 0
            }
            .checked()
            .is_err()
        );
        let session = SessionSettings {
            opening_min: 540,
            continuous_min: 530,
            closing_min: 960,
            closed_min: 1_020,
        };
        assert!(session.checked().unwrap_err().to_string().contains("rise"));
    }
}
