//! What the engine has done, as metrics.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, Registry, core::Collector};
use std::time::Duration;

/// Upper bounds of the sizes of writes, in entries.
const ENTRIES: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, 2_048.0,
];
/// Upper bounds of the times of writes, in seconds.
const COMMITS: &[f64] = &[
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
const WELL_FORMED: &str = "its name has letters and underscores only";

/// What the engine has done so far.
#[derive(Debug)]
pub struct EngineStats {
    /// Commands carried out.
    pub(super) commands: IntCounter,
    /// Snapshots stored.
    pub(super) snapshots: IntCounter,
    entries: IntCounter,
    writes: IntCounter,
    last_event: IntGauge,
    batch_entries: Histogram,
    commit_seconds: Histogram,
}

impl EngineStats {
    fn new() -> prometheus::Result<Self> {
        Ok(Self {
            commands: IntCounter::new(
                "exchange_commands_total",
                "Commands that the engine carried out",
            )?,
            snapshots: IntCounter::new("exchange_snapshots_total", "Snapshots stored")?,
            entries: IntCounter::new(
                "exchange_journal_entries_total",
                "Entries written to the journal",
            )?,
            writes: IntCounter::new(
                "exchange_journal_writes_total",
                "Writes to the journal, each of a batch of entries",
            )?,
            last_event: IntGauge::new(
                "exchange_journal_last_event",
                "The number of the last event in the journal; zero on a stand-by",
            )?,
            batch_entries: Histogram::with_opts(
                HistogramOpts::new(
                    "exchange_journal_batch_entries",
                    "Entries in one write to the journal",
                )
                .buckets(ENTRIES.to_vec()),
            )?,
            commit_seconds: Histogram::with_opts(
                HistogramOpts::new(
                    "exchange_journal_commit_seconds",
                    "Time until a write to the journal is durable",
                )
                .buckets(COMMITS.to_vec()),
            )?,
        })
    }

    /// Shows all of it in `registry`.
    ///
    /// # Errors
    /// Something of these names is shown there already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        let all: [Box<dyn Collector>; 7] = [
            Box::new(self.commands.clone()),
            Box::new(self.snapshots.clone()),
            Box::new(self.entries.clone()),
            Box::new(self.writes.clone()),
            Box::new(self.last_event.clone()),
            Box::new(self.batch_entries.clone()),
            Box::new(self.commit_seconds.clone()),
        ];
        all.into_iter()
            .try_for_each(|metric| registry.register(metric))
    }

    #[allow(clippy::cast_precision_loss)] // a batch has thousands of entries at most
    pub(super) fn note_write(&self, entries: usize, took: Duration, last_event: u64) {
        self.entries.inc_by(entries as u64);
        self.writes.inc();
        self.batch_entries.observe(entries as f64);
        self.commit_seconds.observe(took.as_secs_f64());
        self.last_event.set(last_event.cast_signed());
    }
}

impl Default for EngineStats {
    fn default() -> Self {
        Self::new().expect(WELL_FORMED)
    }
}
