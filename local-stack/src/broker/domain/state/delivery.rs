//! Handing out, acknowledging and giving back, by subscription.

use super::{State, Subscription};
use crate::broker::domain::ids::{AckId, ConsumerId, MessageId, Millis, SubscriptionId};
use crate::broker::domain::message_index::{MessageIndex, Position};
use crate::broker::domain::queue::{Acknowledgement, FlowControl, Want};
use bytes::Bytes;
use std::time::Duration;

/// A message on its way to a consumer.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) ack_id: AckId,
    /// 0 unless the subscription has a dead-letter policy, as on Google.
    pub(crate) attempt: u32,
    /// Where the payload lies, and itself when it is at hand.
    pub(crate) position: Position,
    pub(crate) payload: Option<Bytes>,
}

impl State {
    pub(crate) fn open_consumer(
        &mut self,
        id: SubscriptionId,
        consumer: ConsumerId,
        limit: FlowControl,
    ) {
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription.queue.open(consumer, limit);
        }
    }

    pub(crate) fn close_consumer(&mut self, id: SubscriptionId, consumer: ConsumerId, now: Millis) {
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription.queue.close(consumer, &self.index, now);
        }
    }

    /// Whether a consumer can take something now, and if not, when to look again if nothing else happens.
    pub(crate) fn is_ready(
        &mut self,
        id: SubscriptionId,
        consumer: ConsumerId,
        now: Millis,
    ) -> (bool, Option<Millis>) {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return (false, None);
        };
        subscription.queue.advance(&self.index, now);
        (
            subscription.queue.has_ready_for(consumer),
            subscription.queue.next_due(),
        )
    }

    /// Leases messages to a consumer.
    pub(crate) fn take(&mut self, id: SubscriptionId, want: Want, now: Millis) -> Vec<Delivery> {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return Vec::new();
        };
        let taken = subscription
            .queue
            .take(want, &self.index, &mut self.last_lease, now);
        let counts_attempts = subscription.settings.policy.max_attempts.is_some();
        let deliveries = taken.into_iter().filter_map(|taken| {
            let position = self.index.get(taken.message)?.position;
            Some(Delivery {
                ack_id: AckId {
                    subscription: id,
                    message: taken.message,
                    lease: taken.lease,
                },
                attempt: if counts_attempts { taken.attempt } else { 0 },
                position,
                payload: self.index.recent.get(taken.message),
            })
        });
        deliveries.collect()
    }

    /// Acknowledges messages in memory. Answers those that have to be logged, and the ids that do not count.
    pub(crate) fn acknowledge(
        &mut self,
        id: SubscriptionId,
        ack_ids: &[AckId],
        now: Millis,
    ) -> (Vec<MessageId>, Vec<AckId>) {
        let (mut done, mut stale) = (Vec::with_capacity(ack_ids.len()), Vec::new());
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return (done, stale);
        };
        for ack_id in ack_ids {
            let key = self.index.key(ack_id.message);
            match subscription.queue.acknowledge(*ack_id, key, now) {
                Acknowledgement::Done => {
                    subscription.keep_or_release(ack_id.message, &mut self.index);
                    done.push(ack_id.message);
                }
                Acknowledgement::Repeated => {}
                Acknowledgement::Stale => stale.push(*ack_id),
            }
        }
        (done, stale)
    }

    /// Extends leases, or gives messages back (zero). Answers the ids that do not count.
    pub(crate) fn modify_deadlines(
        &mut self,
        id: SubscriptionId,
        ack_ids: &[AckId],
        lease_for: Duration,
        now: Millis,
    ) -> Vec<AckId> {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return Vec::new();
        };
        let is_stale = |ack_id: &&AckId| {
            let key = self.index.key(ack_id.message);
            !subscription
                .queue
                .modify_deadline(**ack_id, key, lease_for, now)
        };
        ack_ids.iter().filter(is_stale).copied().collect()
    }

    /// Acknowledgements that come from the log. In memory most of them happened before.
    pub(super) fn remove_acknowledged(&mut self, id: SubscriptionId, messages: &[MessageId]) {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return;
        };
        for message in messages {
            let key = self.index.key(*message);
            if subscription.queue.remove(*message, key) {
                subscription.keep_or_release(*message, &mut self.index);
            }
        }
    }
}

impl Subscription {
    /// A message was acknowledged: it is kept for seeking back, or needed no more.
    fn keep_or_release(&mut self, message: MessageId, index: &mut MessageIndex) {
        if self.settings.retain_acked {
            self.acknowledged.insert(message);
        } else {
            index.release(message);
        }
    }
}
