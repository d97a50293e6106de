//! A consumer: a stream's place at a subscription.

use super::{Engine, Refusal, now};
use crate::broker::domain::ids::{ConsumerId, SubscriptionId};
use crate::broker::domain::limits::{MAX_MESSAGES_PER_PULL, MAX_REPLY_BYTES};
use crate::broker::domain::queue::{FlowControl, Want};
use crate::broker::proto::EncodedReceivedMessage;
use crate::broker::proto::streaming_pull_response::SubscriptionProperties;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Notify;

/// See the module's text. Dropping it gives all of its messages back at once.
#[derive(Debug)]
pub(crate) struct Consumer {
    engine: Arc<Engine>,
    id: ConsumerId,
    subscription: SubscriptionId,
    name: String,
    signal: Arc<Notify>,
    lease_for: Duration,
}

impl Consumer {
    pub(crate) fn open(
        engine: Arc<Engine>,
        subscription: &str,
        limit: FlowControl,
        lease_for: Duration,
    ) -> Result<Self, Refusal> {
        let id = ConsumerId(engine.next_consumer.fetch_add(1, Ordering::Relaxed));
        let subscription_id = {
            let mut state = engine.state.lock();
            let (subscription_id, _) = state.attached_subscription(subscription)?;
            state.open_consumer(subscription_id, id, limit);
            subscription_id
        };
        let signal = engine.wakers.of(subscription_id);
        let name = subscription.to_owned();
        Ok(Self {
            engine,
            id,
            subscription: subscription_id,
            name,
            signal,
            lease_for,
        })
    }

    pub(crate) fn set_lease(&mut self, lease_for: Duration) {
        self.lease_for = lease_for;
    }

    /// What every reply says of the subscription.
    pub(crate) fn properties(&self) -> SubscriptionProperties {
        let state = self.engine.state.lock();
        let policy = state
            .subscriptions
            .get(self.subscription)
            .map(|it| &it.settings.policy);
        SubscriptionProperties {
            exactly_once_delivery_enabled: policy.is_some_and(|it| it.exactly_once),
            message_ordering_enabled: policy.is_some_and(|it| it.ordered_window.is_some()),
        }
    }

    /// Waits until there may be something to take. It can be dropped at any time.
    pub(crate) async fn ready(&self) -> Result<(), Refusal> {
        loop {
            let signal = self.signal.notified();
            tokio::pin!(signal);
            signal.as_mut().enable();
            let due = {
                let mut state = self.engine.state.lock();
                if state.attached_subscription(&self.name)?.0 != self.subscription {
                    return Err(Refusal::NotFound(self.name.clone()));
                }
                let (is_ready, due) = state.is_ready(self.subscription, self.id, now());
                if is_ready {
                    return Ok(());
                }
                due
            };
            let wait = due.map_or(Duration::MAX, |due| {
                now().until(due) + Duration::from_millis(1)
            });
            tokio::select! {
                () = signal => {}
                () = tokio::time::sleep(wait) => {}
                () = self.engine.stopping.cancelled() => {
                    return Err(Refusal::Unavailable("The broker is stopping.".to_owned()));
                }
            }
        }
    }

    /// Leases messages and answers them. Drop it only together with the consumer.
    pub(crate) async fn take(&self) -> Result<Vec<EncodedReceivedMessage>, Refusal> {
        let want = Want {
            consumer: self.id,
            messages: MAX_MESSAGES_PER_PULL,
            bytes: MAX_REPLY_BYTES,
            lease_for: self.lease_for,
        };
        self.engine.take(self.subscription, want).await
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.engine
            .state
            .lock()
            .close_consumer(self.subscription, self.id, now());
        self.engine.wakers.wake([&self.subscription]);
    }
}
