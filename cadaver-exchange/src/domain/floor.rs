//! Where one market trades: its book, its waiting stops, its phase and its last price.

use super::{Kibbles, Moment, book::Book, session::Phase, stops::Stops};

/// One market's place in the exchange.
#[derive(Debug, Clone, Default)]
pub(crate) struct Floor {
    pub(crate) book: Book,
    pub(crate) stops: Stops,
    pub(crate) phase: Phase,
    /// When the auction under way ends by itself.
    pub(crate) auction_ends: Option<Moment>,
    /// The price at which an auction is being uncrossed.
    pub(crate) uncross_price: Option<Kibbles>,
    /// The phase that the schedule gave last.
    pub(crate) scheduled: Option<Phase>,
    pub(crate) last_price: Option<Kibbles>,
}
