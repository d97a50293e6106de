//! Time passes: leases end, messages and snapshots expire.

use super::State;
use crate::broker::domain::ids::{MessageId, Millis, SubscriptionId};
use crate::broker::domain::limits::DEFAULT_SUBSCRIPTION_RETENTION;
use crate::broker::domain::message_index::MessageIndex;
use std::collections::BTreeSet;

/// A message whose deliveries failed too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hopeless {
    pub(crate) subscription: SubscriptionId,
    pub(crate) message: MessageId,
    pub(crate) failures: u32,
}

impl State {
    /// Ends leases and retries that are due. Answers the subscriptions that have messages ready.
    pub(crate) fn advance(&mut self, now: Millis) -> Vec<SubscriptionId> {
        let mut ready = Vec::new();
        for (id, subscription) in self.subscriptions.iter_mut() {
            if subscription.queue.next_due().is_some_and(|due| due <= now) {
                subscription.queue.advance(&self.index, now);
                if subscription.queue.has_ready() {
                    ready.push(id);
                }
            }
        }
        ready
    }

    /// The messages that are to go to dead-letter topics.
    pub(crate) fn hopeless(&self) -> Vec<Hopeless> {
        let hopeless = self.subscriptions.iter().flat_map(|(id, subscription)| {
            subscription
                .queue
                .to_bury()
                .map(move |(message, failures)| Hopeless {
                    subscription: id,
                    message,
                    failures,
                })
        });
        hopeless.collect()
    }

    /// Forgets what is older than its retention. This is not logged: the same happens after a restart.
    pub(crate) fn expire(&mut self, now: Millis) {
        for (_, subscription) in self.subscriptions.iter_mut() {
            let oldest = now.minus(subscription.settings.retention);
            let mut dropped = subscription.queue.drop_older(oldest, &self.index);
            dropped.extend(drop_older(
                &mut subscription.acknowledged,
                oldest,
                &self.index,
            ));
            if !subscription.settings.retain_acked {
                dropped.extend(std::mem::take(&mut subscription.acknowledged));
            }
            dropped
                .into_iter()
                .for_each(|message| self.index.release(message));
        }
        for (_, topic) in self.topics.iter_mut() {
            let oldest = topic
                .retention
                .map_or(Millis(i64::MAX), |retention| now.minus(retention));
            for message in drop_older(&mut topic.retained, oldest, &self.index) {
                self.index.release(message);
            }
        }
        self.expire_snapshots(now);
    }

    fn expire_snapshots(&mut self, now: Millis) {
        let is_over = |expires_at: Millis| expires_at <= now;
        let expired: Vec<String> = self
            .snapshots
            .iter()
            .filter(|(_, snapshot)| is_over(snapshot.expires_at))
            .map(|(name, _)| name.clone())
            .collect();
        expired.iter().for_each(|name| self.delete_snapshot(name));
        let oldest = now.minus(DEFAULT_SUBSCRIPTION_RETENTION);
        for snapshot in self.snapshots.values_mut() {
            for message in drop_older(&mut snapshot.messages, oldest, &self.index) {
                self.index.release(message);
            }
        }
    }
}

/// Takes the messages published before `oldest` out of a set that is in the order of publishing.
fn drop_older(
    messages: &mut BTreeSet<MessageId>,
    oldest: Millis,
    index: &MessageIndex,
) -> Vec<MessageId> {
    let is_old = |id: &MessageId| {
        index
            .get(*id)
            .is_none_or(|message| message.published_at < oldest)
    };
    let dropped: Vec<MessageId> = messages.iter().copied().take_while(is_old).collect();
    for id in &dropped {
        messages.remove(id);
    }
    dropped
}
