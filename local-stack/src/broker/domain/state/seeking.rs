//! Seeking: choosing anew which messages of a subscription are unacknowledged.

use super::{State, Subscription};
use crate::broker::domain::ids::{MessageId, Millis, SubscriptionId};
use crate::broker::domain::refusal::Refusal;
use std::collections::BTreeSet;

impl State {
    /// What is unacknowledged after seeking to a time. The second set is kept by the topic only: whether
    /// the subscription's filter wants it has to be looked up.
    pub(crate) fn since(
        &self,
        subscription: &Subscription,
        time: Millis,
    ) -> (BTreeSet<MessageId>, BTreeSet<MessageId>) {
        let is_since = |id: &MessageId| {
            self.index
                .get(*id)
                .is_some_and(|message| message.published_at >= time)
        };
        let mut own = subscription.queue.unacknowledged();
        own.extend(&subscription.acknowledged);
        own.retain(is_since);
        let topic = subscription.topic.and_then(|topic| self.topics.get(topic));
        let retained = topic.into_iter().flat_map(|topic| &topic.retained).copied();
        let of_topic = retained
            .filter(|id| !own.contains(id))
            .filter(is_since)
            .collect();
        (own, of_topic)
    }

    /// What is unacknowledged after seeking to a snapshot.
    ///
    /// # Errors
    /// There is no such snapshot, or it is of another topic.
    pub(crate) fn in_snapshot(
        &self,
        subscription: &Subscription,
        name: &str,
    ) -> Result<BTreeSet<MessageId>, Refusal> {
        let snapshot = self
            .snapshots
            .get(name)
            .ok_or_else(|| Refusal::NotFound(name.to_owned()))?;
        if subscription.topic != Some(snapshot.topic) {
            return Err(Refusal::FailedPrecondition(
                "The snapshot is of another topic than the subscription.".to_owned(),
            ));
        }
        Ok(snapshot.messages.clone())
    }

    pub(super) fn seek(
        &mut self,
        id: SubscriptionId,
        up_to: MessageId,
        unacknowledged: Vec<MessageId>,
    ) {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return;
        };
        let before = subscription.queue.unacknowledged();
        let mut after: BTreeSet<MessageId> = unacknowledged
            .into_iter()
            .filter(|id| self.index.get(*id).is_some())
            .collect();
        after.extend(before.iter().filter(|id| **id > up_to));
        for message in after.difference(&before) {
            if !subscription.acknowledged.remove(message) {
                self.index.hold(*message);
            }
        }
        for message in before.difference(&after) {
            if subscription.settings.retain_acked {
                subscription.acknowledged.insert(*message);
            } else {
                self.index.release(*message);
            }
        }
        subscription.queue.replace(after);
    }
}
