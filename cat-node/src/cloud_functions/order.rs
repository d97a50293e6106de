//! `placeOrder`, `amendOrder`, `cancelOrder` and `cancelOrders`: commands to cadaver-exchange.

use chrono::{DateTime, Utc};
use shared_events::events::commands::{AmendOrder, CancelOrder, CancelOrders, PlaceOrder};
use shared_events::events::{Kibbles, Side};
use shared_events::id::{CommandId, MarketId, OrderId};

use super::caller::Caller;
use super::order_terms;
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
    let market = params.text("market").and_then(market_name)?;
    let side = params.text("side").and_then(|word| side_of(&word))?;
    let quantity = params.count("quantity", MAX_QUANTITY)?;
    let terms = order_terms::read(&mut params)?;
    let price = if order_terms::may_go_without_price(terms.as_ref()) {
        optional_price(&mut params, "price")?.unwrap_or_default()
    } else {
        kibbles(params.count("price", MAX_PRICE_KIBBLES)?)
    };
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
    Ok(PlaceOrder {
        command,
        cat: caller.cat,
        market,
        side,
        quantity,
        price,
        client_order_id,
        terms,
        requested_at: now,
    })
}

pub(super) fn amend_order(
    mut params: Params,
    caller: Caller,
    command: CommandId,
    now: DateTime<Utc>,
) -> Result<AmendOrder, ParseError> {
    let order = order_id(&mut params)?;
    let quantity = params.optional_count("quantity", MAX_QUANTITY)?;
    let price = optional_price(&mut params, "price")?;
    params.finish()?;
    if quantity.is_none() && price.is_none() {
        return Err(refuse("The parameter quantity or price is required."));
    }
    Ok(AmendOrder {
        command,
        cat: caller.cat,
        order,
        quantity,
        price,
        requested_at: now,
    })
}

/// All open orders of the caller, or those that fit what is named.
pub(super) fn cancel_orders(
    mut params: Params,
    caller: Caller,
    command: CommandId,
    now: DateTime<Utc>,
) -> Result<CancelOrders, ParseError> {
    let market = params.optional_text("market")?;
    let side = params.optional_text("side")?;
    let which = CancelOrders {
        command,
        cat: caller.cat,
        market: market.map(market_name).transpose()?,
        side: side.map(|word| side_of(&word)).transpose()?,
        lowest: optional_price(&mut params, "lowest")?,
        highest: optional_price(&mut params, "highest")?,
        listings: params.optional_flag("listings")?.unwrap_or_default(),
        requested_at: now,
    };
    params.finish()?;
    Ok(which)
}

fn market_name(name: String) -> Result<String, ParseError> {
    MarketId::new(name.as_str()).map_err(|invalid| refuse(invalid.to_string()))?;
    Ok(name)
}

fn side_of(word: &str) -> Result<Side, ParseError> {
    Side::from_word(word).ok_or_else(|| refuse("The parameter side must be \"buy\" or \"sell\"."))
}

fn order_id(params: &mut Params) -> Result<OrderId, ParseError> {
    OrderId::new(params.text("orderId")?).map_err(|invalid| refuse(invalid.to_string()))
}

pub(super) fn optional_price(
    params: &mut Params,
    name: &str,
) -> Result<Option<Kibbles>, ParseError> {
    let price = params.optional_count(name, MAX_PRICE_KIBBLES)?;
    Ok(price.map(kibbles))
}

fn kibbles(price: u64) -> Kibbles {
    Kibbles(i64::try_from(price).expect("MAX_PRICE_KIBBLES is far below 2^63"))
}

pub(super) fn cancel_order(
    mut params: Params,
    caller: Caller,
    command: CommandId,
    now: DateTime<Utc>,
) -> Result<CancelOrder, ParseError> {
    let order = order_id(&mut params)?;
    params.finish()?;
    Ok(CancelOrder {
        command,
        cat: caller.cat,
        order,
        requested_at: now,
    })
}
