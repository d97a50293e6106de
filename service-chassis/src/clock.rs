//! The time, as an argument: tests hold the clock still and move it by hand, and a simulation has its own.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use parking_lot::Mutex;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A pause; it lasts until it is awaited to its end.
pub type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time, in whole milliseconds, and lets it pass.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The time of day.
    fn now(&self) -> DateTime<Utc>;

    /// A time that never goes back, for measuring how long something takes.
    fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Ends after `duration` has passed.
    fn pause(&self, duration: Duration) -> Pause {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now.trunc_subsecs(3))))
    }

    /// Moves it on, or back when `by` is negative.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}
