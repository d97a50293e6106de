//! Applies a change: the same code for a change that was just logged and for one that is read back.

use super::{State, Subscription, Topic};
use crate::broker::domain::change::{Change, PublishedMessage};
use crate::broker::domain::ids::{MessageId, Millis, SubscriptionId, TopicId};
use crate::broker::domain::message_index::KeptMessage;
use crate::broker::domain::names::DELETED_TOPIC;
use crate::broker::domain::queue::Queue;
use crate::broker::domain::settings::{SubscriptionSettings, from_timestamp, topic_retention};
use crate::broker::domain::snapshot::Snapshot;
use crate::broker::proto;
use std::collections::BTreeSet;

impl State {
    /// Applies a change. Answers the subscriptions that may have something to deliver now.
    pub(crate) fn apply(&mut self, change: Change) -> Vec<SubscriptionId> {
        match change {
            Change::TopicSaved { id, topic } => self.save_topic(id, *topic),
            Change::TopicDeleted { id } => self.delete_topic(id),
            Change::SubscriptionSaved {
                id,
                topic,
                subscription,
            } => {
                self.save_subscription(id, topic, *subscription);
                return vec![id];
            }
            Change::SubscriptionDeleted { id } => {
                self.delete_subscription(id);
                return vec![id];
            }
            Change::Published { topic, messages } => return self.publish(topic, messages),
            Change::Acknowledged {
                subscription,
                messages,
            } => {
                self.remove_acknowledged(subscription, &messages);
                return vec![subscription];
            }
            Change::Sought {
                subscription,
                up_to,
                unacknowledged,
            } => {
                self.seek(subscription, up_to, unacknowledged);
                return vec![subscription];
            }
            Change::SnapshotSaved {
                snapshot,
                subscription,
            } => {
                self.save_snapshot(snapshot, subscription);
            }
            Change::SnapshotUpdated { snapshot } => self.update_snapshot(snapshot),
            Change::SnapshotDeleted { name } => self.delete_snapshot(&name),
        }
        Vec::new()
    }

    fn save_topic(&mut self, id: TopicId, proto: proto::Topic) {
        self.last_topic = self.last_topic.max(id);
        let retention = topic_retention(&proto).unwrap_or(None);
        if let Some(topic) = self.topics.get_mut(id) {
            topic.proto = proto;
            topic.retention = retention;
            return;
        }
        let (retained, subscriptions) = (BTreeSet::new(), Vec::new());
        self.topics.insert(
            proto.name.clone(),
            id,
            Topic {
                proto,
                retention,
                retained,
                subscriptions,
            },
        );
    }

    fn delete_topic(&mut self, id: TopicId) {
        let Some(name) = self.topics.get(id).map(|topic| topic.proto.name.clone()) else {
            return;
        };
        let Some(topic) = self.topics.remove(id, &name) else {
            return;
        };
        for message in topic.retained {
            self.index.release(message);
        }
        for subscription in topic.subscriptions {
            if let Some(subscription) = self.subscriptions.get_mut(subscription) {
                subscription.topic = None;
                DELETED_TOPIC.clone_into(&mut subscription.proto.topic);
            }
        }
    }

    fn save_subscription(
        &mut self,
        id: SubscriptionId,
        topic: TopicId,
        proto: proto::Subscription,
    ) {
        self.last_subscription = self.last_subscription.max(id);
        // It was checked before it was logged; one that a later version logged and this one cannot read is left out.
        let Ok(settings) = SubscriptionSettings::read(&proto) else {
            return;
        };
        if proto.detached {
            self.detach(id);
        }
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription.queue.set_policy(settings.policy.clone());
            subscription.settings = settings;
            subscription.proto = proto;
            return;
        }
        let topic = self.topics.get_mut(topic).map(|found| {
            found.subscriptions.push(id);
            topic
        });
        let queue = Queue::new(settings.policy.clone());
        let acknowledged = BTreeSet::new();
        let name = proto.name.clone();
        self.subscriptions.insert(
            name,
            id,
            Subscription {
                proto,
                topic,
                settings,
                queue,
                acknowledged,
            },
        );
    }

    fn detach(&mut self, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get_mut(id) else {
            return;
        };
        let dropped = subscription.drain();
        let topic = subscription.topic.take();
        for message in dropped {
            self.index.release(message);
        }
        if let Some(topic) = topic.and_then(|topic| self.topics.get_mut(topic)) {
            topic
                .subscriptions
                .retain(|subscription| *subscription != id);
        }
    }

    fn delete_subscription(&mut self, id: SubscriptionId) {
        self.detach(id);
        if let Some(subscription) = self.subscriptions.get(id) {
            let name = subscription.proto.name.clone();
            self.subscriptions.remove(id, &name);
        }
    }

    fn publish(&mut self, topic: TopicId, messages: Vec<PublishedMessage>) -> Vec<SubscriptionId> {
        if let Some(last) = messages.last() {
            self.last_message = self.last_message.max(last.id);
        }
        let Some(found) = self.topics.get_mut(topic) else {
            return Vec::new();
        };
        let subscriptions = found.subscriptions.clone();
        let retains = found.retention.is_some();
        if retains {
            found
                .retained
                .extend(messages.iter().map(|message| message.id));
        }
        for message in messages {
            let mut holders = u32::from(retains);
            holders += self.deliver_to(&subscriptions, &message);
            holders += self.add_to_snapshots(topic, message.id);
            let PublishedMessage {
                id,
                key,
                published_at,
                position,
                ..
            } = message;
            self.index.insert(
                id,
                KeptMessage {
                    position,
                    topic,
                    key,
                    published_at,
                    holders,
                },
            );
        }
        subscriptions
    }

    fn deliver_to(&mut self, subscriptions: &[SubscriptionId], message: &PublishedMessage) -> u32 {
        let mut receivers = 0;
        for id in subscriptions {
            let Some(subscription) = self.subscriptions.get_mut(*id) else {
                continue;
            };
            let filter = subscription.settings.filter.as_ref();
            if filter.is_none_or(|filter| filter.matches(&message.attributes)) {
                subscription.queue.push(message.id);
                receivers += 1;
            }
        }
        receivers
    }

    fn add_to_snapshots(&mut self, topic: TopicId, message: MessageId) -> u32 {
        let mut holders = 0;
        for snapshot in self
            .snapshots
            .values_mut()
            .filter(|snapshot| snapshot.topic == topic)
        {
            snapshot.messages.insert(message);
            holders += 1;
        }
        holders
    }

    fn save_snapshot(&mut self, proto: proto::Snapshot, subscription: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get(subscription) else {
            return;
        };
        let Some(topic) = subscription.topic else {
            return;
        };
        let messages = subscription.queue.unacknowledged();
        for message in &messages {
            self.index.hold(*message);
        }
        let expires_at = proto.expire_time.map_or(Millis(i64::MAX), from_timestamp);
        self.snapshots.insert(
            proto.name.clone(),
            Snapshot {
                proto,
                topic,
                expires_at,
                messages,
            },
        );
    }

    fn update_snapshot(&mut self, proto: proto::Snapshot) {
        if let Some(snapshot) = self.snapshots.get_mut(&proto.name) {
            snapshot.expires_at = proto.expire_time.map_or(Millis(i64::MAX), from_timestamp);
            snapshot.proto = proto;
        }
    }

    pub(super) fn delete_snapshot(&mut self, name: &str) {
        let Some(snapshot) = self.snapshots.remove(name) else {
            return;
        };
        for message in snapshot.messages {
            self.index.release(message);
        }
    }
}

impl Subscription {
    /// Empties it; answers all messages that it held.
    fn drain(&mut self) -> Vec<MessageId> {
        let mut dropped: Vec<MessageId> = self.queue.unacknowledged().into_iter().collect();
        dropped.extend(std::mem::take(&mut self.acknowledged));
        self.queue.replace(BTreeSet::new());
        dropped
    }
}
