//! What the service counts of its own work, for Prometheus. Captures are counted as they are recorded here; what is stored in
//! all, `/v1/captures/count` tells.

use crate::domain::intake::ReportOutcome;
use prometheus::{IntCounterVec, Opts, Registry};

/// The counters; clones count together.
#[derive(Clone)]
pub struct Counts {
    reports: IntCounterVec,
}

impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counts")
    }
}

impl Counts {
    /// Counters that nobody reads yet.
    pub fn new() -> prometheus::Result<Self> {
        let reports = Opts::new(
            "mouse_trap_reports_total",
            "Reports of traps, by what they were and whether they were known",
        );
        Ok(Self {
            reports: IntCounterVec::new(reports, &["result", "outcome"])?,
        })
    }

    /// Shows the counters.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.reports.clone()))
    }

    /// Counts a batch of reports that was taken in.
    pub(crate) fn count_reports(&self, outcomes: &[ReportOutcome]) {
        for outcome in outcomes {
            let known = if outcome.duplicate {
                "duplicate"
            } else {
                "recorded"
            };
            self.reports
                .with_label_values(&[outcome.result.name(), known])
                .inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::{Boot, ReportKey, ReportResult};

    #[test]
    fn reports_are_counted_by_what_they_were() {
        let (counts, registry) = (Counts::new().expect("declared well"), Registry::new());
        counts.register(&registry).expect("registered once");
        let key = ReportKey {
            boot: Boot::new("1").expect("valid"),
            counter: 1,
        };
        let heartbeat = ReportOutcome {
            key,
            duplicate: false,
            result: ReportResult::Heartbeat,
        };
        counts.count_reports(&[
            heartbeat.clone(),
            ReportOutcome {
                duplicate: true,
                ..heartbeat
            },
        ]);
        let text = prometheus::TextEncoder::new()
            .encode_to_string(&registry.gather())
            .expect("encoded");
        assert!(
            text.contains("mouse_trap_reports_total{outcome=\"recorded\",result=\"heartbeat\"} 1"),
            "{text}"
        );
    }
}
