//! An order's terms as they are written outside, over the bus and over HTTP alike.

use crate::domain::{
    Moment,
    terms::{OrderKind, SelfTrade, Terms, TimeInForce},
};
use shared_events::{events::cadaver_exchange::OrderTerms, id::MAX_ID_BYTES};

/// A word that no order's terms have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTerm {
    /// Not a kind of order.
    #[error("{0:?} is no kind of order: limit and market are")]
    Kind(String),
    /// Not a time in force.
    #[error("{0:?} is no time in force: gtc, ioc, fok, gtd and day are")]
    TimeInForce(String),
    /// Good till when?
    #[error("a gtd order needs expires_at, and no other order has it")]
    Expiry,
    /// Not a mode of self-trade prevention.
    #[error(
        "{0:?} is no way to prevent self-trades: cancel-newest, cancel-oldest, cancel-both and decrement are"
    )]
    SelfTrade(String),
}

/// The terms that were written.
///
/// # Errors
/// A word is unknown.
pub fn terms_of(written: &OrderTerms) -> Result<Terms, UnknownTerm> {
    Ok(Terms {
        kind: match written.kind.as_str() {
            "limit" => OrderKind::Limit,
            "market" => OrderKind::Market,
            other => return Err(UnknownTerm::Kind(shortened(other))),
        },
        time_in_force: time_in_force(written)?,
        post_only: written.post_only,
        // More lots than an order can have are refused with it.
        display_quantity: written
            .display_quantity
            .map(|lots| u32::try_from(lots).unwrap_or(u32::MAX)),
        stop_price: written.stop_price,
        self_trade: match &written.self_trade {
            None => SelfTrade::default(),
            Some(word) => SelfTrade::ALL
                .into_iter()
                .find(|mode| mode.word() == word)
                .ok_or_else(|| UnknownTerm::SelfTrade(shortened(word)))?,
        },
    })
}

fn time_in_force(written: &OrderTerms) -> Result<TimeInForce, UnknownTerm> {
    match (written.time_in_force.as_str(), written.expires_at) {
        ("gtd", Some(until)) => Ok(TimeInForce::Gtd {
            until: Moment::from(until),
        }),
        ("gtd", None) | ("gtc" | "ioc" | "fok" | "day", Some(_)) => Err(UnknownTerm::Expiry),
        ("gtc", None) => Ok(TimeInForce::Gtc),
        ("ioc", None) => Ok(TimeInForce::Ioc),
        ("fok", None) => Ok(TimeInForce::Fok),
        ("day", None) => Ok(TimeInForce::Day),
        (other, _) => Err(UnknownTerm::TimeInForce(shortened(other))),
    }
}

/// A name as a stranger wrote it, for the journal. What is longer than any name can be is refused all the same, so not all of it is kept.
#[must_use]
pub fn as_written(name: String) -> String {
    if name.len() <= MAX_ID_BYTES {
        return name;
    }
    name.chars().take(MAX_ID_BYTES + 1).collect()
}

/// What strangers wrote is shown, but not at any length.
fn shortened(word: &str) -> String {
    word.chars().take(64).collect()
}
