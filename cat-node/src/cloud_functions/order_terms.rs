//! What an order asks for beyond a plain limit order, in the words of cadaver-exchange's API.

use shared_events::events::cadaver_exchange::OrderTerms;

use super::order::{MAX_QUANTITY, optional_price};
use super::params::{Params, refuse};
use crate::domain::error::ParseError;

const LIMIT: &str = "limit";
const MARKET: &str = "market";
const GTD: &str = "gtd";
const KINDS: &[&str] = &[LIMIT, MARKET];
const TIMES_IN_FORCE: &[&str] = &["gtc", "ioc", "fok", GTD, "day"];
const SELF_TRADE_MODES: &[&str] = &["cancel-newest", "cancel-oldest", "cancel-both", "decrement"];

/// The terms that were given; nothing when none was.
pub(super) fn read(params: &mut Params) -> Result<Option<OrderTerms>, ParseError> {
    let kind = params.optional_word("type", KINDS)?;
    let time_in_force = params.optional_word("timeInForce", TIMES_IN_FORCE)?;
    let expires_at = params.optional_date("expiresAt")?;
    let post_only = params.optional_flag("postOnly")?;
    let display_quantity = params.optional_count("displayQuantity", MAX_QUANTITY)?;
    let stop_price = optional_price(params, "stopPrice")?;
    let self_trade = params.optional_word("selfTrade", SELF_TRADE_MODES)?;
    if expires_at.is_some() != (time_in_force == Some(GTD)) {
        return Err(refuse(
            "a gtd order needs expiresAt, and no other order has it.",
        ));
    }
    let is_plain = kind.is_none()
        && time_in_force.is_none()
        && post_only.is_none()
        && display_quantity.is_none()
        && stop_price.is_none()
        && self_trade.is_none();
    if is_plain {
        return Ok(None);
    }
    let kind = kind.unwrap_or(LIMIT);
    // A market order cannot stay.
    let usual = if kind == MARKET { "ioc" } else { "gtc" };
    Ok(Some(OrderTerms {
        kind: kind.to_owned(),
        time_in_force: time_in_force.unwrap_or(usual).to_owned(),
        expires_at,
        post_only: post_only.unwrap_or_default(),
        display_quantity,
        stop_price,
        self_trade: self_trade.map(str::to_owned),
    }))
}

/// A market order that nothing protects names no price.
pub(super) fn may_go_without_price(terms: Option<&OrderTerms>) -> bool {
    terms.is_some_and(|terms| terms.kind == MARKET)
}
