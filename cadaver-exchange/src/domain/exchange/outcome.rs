//! What became of a command.

use super::{OrderNumber, RejectReason};

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// There was nothing to do: it had been done before, or nothing is due.
    Unchanged,
    /// The order was taken; it may have traded already.
    OrderPlaced(OrderNumber),
    /// The same order had been taken before.
    OrderRepeated(OrderNumber),
    /// The order was refused.
    OrderRejected(RejectReason),
    /// The order is another now; it may have traded already.
    OrderAmended(OrderNumber),
    /// The order could not be changed.
    AmendRefused(AmendRefusal),
    /// The rest of the order was taken back.
    OrderCancelled(OrderNumber),
    /// The order could not be cancelled.
    CancelRefused(CancelRefusal),
    /// So many orders were taken back.
    OrdersCancelled(u32),
    /// What a cat asked for from afar was refused, and it is told so.
    RequestRefused(RequestRefusal),
    /// An administrator's command could not be carried out.
    Refused(Refusal),
}

/// Why an order cannot be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CancelRefusal {
    /// The cat has no such order (any more).
    #[error("there is no such order")]
    NotFound,
    /// It is filled or cancelled already.
    #[error("the order is already closed")]
    Closed,
}

/// Why an order cannot be changed; then it stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AmendRefusal {
    /// The cat has no such order (any more).
    #[error("there is no such order")]
    NotFound,
    /// It is filled or cancelled already.
    #[error("the order is already closed")]
    Closed,
    /// The house's listings follow the cat's policy.
    #[error("a listing follows its owner's policy; it can be cancelled, not amended")]
    Listing,
    /// As it would be, it would be refused.
    #[error(transparent)]
    Rejected(RejectReason),
}

/// Why what a cat asked for from afar was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RequestRefusal {
    /// A change of an order.
    #[error(transparent)]
    Amend(AmendRefusal),
    /// The end of an order.
    #[error(transparent)]
    Cancel(CancelRefusal),
}

impl CancelRefusal {
    /// The reason as a word on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "unknown-order",
            Self::Closed => "order-closed",
        }
    }
}

impl AmendRefusal {
    /// The reason as a word on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => CancelRefusal::NotFound.code(),
            Self::Closed => CancelRefusal::Closed.code(),
            Self::Listing => "listing-not-amendable",
            Self::Rejected(reason) => reason.code(),
        }
    }
}

impl RequestRefusal {
    /// The reason as a word on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Amend(why) => why.code(),
            Self::Cancel(why) => why.code(),
        }
    }
}

/// Why an administrator's command cannot be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The cat has left.
    #[error("the account is closed")]
    AccountClosed,
    /// Nothing, less than nothing, or more than [`MAX_TRANSFER`](crate::domain::rules::MAX_TRANSFER).
    #[error("the amount must be 1 to 1000000000000000 kibbles")]
    InvalidAmount,
    /// The cat has not so many kibbles free.
    #[error("not enough kibbles are available")]
    InsufficientKibbles,
    /// The treasury has issued all that it may.
    #[error("the treasury has issued all that it may")]
    TreasuryEmpty,
    /// A price that no order can have.
    #[error("the policy names a price, a part or a time that cannot be")]
    InvalidPolicy,
    /// A moment that has passed, or lies too far ahead.
    #[error("an auction ends at a moment ahead, by at most a day")]
    InvalidMoment,
    /// No rules have opened the markets yet.
    #[error("no market has opened yet")]
    NotOpened,
}

impl Refusal {
    /// The reason as a word on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AccountClosed => "account-closed",
            Self::InvalidAmount => "invalid-amount",
            Self::InsufficientKibbles => "insufficient-kibbles",
            Self::TreasuryEmpty => "treasury-empty",
            Self::InvalidPolicy => "invalid-policy",
            Self::InvalidMoment => "invalid-moment",
            Self::NotOpened => "market-not-open",
        }
    }
}

impl Outcome {
    /// Whether the state may have changed, so that the command belongs in the journal.
    #[must_use]
    pub const fn belongs_in_journal(self) -> bool {
        match self {
            Self::Done
            | Self::OrderPlaced(_)
            | Self::OrderRejected(_)
            | Self::OrderAmended(_)
            | Self::OrderCancelled(_)
            | Self::OrdersCancelled(_)
            | Self::RequestRefused(_) => true,
            Self::Unchanged
            | Self::OrderRepeated(_)
            | Self::AmendRefused(_)
            | Self::CancelRefused(_)
            | Self::Refused(_) => false,
        }
    }
}
