//! Wakes the consumers of a subscription when there may be something for them.

use crate::broker::domain::ids::SubscriptionId;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// One signal per subscription that has had a consumer.
#[derive(Debug, Default)]
pub(crate) struct Wakers(Mutex<HashMap<SubscriptionId, Arc<Notify>>>);

impl Wakers {
    pub(crate) fn of(&self, subscription: SubscriptionId) -> Arc<Notify> {
        self.0.lock().entry(subscription).or_default().clone()
    }

    pub(crate) fn wake<'s>(&self, subscriptions: impl IntoIterator<Item = &'s SubscriptionId>) {
        let signals = self.0.lock();
        for subscription in subscriptions {
            if let Some(signal) = signals.get(subscription) {
                signal.notify_waiters();
            }
        }
    }

    pub(crate) fn forget(&self, subscription: SubscriptionId) {
        if let Some(signal) = self.0.lock().remove(&subscription) {
            signal.notify_waiters();
        }
    }
}
