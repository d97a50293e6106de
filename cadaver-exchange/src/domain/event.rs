//! What the exchange tells: numbers only, so that telling costs no memory. Names are looked up in the
//! [`Exchange`](super::Exchange) right after the command.

pub use super::reject::RejectReason;

use super::{
    CatIx, Grade, Kibbles, LotIx, Market, OrderNumber, Side,
    exchange::RequestRefusal,
    ledger::{ChangeReason, Posting},
    session::Phase,
};

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
    /// Its time is over.
    Expired,
    /// It takes only what trades at once.
    Unfilled,
    /// A market order that its cat can pay no further.
    OutOfKibbles,
    /// It takes only what trades at once, and a volatility auction was called instead.
    Volatility,
    /// Trading was stopped for its cat, or for all.
    TradingStopped,
}

impl CancelReason {
    /// Whether an event about a lot, or about its cat, says already why a listing ended.
    pub(crate) const fn is_told_with_the_lot(self) -> bool {
        matches!(
            self,
            Self::Regraded | Self::Spoiled | Self::Voided | Self::CatErased
        )
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
    /// Who came second; in an auction, the younger order.
    pub taker: Side,
    /// What the buyer paid to the house on top.
    pub buyer_fee: Kibbles,
    /// What the seller paid to the house out of the price.
    pub seller_fee: Kibbles,
}

/// What an order has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amended {
    /// The order.
    pub order: OrderNumber,
    /// Whose it is.
    pub cat: CatIx,
    /// Where.
    pub market: Market,
    /// The lots that it asks for in all.
    pub quantity: u32,
    /// Those that it still asks for.
    pub remaining: u32,
    /// Its price.
    pub price: Kibbles,
    /// Whether it is a stop that no trade has reached.
    pub waits: bool,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A market does something else from now on.
    PhaseChanged {
        /// Which.
        market: Market,
        /// What.
        phase: Phase,
    },
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
    /// What a cat asked for from afar was refused.
    RequestRefused(RequestRefusal),
    /// An open order became another: its cat changed it, self-trade prevention made it smaller, or the price of a listing fell.
    OrderAmended(Amended),
    /// A trade reached a stop: from now on it is an order like others.
    OrderTriggered {
        /// The order.
        order: OrderNumber,
        /// Whose it is.
        cat: CatIx,
        /// Where.
        market: Market,
        /// The lots that it asks for.
        remaining: u32,
    },
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

/// How a resting order changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookChangeKind {
    /// It rests from now on, at the end of its level's queue.
    Added {
        /// The lots that it shows.
        lots: u32,
    },
    /// It shows other lots and keeps its place.
    Now {
        /// The lots that it shows.
        lots: u32,
    },
    /// It has left the book.
    Left,
}

/// A change of one book, as everyone may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookChange {
    /// Whose book.
    pub market: Market,
    /// Which side.
    pub side: Side,
    /// At which price.
    pub price: Kibbles,
    /// Which order.
    pub order: OrderNumber,
    /// How.
    pub kind: BookChangeKind,
}

/// What one command made happen; reused from command to command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The lots that the trades handed over.
    pub lots: Vec<LotIx>,
    /// How the books changed, in order.
    pub book: Vec<BookChange>,
    /// What was posted in the ledger, in order: the lines of the accounts' statements. The last one has the number
    /// that [`Ledger::postings`](super::ledger::Ledger::postings) tells.
    pub postings: Vec<Posting>,
}

impl Output {
    /// Forgets the last command.
    pub fn clear(&mut self) {
        self.events.clear();
        self.lots.clear();
        self.book.clear();
        self.postings.clear();
    }

    /// The lots that a trade of this output handed over, oldest first.
    #[must_use]
    pub fn lots_of(&self, trade: &Trade) -> &[LotIx] {
        &self.lots[trade.first_lot..trade.first_lot + trade.quantity as usize]
    }
}
