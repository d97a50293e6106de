//! The API of cadaver-exchange.

use super::call::{CallError, call};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A way to the exchange.
#[derive(Debug, Clone)]
pub(in crate::up) struct Exchange {
    http: reqwest::Client,
    root: String,
}

/// A price level of a book.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(in crate::up) struct Level {
    pub(in crate::up) price: i64,
    pub(in crate::up) lots: u64,
}

/// A market at a glance.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::up) struct Market {
    pub(in crate::up) market: String,
    pub(in crate::up) best_ask: Option<Level>,
}

#[derive(Deserialize)]
struct Markets {
    markets: Vec<Market>,
}

/// A limit order to be placed.
#[derive(Debug, Clone, Serialize)]
pub(in crate::up) struct NewOrder {
    pub(in crate::up) market: String,
    pub(in crate::up) side: &'static str,
    pub(in crate::up) quantity: u64,
    pub(in crate::up) price: i64,
    pub(in crate::up) client_order_id: String,
}

/// What the ledger says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::up) struct BalanceReport {
    /// Whether every asset sums to zero.
    pub(in crate::up) balanced: bool,
    pub(in crate::up) assets: Vec<Asset>,
    pub(in crate::up) lots: LotCounts,
}

#[derive(Debug, Clone, Deserialize)]
pub(in crate::up) struct Asset {
    pub(in crate::up) asset: String,
    pub(in crate::up) sum: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(in crate::up) struct LotCounts {
    /// All that ever came in.
    pub(in crate::up) created: u64,
}

impl Exchange {
    pub(super) fn new(http: reqwest::Client, root: String) -> Self {
        Self { http, root }
    }

    pub(in crate::up) async fn markets(&self) -> Result<Vec<Market>, CallError> {
        let request = self.http.get(format!("{}/v1/markets", self.root));
        Ok(call::<Markets>(request).await?.markets)
    }

    pub(in crate::up) async fn place(
        &self,
        token: &str,
        order: &NewOrder,
    ) -> Result<(), CallError> {
        let request = self.http.post(format!("{}/v1/orders", self.root));
        call::<Value>(request.bearer_auth(token).json(order)).await?;
        Ok(())
    }

    pub(in crate::up) async fn balance_report(&self) -> Result<BalanceReport, CallError> {
        let path = format!("{}/v1/ledger/balance-report", self.root);
        call(self.http.get(path)).await
    }
}
