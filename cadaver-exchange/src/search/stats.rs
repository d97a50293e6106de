//! How well the index of lots keeps up, as metrics. (Who searches, how fast and with what success is in those of HTTP.)

use prometheus::{IntCounter, IntGauge, Registry};

/// How far an index is.
#[derive(Debug, Clone)]
pub struct SearchStats {
    pub(super) last_event: IntGauge,
    pub(super) failures: IntCounter,
}

impl SearchStats {
    /// Nothing yet, shown in `registry`.
    ///
    /// # Errors
    /// Something of these names is shown there already.
    pub fn shown_in(registry: &Registry) -> prometheus::Result<Self> {
        let stats = Self {
            last_event: IntGauge::new(
                "exchange_search_last_event",
                "The number of the last event of the journal that the index of lots has taken in",
            )?,
            failures: IntCounter::new(
                "exchange_search_failures_total",
                "Times that the index of lots could not be brought up to date",
            )?,
        };
        registry.register(Box::new(stats.last_event.clone()))?;
        registry.register(Box::new(stats.failures.clone()))?;
        Ok(stats)
    }
}
