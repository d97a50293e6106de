//! Who follows the feed, and how well they keep up, as metrics.

use prometheus::{IntCounter, IntGauge, Registry, core::Collector};

/// What the feed has done so far.
#[derive(Debug)]
pub struct FeedStats {
    pub(super) clients: IntGauge,
    pub(super) refused: IntCounter,
    pub(super) deltas: IntCounter,
    pub(super) conflations: IntCounter,
    pub(super) gaps: IntCounter,
    pub(super) resyncs: IntCounter,
}

impl FeedStats {
    fn new() -> prometheus::Result<Self> {
        Ok(Self {
            clients: IntGauge::new("exchange_feed_clients", "Clients that follow the live feed")?,
            refused: IntCounter::new(
                "exchange_feed_clients_refused_total",
                "Clients that were turned away as too many follow already",
            )?,
            deltas: IntCounter::new("exchange_feed_deltas_total", "Deltas sent to clients")?,
            conflations: IntCounter::new(
                "exchange_feed_conflations_total",
                "Deltas that stood for several, as their client read slowly",
            )?,
            gaps: IntCounter::new(
                "exchange_feed_gaps_total",
                "Times that a client went on from where it had been, or asked again for what it had missed",
            )?,
            resyncs: IntCounter::new(
                "exchange_feed_resyncs_total",
                "Snapshots sent as what a client had missed was no longer kept",
            )?,
        })
    }

    /// Shows all of it in `registry`.
    ///
    /// # Errors
    /// Something of these names is shown there already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        let all: [Box<dyn Collector>; 6] = [
            Box::new(self.clients.clone()),
            Box::new(self.refused.clone()),
            Box::new(self.deltas.clone()),
            Box::new(self.conflations.clone()),
            Box::new(self.gaps.clone()),
            Box::new(self.resyncs.clone()),
        ];
        all.into_iter()
            .try_for_each(|metric| registry.register(metric))
    }
}

impl Default for FeedStats {
    fn default() -> Self {
        Self::new().expect("its names have letters and underscores only")
    }
}

/// A client that is counted for as long as this lives.
#[derive(Debug)]
pub(super) struct Counted(IntGauge);

impl Counted {
    pub(super) fn of(clients: &IntGauge) -> Self {
        clients.inc();
        Self(clients.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
