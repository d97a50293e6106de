//! Candles: what a market did in a span of time. Two base resolutions are kept, the others are put together from these.

use crate::{
    domain::{Kibbles, Market, Moment},
    storage::TradeRecord,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A resolution that a database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
}

impl Base {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// How long one candle is, in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
        }
    }
}

/// How long one candle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Resolution {
    /// A minute.
    #[serde(rename = "1m")]
    M1,
    /// Five minutes.
    #[serde(rename = "5m")]
    M5,
    /// A quarter of an hour.
    #[serde(rename = "15m")]
    M15,
    /// An hour.
    #[serde(rename = "1h")]
    H1,
    /// Four hours.
    #[serde(rename = "4h")]
    H4,
    /// A day, by UTC.
    #[serde(rename = "1d")]
    D1,
}

impl Resolution {
    /// How long one candle is, in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::M1 => MINUTE_MS,
            Self::M5 => 5 * MINUTE_MS,
            Self::M15 => 15 * MINUTE_MS,
            Self::H1 => HOUR_MS,
            Self::H4 => 4 * HOUR_MS,
            Self::D1 => 24 * HOUR_MS,
        }
    }

    /// What its candles are put together from.
    #[must_use]
    pub const fn base(self) -> Base {
        match self {
            Self::M1 | Self::M5 | Self::M15 => Base::Minute,
            Self::H1 | Self::H4 | Self::D1 => Base::Hour,
        }
    }
}

/// What a market did in a span of time in which it traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candle {
    /// When the span begins.
    pub start: Moment,
    /// The first price.
    pub open: Kibbles,
    /// The highest price.
    pub high: Kibbles,
    /// The lowest price.
    pub low: Kibbles,
    /// The last price.
    pub close: Kibbles,
    /// Lots traded.
    pub lots: i64,
    /// Kibbles paid for them.
    pub turnover: i64,
    /// How many trades.
    pub trades: i64,
}

/// When the span of `millis` that holds `moment` begins.
#[must_use]
pub const fn start_of(moment: Moment, millis: i64) -> Moment {
    Moment::from_millis(moment.millis() - moment.millis().rem_euclid(millis))
}

impl Candle {
    /// The candle of one trade.
    #[must_use]
    pub fn of(trade: &TradeRecord, millis: i64) -> Self {
        Self {
            start: start_of(trade.executed_at, millis),
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            lots: i64::from(trade.quantity),
            turnover: trade.price.0.saturating_mul(i64::from(trade.quantity)),
            trades: 1,
        }
    }

    /// Takes in a candle of later trades.
    pub fn extend(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.lots = self.lots.saturating_add(later.lots);
        self.turnover = self.turnover.saturating_add(later.turnover);
        self.trades += later.trades;
    }
}

/// Candles of a finer resolution, oldest first, as coarser ones.
#[must_use]
pub fn roll_up(fine: &[Candle], resolution: Resolution) -> Vec<Candle> {
    let mut coarse: Vec<Candle> = Vec::new();
    for candle in fine {
        let start = start_of(candle.start, resolution.millis());
        match coarse.last_mut().filter(|last| last.start == start) {
            Some(last) => last.extend(candle),
            None => coarse.push(Candle { start, ..*candle }),
        }
    }
    coarse
}

/// Trades, in order, as candles of the base resolutions.
#[must_use]
pub fn of_trades<'a>(
    trades: impl Iterator<Item = &'a TradeRecord>,
) -> BTreeMap<(Market, Base, Moment), Candle> {
    let mut candles: BTreeMap<_, Candle> = BTreeMap::new();
    for trade in trades {
        for base in Base::ALL {
            let candle = Candle::of(trade, base.millis());
            candles
                .entry((trade.market, base, candle.start))
                .and_modify(|kept| kept.extend(&candle))
                .or_insert(candle);
        }
    }
    candles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Side;

    fn trade(number: u64, price: i64, quantity: u32, at_ms: i64) -> TradeRecord {
        TradeRecord {
            number,
            market: Market::ALL[0],
            price: Kibbles(price),
            quantity,
            taker: Side::Buy,
            executed_at: Moment::from_millis(at_ms),
        }
    }

    #[test]
    fn trades_become_candles_and_these_coarser_ones() {
        let trades = [
            trade(1, 12, 2, 0),
            trade(2, 15, 1, 59_999),
            trade(3, 9, 1, 60_000),
            trade(4, 11, 3, 240_000),
            trade(5, 20, 1, 300_000),
        ];
        let candles = of_trades(trades.iter());
        let minutes: Vec<Candle> = candles
            .iter()
            .filter(|((_, base, _), _)| *base == Base::Minute)
            .map(|(_, candle)| *candle)
            .collect();
        assert_eq!(minutes.len(), 4);
        let fives = roll_up(&minutes, Resolution::M5);
        assert_eq!(
            fives[0],
            Candle {
                start: Moment::from_millis(0),
                open: Kibbles(12),
                high: Kibbles(15),
                low: Kibbles(9),
                close: Kibbles(11),
                lots: 7,
                turnover: 24 + 15 + 9 + 33,
                trades: 4,
            }
        );
        assert_eq!((fives.len(), fives[1].open), (2, Kibbles(20)));
    }

    #[test]
    fn spans_before_the_epoch_begin_before_it() {
        assert_eq!(
            start_of(Moment::from_millis(-1), MINUTE_MS),
            Moment::from_millis(-MINUTE_MS)
        );
    }
}
