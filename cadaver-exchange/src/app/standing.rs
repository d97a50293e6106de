//! Which part this process plays, as metrics: who trades, in which epoch, and how often one took over.

use crate::storage::Epoch;
use prometheus::{IntCounter, IntGauge, Registry, core::Collector};

/// The part that this process plays.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    trades: IntGauge,
    epoch: IntGauge,
    take_overs: IntCounter,
}

/// It trades for as long as this lives.
#[derive(Debug)]
pub(super) struct Trades(IntGauge);

impl Standing {
    /// Stands by, and shows it in `registry`.
    pub(super) fn shown_in(registry: &Registry) -> prometheus::Result<Self> {
        let standing = Self {
            trades: IntGauge::new(
                "exchange_lease_held",
                "1 while this process holds the lease and trades, 0 while it stands by",
            )?,
            epoch: IntGauge::new(
                "exchange_lease_epoch",
                "The epoch in which this process trades, or traded last",
            )?,
            take_overs: IntCounter::new(
                "exchange_lease_take_overs_total",
                "Times that this process took over after it had stood by",
            )?,
        };
        let all: [Box<dyn Collector>; 3] = [
            Box::new(standing.trades.clone()),
            Box::new(standing.epoch.clone()),
            Box::new(standing.take_overs.clone()),
        ];
        all.into_iter()
            .try_for_each(|metric| registry.register(metric))?;
        Ok(standing)
    }

    pub(super) fn took_over(&self) {
        self.take_overs.inc();
    }

    pub(super) fn trades_in(&self, epoch: Epoch) -> Trades {
        self.epoch.set(epoch.0.cast_signed());
        self.trades.set(1);
        Trades(self.trades.clone())
    }
}

impl Drop for Trades {
    fn drop(&mut self) {
        self.0.set(0);
    }
}
