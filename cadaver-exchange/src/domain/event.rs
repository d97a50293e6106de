//! What the exchange tells: numbers only, so that telling costs no memory. Names are looked up in the
//! [`Exchange`](super::Exchange) right after the command.

use super::{
    CatIx, Grade, Kibbles, LotIx, Market, OrderNumber, Side, ledger::ChangeReason,
    order::OrderState,
};

/// Why an order was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RejectReason {
    /// There is no such market.
    #[error("there is no such market")]
    UnknownMarket,
    /// No market has opened yet.
    #[error("the market is not open")]
    MarketNotOpen,
    /// Not 1 to [`MAX_QUANTITY`](super::rules::MAX_QUANTITY) lots.
    #[error("the quantity must be 1 to 10000 lots")]
    InvalidQuantity,
    /// Not 1 to [`MAX_PRICE`](super::rules::MAX_PRICE) kibbles.
    #[error("the price must be 1 to 1000000000 kibbles")]
    InvalidPrice,
    /// Empty, too long, or with letters that are not allowed.
    #[error("a client order id has 1 to 64 characters of A-Z a-z 0-9 . _ -")]
    InvalidClientOrderId,
    /// Another order has this id, or it starts like those that the house gives.
    #[error("the order id is taken")]
    OrderIdTaken,
    /// The same id, but another order.
    #[error("the client order id already names a different order")]
    ClientOrderIdReused,
    /// Too many orders of this cat are open.
    #[error("too many open orders: 500 are allowed")]
    TooManyOpenOrders,
    /// The bid is worth more than the cat has free.
    #[error("not enough kibbles are available")]
    InsufficientKibbles,
    /// The ask offers more lots than the cat has free in this market.
    #[error("not enough lots are available in this market")]
    InsufficientLots,
    /// The cat has left.
    #[error("the account is closed")]
    AccountClosed,
}

impl RejectReason {
    /// The reason as a word on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownMarket => "unknown-market",
            Self::MarketNotOpen => "market-not-open",
            Self::InvalidQuantity => "invalid-quantity",
            Self::InvalidPrice => "invalid-price",
            Self::InvalidClientOrderId => "invalid-client-order-id",
            Self::OrderIdTaken => "order-id-taken",
            Self::ClientOrderIdReused => "client-order-id-reused",
            Self::TooManyOpenOrders => "too-many-open-orders",
            Self::InsufficientKibbles => "insufficient-kibbles",
            Self::InsufficientLots => "insufficient-lots",
            Self::AccountClosed => "account-closed",
        }
    }
}

/// Why the rest of an order was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Its cat wanted so.
    Cat,
    /// It would have traded with an order of the same cat.
    SelfTrade,
    /// A lot behind it moved to another market.
    Regraded,
    /// A lot behind it spoiled.
    Spoiled,
    /// The capture of a lot behind it was voided.
    Voided,
    /// Its cat left.
    CatErased,
}

impl CancelReason {
    /// Whether an event about a lot, or about its cat, says already why a listing ended.
    pub(crate) const fn is_told_with_the_lot(self) -> bool {
        match self {
            Self::Regraded | Self::Spoiled | Self::Voided | Self::CatErased => true,
            Self::Cat | Self::SelfTrade => false,
        }
    }
}

/// Why a lot left the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Withdrawal {
    /// Its capture was voided.
    CaptureVoided,
    /// Its owner left.
    CatErased,
}

/// The ask that the house made for a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// The order.
    pub order: OrderNumber,
    /// Its price.
    pub price: Kibbles,
}

/// A trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// Trades count from 1.
    pub number: u64,
    /// Where.
    pub market: Market,
    /// Per lot.
    pub price: Kibbles,
    /// How many lots.
    pub quantity: u32,
    /// Where its lots begin in [`Output::lots`].
    pub first_lot: usize,
    /// Who has the lots now.
    pub buyer: CatIx,
    /// Who had them.
    pub seller: CatIx,
    /// The buyer's order.
    pub buy_order: OrderNumber,
    /// What it still wants.
    pub buy_remaining: u32,
    /// The seller's order.
    pub sell_order: OrderNumber,
    /// What it still offers.
    pub sell_remaining: u32,
    /// Who came second.
    pub taker: Side,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A market opened.
    MarketOpened(Market),
    /// A lot came in.
    LotListed {
        /// The lot.
        lot: LotIx,
        /// Its grade on arrival.
        grade: Grade,
        /// How the house offers it.
        listing: Option<Listing>,
    },
    /// A lot moved to the next market.
    LotRegraded {
        /// The lot.
        lot: LotIx,
        /// Whose it is.
        owner: CatIx,
        /// Its grade before.
        from: Grade,
        /// Its market now.
        to: Market,
        /// How the house offers it now.
        listing: Option<Listing>,
    },
    /// A lot is too old for any market.
    LotSpoiled {
        /// The lot.
        lot: LotIx,
        /// Whose it is.
        owner: CatIx,
    },
    /// A lot left.
    LotWithdrawn {
        /// The lot.
        lot: LotIx,
        /// Whose it was.
        owner: CatIx,
        /// Why.
        why: Withdrawal,
    },
    /// A cat's order was taken.
    OrderAccepted(OrderNumber),
    /// A cat's order was refused.
    OrderRejected(RejectReason),
    /// The rest of an order was taken back: a cat's, or a listing that no event about its lot explains.
    OrderCancelled {
        /// The order.
        order: OrderNumber,
        /// Whose it was.
        cat: CatIx,
        /// Where.
        market: Market,
        /// What was left.
        remaining: u32,
        /// Why.
        why: CancelReason,
    },
    /// Lots changed paws.
    TradeExecuted(Trade),
    /// A cat's kibbles changed.
    AccountChanged {
        /// Whose.
        cat: CatIx,
        /// All of them.
        balance: Kibbles,
        /// Those that stand behind bids.
        held: Kibbles,
        /// Why.
        why: ChangeReason,
    },
}

/// What one command made happen; reused from command to command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The lots that the trades handed over.
    pub lots: Vec<LotIx>,
}

impl Output {
    /// Forgets the last command.
    pub fn clear(&mut self) {
        self.events.clear();
        self.lots.clear();
    }

    /// The lots that a trade of this output handed over, oldest first.
    #[must_use]
    pub fn lots_of(&self, trade: &Trade) -> &[LotIx] {
        &self.lots[trade.first_lot..trade.first_lot + trade.quantity as usize]
    }
}

impl OrderState {
    /// The state of an order that has closed with `remaining` lots left.
    #[must_use]
    pub const fn closed_with(remaining: u32) -> Self {
        if remaining == 0 {
            Self::Filled
        } else {
            Self::Cancelled
        }
    }
}
