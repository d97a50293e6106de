//! `placeOrder` and `cancelOrder`: commands to cadaver-exchange.

use chrono::{DateTime, Utc};
use shared_events::events::commands::{CancelOrder, PlaceOrder};
use shared_events::events::{Kibbles, Side};
use shared_events::id::{CommandId, MarketId, OrderId};

use super::caller::Caller;
use super::params::{Params, refuse};
use crate::domain::error::ParseError;

/// Most lots in one order.
pub(super) const MAX_QUANTITY: u64 = 1_000_000;
/// Highest limit price, in kibbles.
pub(super) const MAX_PRICE_KIBBLES: u64 = 1_000_000_000_000;
/// Longest name that a cat may give to its own order.
pub(super) const MAX_CLIENT_ORDER_ID_CHARS: usize = 64;

pub(super) fn place_order(
    mut params: Params,
    caller: Caller,
    command: CommandId,
    now: DateTime<Utc>,
) -> Result<PlaceOrder, ParseError> {
    let market = params.text("market")?;
    MarketId::new(market.as_str()).map_err(|invalid| refuse(invalid.to_string()))?;
    let side = Side::from_word(&params.text("side")?)
        .ok_or_else(|| refuse("The parameter side must be \"buy\" or \"sell\"."))?;
    let quantity = params.count("quantity", MAX_QUANTITY)?;
    let price = params.count("price", MAX_PRICE_KIBBLES)?;
    let client_order_id = params.optional_text("clientOrderId")?;
    if client_order_id
        .as_ref()
        .is_some_and(|id| id.chars().count() > MAX_CLIENT_ORDER_ID_CHARS)
    {
        let most = MAX_CLIENT_ORDER_ID_CHARS;
        return Err(refuse(format!(
            "The parameter clientOrderId may have {most} characters at most."
        )));
    }
    params.finish()?;
    let price = i64::try_from(price).expect("MAX_PRICE_KIBBLES is far below 2^63");
    Ok(PlaceOrder {
        command,
        cat: caller.cat,
        market,
        side,
        quantity,
        price: Kibbles(price),
        client_order_id,
        terms: None,
        requested_at: now,
    })
}

pub(super) fn cancel_order(
    mut params: Params,
    caller: Caller,
    command: CommandId,
    now: DateTime<Utc>,
) -> Result<CancelOrder, ParseError> {
    let order =
        OrderId::new(params.text("orderId")?).map_err(|invalid| refuse(invalid.to_string()))?;
    params.finish()?;
    Ok(CancelOrder {
        command,
        cat: caller.cat,
        order,
        requested_at: now,
    })
}
