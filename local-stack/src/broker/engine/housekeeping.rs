//! What happens by itself: leases end, dead letters move, old messages expire.

use super::{Engine, now};
use std::sync::Arc;
use std::time::Duration;

/// How often leases, retries and dead letters are looked after.
const TICK: Duration = Duration::from_millis(100);
/// How many ticks pass between looking for messages beyond their retention.
const TICKS_PER_EXPIRY: u32 = 100;

impl Engine {
    /// Keeps house until the broker stops.
    pub(crate) async fn keep_house(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for tick in (0..TICKS_PER_EXPIRY).cycle() {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            let ready = {
                let mut state = self.state.lock();
                if tick == 0 {
                    state.expire(now());
                }
                state.advance(now())
            };
            self.wakers.wake(&ready);
            self.bury_hopeless().await;
        }
    }
}
