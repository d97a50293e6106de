//! The engine's own metrics.

use crate::engine::EngineStats;
use prometheus::{IntCounter, core::Collector, core::Desc, proto::MetricFamily};
use service_chassis::metrics::Metrics;
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// Reads the engine's counts whenever metrics are asked for.
struct EngineCollector {
    stats: Arc<EngineStats>,
    counters: [IntCounter; 4],
}

pub(super) fn register(metrics: &Metrics, stats: &Arc<EngineStats>) -> prometheus::Result<()> {
    let counters = [
        IntCounter::new(
            "exchange_commands_total",
            "Commands that the engine carried out",
        )?,
        IntCounter::new(
            "exchange_journal_entries_total",
            "Entries written to the journal",
        )?,
        IntCounter::new(
            "exchange_journal_writes_total",
            "Writes to the journal, each of a batch of entries",
        )?,
        IntCounter::new("exchange_snapshots_total", "Snapshots stored")?,
    ];
    metrics.registry().register(Box::new(EngineCollector {
        stats: stats.clone(),
        counters,
    }))
}

impl Collector for EngineCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.counters.iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let EngineStats {
            commands,
            entries,
            batches,
            snapshots,
        } = self.stats.as_ref();
        for (counter, number) in self
            .counters
            .iter()
            .zip([commands, entries, batches, snapshots])
        {
            counter.inc_by(number.load(Relaxed).saturating_sub(counter.get()));
        }
        self.counters.iter().flat_map(Collector::collect).collect()
    }
}
