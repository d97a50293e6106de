//! What the log keeps: every lasting change of the broker's state, in order.

use super::ids::{MessageId, Millis, OrderingKey, SubscriptionId, TopicId};
use super::message_index::Position;
use crate::broker::proto;
use std::collections::HashMap;

/// A lasting change. Applying the same changes in the same order gives the same state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    TopicSaved {
        id: TopicId,
        topic: Box<proto::Topic>,
    },
    TopicDeleted {
        id: TopicId,
    },
    SubscriptionSaved {
        id: SubscriptionId,
        topic: TopicId,
        subscription: Box<proto::Subscription>,
    },
    SubscriptionDeleted {
        id: SubscriptionId,
    },
    Published {
        topic: TopicId,
        messages: Vec<PublishedMessage>,
    },
    Acknowledged {
        subscription: SubscriptionId,
        messages: Vec<MessageId>,
    },
    /// Of the messages up to `up_to`, exactly `unacknowledged` are to be delivered (again).
    Sought {
        subscription: SubscriptionId,
        up_to: MessageId,
        unacknowledged: Vec<MessageId>,
    },
    SnapshotSaved {
        snapshot: proto::Snapshot,
        subscription: SubscriptionId,
    },
    /// Only the labels and the expiry change.
    SnapshotUpdated {
        snapshot: proto::Snapshot,
    },
    SnapshotDeleted {
        name: String,
    },
}

/// A message as the log's reader and writer know it: all but its data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PublishedMessage {
    pub(crate) id: MessageId,
    pub(crate) key: OrderingKey,
    pub(crate) published_at: Millis,
    pub(crate) attributes: HashMap<String, String>,
    pub(crate) position: Position,
}
