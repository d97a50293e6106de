//! A market's last day in a few numbers.

use super::candle::Candle;
use crate::domain::Kibbles;

/// What happened in a span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The first price; nothing if nothing was traded.
    pub open: Option<Kibbles>,
    /// The highest price.
    pub high: Option<Kibbles>,
    /// The lowest price.
    pub low: Option<Kibbles>,
    /// The last price.
    pub close: Option<Kibbles>,
    /// Lots traded.
    pub lots: i64,
    /// Kibbles paid for them.
    pub turnover: i64,
    /// How many trades.
    pub trades: i64,
}

impl Statistics {
    /// Over candles, oldest first.
    #[must_use]
    pub fn of(candles: &[Candle]) -> Self {
        let Some((first, rest)) = candles.split_first() else {
            return Self::default();
        };
        let mut all = *first;
        rest.iter().for_each(|candle| all.extend(candle));
        Self {
            open: Some(all.open),
            high: Some(all.high),
            low: Some(all.low),
            close: Some(all.close),
            lots: all.lots,
            turnover: all.turnover,
            trades: all.trades,
        }
    }
}
