//! Hungry cats: every few seconds one of them buys what is offered cheapest, at the exchange itself or, now and then,
//! by the cloud function that an app would call.

use super::Stage;
use super::cast::FIRST_BUYER;
use super::cat::{ActAsCatError, Cat};
use crate::up::outside::NewOrder;
use rand::random_range;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// Between two bids, in milliseconds.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 1_200..=2_800;
/// The most lots that a cat buys at once.
const MAX_LOTS: u64 = 3;
/// Of so many bids, one goes by way of the cloud function.
const BY_APP: u64 = 4;

/// Lets cats bid until the demo ends. A bid that fails is dropped: appetite passes.
pub(super) async fn bid(stage: Stage) {
    let mut cats = stage.cats.subscribe();
    for round in 1_u64.. {
        let buyer = match cats.wait_for(|cats| !cats.is_empty()).await {
            Ok(cats) => buyer(&cats),
            Err(_closed) => return,
        };
        let _passes = one_bid(&stage, &buyer, round).await;
        sleep(Duration::from_millis(random_range(PAUSE_MS))).await;
    }
}

/// One of the hungry ones; while those are not there yet, and now and then, anyone.
fn buyer(cats: &[Arc<Cat>]) -> Arc<Cat> {
    let hungry = FIRST_BUYER..cats.len();
    let anyone = hungry.is_empty() || random_range(0..3) == 0;
    let index = random_range(if anyone { 0..cats.len() } else { hungry });
    cats[index].clone()
}

async fn one_bid(stage: &Stage, buyer: &Cat, round: u64) -> Result<(), ActAsCatError> {
    let markets = stage.outside.exchange.markets().await?;
    let mut offers: Vec<_> = markets
        .into_iter()
        .filter_map(|market| Some((market.market, market.best_ask?)))
        .collect();
    if offers.is_empty() {
        return Ok(());
    }
    let (market, ask) = offers.swap_remove(random_range(0..offers.len()));
    let order = NewOrder {
        market,
        side: "buy",
        quantity: random_range(1..=MAX_LOTS).min(ask.lots.max(1)),
        price: ask.price,
        client_order_id: format!("demo-{}", Uuid::now_v7()),
    };
    if round.is_multiple_of(BY_APP) {
        let parameters = json!({
            "market": order.market, "side": order.side, "quantity": order.quantity,
            "price": order.price, "clientOrderId": order.client_order_id,
        });
        let session = buyer.session().await;
        let functions = &stage.outside.parse;
        functions
            .call_function(&session, "placeOrder", &parameters)
            .await?;
        return Ok(());
    }
    let token = buyer.token().await?;
    let placed = stage.outside.exchange.place(&token, &order).await;
    if placed.as_ref().is_err_and(|error| error.is_unauthorized()) {
        buyer.forget_token().await;
    }
    Ok(placed?)
}
