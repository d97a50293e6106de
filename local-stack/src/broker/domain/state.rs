//! All of the broker's state: topics, subscriptions, snapshots and the index of kept messages.

mod apply;
mod delivery;
mod lookup;
mod retention;
mod seeking;
#[cfg(test)]
mod tests;

pub(crate) use delivery::Delivery;
pub(crate) use retention::Hopeless;

use super::ids::{MessageId, Millis, SubscriptionId, TopicId};
use super::message_index::MessageIndex;
use super::queue::Queue;
use super::registry::Registry;
use super::settings::SubscriptionSettings;
use super::snapshot::Snapshot;
use crate::broker::proto;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) topics: Registry<TopicId, Topic>,
    pub(crate) subscriptions: Registry<SubscriptionId, Subscription>,
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    pub(crate) index: MessageIndex,
    /// The newest message that was applied.
    pub(crate) last_message: MessageId,
    pub(crate) last_topic: TopicId,
    pub(crate) last_subscription: SubscriptionId,
    last_lease: u64,
}

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) proto: proto::Topic,
    pub(crate) retention: Option<Duration>,
    /// What the topic keeps for seeking back; each of its messages is held.
    pub(crate) retained: BTreeSet<MessageId>,
    pub(crate) subscriptions: Vec<SubscriptionId>,
}

/// A subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) proto: proto::Subscription,
    /// `None` after the topic was deleted or the subscription detached.
    pub(crate) topic: Option<TopicId>,
    pub(crate) settings: SubscriptionSettings,
    /// Its unacknowledged messages are held.
    pub(crate) queue: Queue,
    /// Acknowledged messages that are kept for seeking back; they are held.
    pub(crate) acknowledged: BTreeSet<MessageId>,
}

impl State {
    /// No topics. `now` makes the leases differ from those before a restart.
    pub(crate) fn empty(now: Millis) -> Self {
        Self {
            topics: Registry::default(),
            subscriptions: Registry::default(),
            snapshots: BTreeMap::new(),
            index: MessageIndex::default(),
            last_message: MessageId(0),
            last_topic: TopicId(0),
            last_subscription: SubscriptionId(0),
            last_lease: u64::try_from(now.0).unwrap_or(0) << 20,
        }
    }
}
