//! The API of cadaver-exchange.

use super::call::{CallError, call};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A way to the exchange.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    http: reqwest::Client,
    root: String,
}

/// A price level of a book.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Level {
    pub(crate) price: i64,
    pub(crate) lots: u64,
}

/// A market at a glance.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Market {
    pub(crate) market: String,
    pub(crate) best_ask: Option<Level>,
}

#[derive(Deserialize)]
struct Markets {
    markets: Vec<Market>,
}

/// A limit order to be placed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NewOrder {
    pub(crate) market: String,
    pub(crate) side: &'static str,
    pub(crate) quantity: u64,
    pub(crate) price: i64,
    pub(crate) client_order_id: String,
}

/// What the ledger says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BalanceReport {
    /// Whether every asset sums to zero.
    pub(crate) balanced: bool,
    pub(crate) assets: Vec<Asset>,
    pub(crate) lots: LotCounts,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Asset {
    pub(crate) asset: String,
    pub(crate) sum: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct LotCounts {
    /// All that ever came in.
    pub(crate) created: u64,
    stocked: u64,
    spoiled: u64,
    withdrawn: u64,
}

impl LotCounts {
    /// Those that are somewhere.
    pub(crate) const fn accounted(&self) -> u64 {
        self.stocked + self.spoiled + self.withdrawn
    }
}

impl Exchange {
    pub(crate) fn new(http: reqwest::Client, root: String) -> Self {
        Self { http, root }
    }

    pub(crate) async fn markets(&self) -> Result<Vec<Market>, CallError> {
        let request = self.http.get(format!("{}/v1/markets", self.root));
        Ok(call::<Markets>(request).await?.markets)
    }

    pub(crate) async fn place(&self, token: &str, order: &NewOrder) -> Result<(), CallError> {
        let request = self.http.post(format!("{}/v1/orders", self.root));
        call::<Value>(request.bearer_auth(token).json(order)).await?;
        Ok(())
    }

    /// The caller's own account.
    pub(crate) async fn account(&self, token: &str) -> Result<Value, CallError> {
        let request = self.http.get(format!("{}/v1/account", self.root));
        call(request.bearer_auth(token)).await
    }

    pub(crate) async fn balance_report(&self) -> Result<BalanceReport, CallError> {
        let path = format!("{}/v1/ledger/balance-report", self.root);
        call(self.http.get(path)).await
    }
}
