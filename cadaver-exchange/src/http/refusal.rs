//! What the engine refuses, as problems.

use crate::domain::{
    event::RejectReason,
    exchange::{AmendRefusal, CancelRefusal, Refusal},
};
use actix_web::http::StatusCode;
use service_chassis::http::Problem;
use shared_events::id::OrderId;

pub(super) fn unknown_order(id: &OrderId) -> Problem {
    Problem::not_found("unknown-order", format!("you have no order {id}"))
}

pub(super) fn cancel(refusal: CancelRefusal, id: &OrderId) -> Problem {
    match refusal {
        CancelRefusal::NotFound => unknown_order(id),
        CancelRefusal::Closed => Problem::conflict(refusal.code(), refusal.to_string()),
    }
}

pub(super) fn amend(refusal: AmendRefusal, id: &OrderId) -> Problem {
    match refusal {
        AmendRefusal::NotFound => unknown_order(id),
        AmendRefusal::Closed | AmendRefusal::Listing => {
            Problem::conflict(refusal.code(), refusal.to_string())
        }
        AmendRefusal::Rejected(reason) => rejected(reason),
    }
}

pub(super) fn rejected(reason: RejectReason) -> Problem {
    let status = match reason {
        RejectReason::AccountClosed | RejectReason::TradingStopped => StatusCode::FORBIDDEN,
        RejectReason::ClientOrderIdReused | RejectReason::OrderIdTaken => StatusCode::CONFLICT,
        RejectReason::MarketNotOpen
        | RejectReason::MarketHalted
        | RejectReason::AuctionUnderWay => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, reason.code(), reason.to_string())
}

pub(super) fn refused(refusal: Refusal) -> Problem {
    let status = match refusal {
        Refusal::AccountClosed => StatusCode::FORBIDDEN,
        Refusal::NotOpened => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, refusal.code(), refusal.to_string())
}
