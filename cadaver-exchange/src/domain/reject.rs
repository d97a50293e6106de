//! Why an order, or a change of one, is refused: a typed reason with a word for the wire.

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+) => {
        /// Why an order was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum RejectReason {
            $($(#[$doc])* #[error($text)] $variant,)+
        }

        impl RejectReason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The reason as a word on the wire.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

reasons! {
    /// There is no such market.
    UnknownMarket = "unknown-market", "there is no such market";
    /// The market has not opened, or is closed.
    MarketNotOpen = "market-not-open", "the market is not open";
    /// The market is halted.
    MarketHalted = "market-halted", "the market is halted";
    /// Trading is stopped for this cat, or for all.
    TradingStopped = "trading-stopped", "trading is stopped";
    /// A call auction is on, which takes only orders that can wait for its end.
    AuctionUnderWay = "auction-under-way", "an auction is under way: it takes limit orders that can rest";
    /// Not 1 to [`MAX_QUANTITY`](super::rules::MAX_QUANTITY) lots.
    InvalidQuantity = "invalid-quantity", "the quantity must be 1 to 10000 lots";
    /// Not 1 to [`MAX_PRICE`](super::rules::MAX_PRICE) kibbles.
    InvalidPrice = "invalid-price", "the price must be 1 to 1000000000 kibbles";
    /// A market order that is to stay.
    InvalidTimeInForce = "invalid-time-in-force", "a market order cannot stay: it is immediate-or-cancel or fill-or-kill";
    /// A moment that has passed, or lies too far ahead.
    InvalidExpiry = "invalid-expiry", "the expiry must lie ahead, by at most 366 days";
    /// Not a number of lots that the order can show.
    InvalidDisplayQuantity = "invalid-display-quantity", "an iceberg rests and shows at least 1 lot and at most its quantity";
    /// Not a price, or on an order that cannot wait.
    InvalidStopPrice = "invalid-stop-price", "the stop price must be 1 to 1000000000 kibbles";
    /// Post-only on an order that can only take.
    InvalidPostOnly = "invalid-post-only", "only a limit order that can rest can be post-only, and no stop";
    /// Empty, too long, or with letters that are not allowed.
    InvalidClientOrderId = "invalid-client-order-id", "a client order id has 1 to 64 characters of A-Z a-z 0-9 . _ -";
    /// Another order has this id, or it starts like those that the house gives.
    OrderIdTaken = "order-id-taken", "the order id is taken";
    /// The same id, but another order.
    ClientOrderIdReused = "client-order-id-reused", "the client order id already names a different order";
    /// Too many orders of this cat are open.
    TooManyOpenOrders = "too-many-open-orders", "too many orders of this account are open";
    /// Worth more than one order of this cat may be.
    OrderTooLarge = "order-too-large", "the order is worth more than one of this account may be";
    /// With this order too many kibbles of the cat would stand behind bids.
    ExposureTooLarge = "exposure-too-large", "too many kibbles would stand behind this account's bids";
    /// Too far from the reference price.
    PriceOutsideBand = "price-outside-band", "the price is too far from the last one";
    /// The bid is worth more than the cat has free.
    InsufficientKibbles = "insufficient-kibbles", "not enough kibbles are available";
    /// The ask offers more lots than the cat has free in this market.
    InsufficientLots = "insufficient-lots", "not enough lots are available in this market";
    /// Post-only, and it would trade at once.
    WouldTake = "would-take", "the order is post-only and would trade at once";
    /// Fill-or-kill, and not all of it can trade at once.
    CannotFill = "cannot-fill", "the order cannot be filled at once";
    /// The cat has left.
    AccountClosed = "account-closed", "the account is closed";
}

#[cfg(test)]
mod tests {
    use super::RejectReason;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let codes: BTreeSet<_> = RejectReason::ALL
            .iter()
            .map(|reason| reason.code())
            .collect();
        assert_eq!(codes.len(), RejectReason::ALL.len());
    }
}
