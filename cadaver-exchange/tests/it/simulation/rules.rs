//! Rules that are checked on every entry, by other means than the engine's own.

use cadaver_exchange::domain::{Event, Exchange, Market, OrderNumber, Phase, Side, event::Output};
use std::collections::BTreeSet;

/// Bids and asks, best first: price and lots.
pub(super) type Levels = (Vec<(i64, u64)>, Vec<(i64, u64)>);

/// Orders looked at on each side of a book.
const DEPTH: usize = 64;

/// The orders that rested before a command, and where trading was continuous.
pub(super) struct Before {
    resting: BTreeSet<OrderNumber>,
    continuous: [bool; Market::COUNT],
}

impl Before {
    pub(super) fn of(exchange: &Exchange) -> Self {
        let mut resting = BTreeSet::new();
        for market in Market::ALL {
            for side in [Side::Buy, Side::Sell] {
                let orders = exchange.resting(market, side, DEPTH);
                resting.extend(orders.iter().map(|order| order.number));
            }
        }
        Self {
            resting,
            continuous: Market::ALL.map(|market| exchange.phase(market) == Phase::Continuous),
        }
    }
}

/// No trade passes over an order that rested at a better price, and none is outside what its orders ask for.
pub(super) fn no_better_price(
    before: &Before,
    exchange: &Exchange,
    out: &Output,
) -> Result<(), String> {
    for event in &out.events {
        let Event::TradeExecuted(trade) = event else {
            continue;
        };
        let limits = [(trade.buy_order, Side::Buy), (trade.sell_order, Side::Sell)];
        for (order, side) in limits {
            let limit = exchange.order(order).map(|order| order.limit());
            let is_worse = match side {
                Side::Buy => limit.is_some_and(|limit| trade.price > limit),
                Side::Sell => limit.is_some_and(|limit| trade.price < limit),
            };
            if is_worse {
                return Err(format!("{trade:?} is beyond the limit of order {order}"));
            }
        }
        let was_continuous = before.continuous[trade.market.index()];
        if !was_continuous || exchange.phase(trade.market) != Phase::Continuous {
            continue;
        }
        let passed = match trade.taker {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        };
        let is_better = |price| match trade.taker {
            Side::Buy => price < trade.price,
            Side::Sell => price > trade.price,
        };
        let taker = match trade.taker {
            Side::Buy => trade.buy_order,
            Side::Sell => trade.sell_order,
        };
        let resting = exchange.resting(trade.market, passed, DEPTH);
        let left = resting.iter().find(|order| {
            is_better(order.price)
                && order.number != taker
                && before.resting.contains(&order.number)
        });
        if let Some(order) = left {
            return Err(format!("{trade:?} passes over {order:?}"));
        }
    }
    Ok(())
}

/// The order that a command's cat placed with it.
pub(super) fn accepted(out: &Output) -> Option<OrderNumber> {
    out.events.iter().find_map(|event| match event {
        Event::OrderAccepted(number) => Some(*number),
        _ => None,
    })
}

pub(super) fn levels(exchange: &Exchange, market: Market, limit: usize) -> Levels {
    let side = |side| {
        let levels = exchange.depth(market, side, limit);
        levels
            .iter()
            .map(|level| (level.price.0, level.lots))
            .collect()
    };
    (side(Side::Buy), side(Side::Sell))
}
