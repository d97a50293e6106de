//! Makes the state out of a checkpoint.

use super::columns::{ids, places};
use super::{MAGIC, MessagesImage, SnapshotImage, StateImage, SubscriptionImage, TopicImage};
use crate::broker::domain::ids::{MessageId, Millis, OrderingKey, SubscriptionId, TopicId};
use crate::broker::domain::message_index::{KeptMessage, MessageIndex, Position};
use crate::broker::domain::queue::Queue;
use crate::broker::domain::settings::{SubscriptionSettings, topic_retention};
use crate::broker::domain::snapshot::Snapshot;
use crate::broker::domain::state::{State, Subscription, Topic};
use prost::Message;
use std::collections::BTreeSet;

/// How many need each message. The messages are in the order of their ids, and so is every list of them.
struct Holders {
    messages: Vec<MessageId>,
    counts: Vec<u32>,
}

impl Holders {
    fn of(messages: Vec<MessageId>) -> Self {
        let counts = vec![0; messages.len()];
        Self { messages, counts }
    }

    /// The ids behind the differences; each of them has one holder more.
    fn hold(&mut self, deltas: Vec<u64>) -> BTreeSet<MessageId> {
        let mut at = 0;
        let ids = ids(deltas).inspect(|id| {
            if self.messages.get(at) != Some(id) {
                at += self.messages[at..].partition_point(|other| other < id);
            }
            if self.messages.get(at) == Some(id) {
                self.counts[at] += 1;
            }
        });
        ids.collect()
    }
}

/// Reads a checkpoint: the state, and where in the log reading goes on. `None`: it is damaged.
pub(crate) fn load(bytes: &[u8], now: Millis) -> Option<(State, u64, u64)> {
    let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
    let (checksum, body) = rest.split_first_chunk()?;
    if magic != MAGIC || u32::from_le_bytes(*checksum) != crc32fast::hash(body) {
        return None;
    }
    let image = StateImage::decode(body).ok()?;
    let mut state = State::empty(now);
    state.last_message = MessageId(image.last_message);
    state.last_topic = TopicId(image.last_topic);
    state.last_subscription = SubscriptionId(image.last_subscription);
    let mut messages = image.messages?;
    let mut holders = Holders::of(ids(std::mem::take(&mut messages.ids)).collect());
    for topic in image.topics {
        load_topic(&mut state, topic, &mut holders)?;
    }
    for subscription in image.subscriptions {
        load_subscription(&mut state, subscription, &mut holders)?;
    }
    for snapshot in image.snapshots {
        load_snapshot(&mut state, snapshot, &mut holders)?;
    }
    load_messages(&mut state, messages, holders);
    Some((state, image.segment, image.offset))
}

fn load_topic(state: &mut State, image: TopicImage, holders: &mut Holders) -> Option<()> {
    let proto = image.topic?;
    let topic = Topic {
        retention: topic_retention(&proto).ok()?,
        retained: holders.hold(image.retained),
        subscriptions: Vec::new(),
        proto,
    };
    state
        .topics
        .insert(topic.proto.name.clone(), TopicId(image.id), topic);
    Some(())
}

fn load_subscription(
    state: &mut State,
    image: SubscriptionImage,
    holders: &mut Holders,
) -> Option<()> {
    let proto = image.subscription?;
    let settings = SubscriptionSettings::read(&proto).ok()?;
    let id = SubscriptionId(image.id);
    let topic = image.topic.map(TopicId);
    if let Some(topic) = topic.and_then(|topic| state.topics.get_mut(topic)) {
        topic.subscriptions.push(id);
    }
    let mut queue = Queue::new(settings.policy.clone());
    queue.replace(holders.hold(image.unacknowledged));
    for (message, failures) in image.failed.into_iter().zip(image.failures) {
        queue.restore_failures(MessageId(message), failures);
    }
    let acknowledged = holders.hold(image.acknowledged);
    let name = proto.name.clone();
    let subscription = Subscription {
        proto,
        topic,
        settings,
        queue,
        acknowledged,
    };
    state.subscriptions.insert(name, id, subscription);
    Some(())
}

fn load_snapshot(state: &mut State, image: SnapshotImage, holders: &mut Holders) -> Option<()> {
    let snapshot = Snapshot {
        proto: image.snapshot?,
        topic: TopicId(image.topic),
        expires_at: Millis(image.expires_at),
        messages: holders.hold(image.messages),
    };
    state
        .snapshots
        .insert(snapshot.proto.name.clone(), snapshot);
    Some(())
}

fn load_messages(state: &mut State, image: MessagesImage, holders: Holders) {
    let ids = holders.messages.into_iter().zip(holders.counts);
    let positions = places(image.segments)
        .zip(places(image.offsets))
        .zip(image.lengths);
    let rest = image
        .topics
        .into_iter()
        .zip(image.keys)
        .zip(places(image.times));
    let messages = ids
        .zip(positions)
        .zip(rest)
        .map(|((message, position), rest)| {
            let ((id, holders), ((segment, offset), length)) = (message, position);
            let ((topic, key), published_at) = rest;
            let offset = u32::try_from(offset).unwrap_or(0);
            let message = KeptMessage {
                position: Position {
                    segment: segment.cast_unsigned(),
                    offset,
                    length,
                },
                topic: TopicId(topic),
                key: OrderingKey(key),
                published_at: Millis(published_at),
                holders,
            };
            (id, message)
        });
    state.index = MessageIndex::restored(messages);
}
