//! The settings of a subscription that its queue acts on.

use std::time::Duration;

/// See the module's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueuePolicy {
    /// How many messages of one ordering key may be out; `None`: keys do not matter.
    pub(crate) ordered_window: Option<usize>,
    pub(crate) exactly_once: bool,
    /// Least and greatest wait before a redelivery.
    pub(crate) backoff: Option<(Duration, Duration)>,
    /// After how many failed deliveries a message goes to the dead-letter topic.
    pub(crate) max_attempts: Option<u32>,
}

impl QueuePolicy {
    /// How long a message waits after this many failed deliveries: doubled each time between the bounds.
    pub(crate) fn wait_after(&self, failures: u32) -> Duration {
        let Some((least, greatest)) = self.backoff else {
            return Duration::ZERO;
        };
        let doublings = failures.saturating_sub(1).min(31);
        least.saturating_mul(1_u32 << doublings).min(greatest)
    }

    pub(crate) fn gives_up_after(&self, failures: u32) -> bool {
        self.max_attempts
            .is_some_and(|attempts| failures >= attempts)
    }
}
