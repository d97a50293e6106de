//! The clock of a simulated process: its time of day can jump, its time for measuring cannot.

use super::scheduler::Scheduler;
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use service_chassis::clock::{Clock, Pause};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// When every simulation begins.
const BEGINNING_MS: i64 = 1_795_593_600_000;

#[derive(Clone)]
pub(super) struct SimClock {
    scheduler: Scheduler,
    began: Instant,
    jumped: Arc<Mutex<TimeDelta>>,
    stopped: Arc<Mutex<Option<DateTime<Utc>>>>,
}

impl SimClock {
    pub(super) fn new(scheduler: Scheduler) -> Self {
        Self {
            scheduler,
            began: Instant::now(),
            jumped: Arc::default(),
            stopped: Arc::default(),
        }
    }

    /// Lets the time of day stand still from now on.
    pub(super) fn stop_at(&self, time: DateTime<Utc>) {
        *self.stopped.lock() = Some(time);
    }

    /// Moves the time of day, back when `by` is negative.
    pub(super) fn jump(&self, by: TimeDelta) {
        *self.jumped.lock() += by;
    }
}

impl std::fmt::Debug for SimClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimClock({:?})", self.scheduler.now())
    }
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        if let Some(stopped) = *self.stopped.lock() {
            return stopped;
        }
        let passed = i64::try_from(self.scheduler.now().as_millis()).unwrap_or(i64::MAX);
        let beginning = DateTime::from_timestamp_millis(BEGINNING_MS + passed).unwrap_or_default();
        beginning + *self.jumped.lock()
    }

    fn instant(&self) -> Instant {
        self.began + self.scheduler.now()
    }

    fn pause(&self, duration: Duration) -> Pause {
        Box::pin(self.scheduler.pause(duration))
    }
}
