//! Prometheus metrics of one service: a registry of its own, nothing global.

use parking_lot::Mutex;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};
use shared_events::bus::ConsumerStats;
use shared_events::outbox::RelayStats;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the request durations, in seconds.
const DURATION_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

type Watcher = Box<dyn Fn() + Send>;

/// The metrics of one service.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    events: IntCounterVec,
    reading: IntGaugeVec,
    watchers: Arc<Mutex<Vec<Watcher>>>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// A registry whose metrics all carry the label `service`.
    ///
    /// # Errors
    /// A metric is declared wrongly: a defect that any test finds.
    pub fn new(service: &str) -> prometheus::Result<Self> {
        let labels = [("service".to_owned(), service.to_owned())];
        let registry = Registry::new_custom(None, Some(labels.into()))?;
        let requests = IntCounterVec::new(
            Opts::new("http_requests_total", "HTTP requests answered"),
            &["method", "route", "status"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "http_request_duration_seconds",
                "Time from a request's head to its answer's head",
            )
            .buckets(DURATION_BUCKETS.to_vec()),
            &["method", "route"],
        )?;
        let events = IntCounterVec::new(
            Opts::new(
                "catweb_events_total",
                "Events relayed to and received from the bus, by outcome",
            ),
            &["flow", "outcome"],
        )?;
        let reading = IntGaugeVec::new(
            Opts::new(
                "catweb_subscription_read",
                "1 while a subscription is being read",
            ),
            &["subscription"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(events.clone()))?;
        registry.register(Box::new(reading.clone()))?;
        registry.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        Ok(Self {
            registry,
            requests,
            durations,
            events,
            reading,
            watchers: Arc::default(),
        })
    }

    /// Where a service registers its own metrics.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Shows what a relay does, as flow `relay`.
    pub fn watch_relay(&self, stats: &Arc<RelayStats>) {
        let (stats, counts) = (stats.clone(), self.events.clone());
        self.watchers.lock().push(Box::new(move || {
            follow(&counts, "relay", "published", &stats.published);
            follow(&counts, "relay", "failed", &stats.failed);
            follow(&counts, "relay", "outbox-error", &stats.outbox_errors);
        }));
    }

    /// Shows what a consumer does, as the flow that is named after its subscription.
    pub fn watch_consumer(&self, subscription: &str, stats: &Arc<ConsumerStats>) {
        let (stats, counts) = (stats.clone(), self.events.clone());
        let (name, reading) = (
            subscription.to_owned(),
            self.reading.with_label_values(&[subscription]),
        );
        self.watchers.lock().push(Box::new(move || {
            follow(&counts, &name, "done", &stats.done);
            follow(&counts, &name, "retried", &stats.retried);
            follow(&counts, &name, "poisoned", &stats.poisoned);
            reading.set(i64::from(stats.reading.load(Relaxed)));
        }));
    }

    /// Counts an answered request. `route` is the pattern, not the path, so that labels stay few.
    pub fn record_request(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.requests
            .with_label_values(&[method, route, &status.to_string()])
            .inc();
        self.durations
            .with_label_values(&[method, route])
            .observe(took.as_secs_f64());
    }

    /// All metrics in Prometheus' text format.
    ///
    /// # Errors
    /// A metric cannot be written.
    pub fn encode(&self) -> prometheus::Result<String> {
        self.watchers.lock().iter().for_each(|watch| watch());
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Brings a counter up to a number that only grows.
fn follow(counts: &IntCounterVec, flow: &str, outcome: &str, number: &AtomicU64) {
    let counter = counts.with_label_values(&[flow, outcome]);
    counter.inc_by(number.load(Relaxed).saturating_sub(counter.get()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_follow_what_they_watch() {
        let metrics = Metrics::new("test").expect("declared rightly");
        let stats = Arc::new(RelayStats::default());
        metrics.watch_relay(&stats);
        stats.published.store(3, Relaxed);
        metrics.record_request("GET", "/v1/traps/{id}", 200, Duration::from_millis(3));
        let text = metrics.encode().expect("written");
        assert!(
            text.contains(
                r#"catweb_events_total{flow="relay",outcome="published",service="test"} 3"#
            ),
            "{text}"
        );
        assert!(text.contains(r#"route="/v1/traps/{id}""#), "{text}");
        stats.published.store(5, Relaxed);
        assert!(
            metrics
                .encode()
                .expect("written")
                .contains(r#"outcome="published",service="test"} 5"#)
        );
    }
}
