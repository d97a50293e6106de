//! A checkpoint's content: the whole state but for the payloads, which stay in the segments.

mod columns;
mod load;

pub(super) use load::load;

use crate::broker::domain::ids::{MessageId, OrderingKey};
use crate::broker::domain::state::{State, Subscription, Topic};
use crate::broker::proto;
use columns::{deltas, place_deltas};
use prost::Message;
use std::collections::BTreeSet;

/// The first bytes of a checkpoint.
pub(super) const MAGIC: &[u8; 8] = b"CATWEBC1";

/// A checkpoint to be written.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) bytes: Vec<u8>,
    /// The segment in which reading goes on.
    pub(super) segment: u64,
    /// The older segments that hold needed messages.
    pub(super) needed: BTreeSet<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StateImage {
    #[prost(uint64, tag = "1")]
    segment: u64,
    #[prost(uint64, tag = "2")]
    offset: u64,
    #[prost(uint64, tag = "3")]
    last_message: u64,
    #[prost(uint32, tag = "4")]
    last_topic: u32,
    #[prost(uint32, tag = "5")]
    last_subscription: u32,
    #[prost(message, repeated, tag = "6")]
    topics: Vec<TopicImage>,
    #[prost(message, repeated, tag = "7")]
    subscriptions: Vec<SubscriptionImage>,
    #[prost(message, repeated, tag = "8")]
    snapshots: Vec<SnapshotImage>,
    #[prost(message, optional, tag = "9")]
    messages: Option<MessagesImage>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TopicImage {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(message, optional, tag = "2")]
    topic: Option<proto::Topic>,
    #[prost(uint64, repeated, tag = "3")]
    retained: Vec<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SubscriptionImage {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(uint32, optional, tag = "2")]
    topic: Option<u32>,
    #[prost(message, optional, tag = "3")]
    subscription: Option<proto::Subscription>,
    #[prost(uint64, repeated, tag = "4")]
    unacknowledged: Vec<u64>,
    #[prost(uint64, repeated, tag = "5")]
    acknowledged: Vec<u64>,
    #[prost(uint64, repeated, tag = "6")]
    failed: Vec<u64>,
    #[prost(uint32, repeated, tag = "7")]
    failures: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SnapshotImage {
    #[prost(message, optional, tag = "1")]
    snapshot: Option<proto::Snapshot>,
    #[prost(uint32, tag = "2")]
    topic: u32,
    #[prost(sint64, tag = "3")]
    expires_at: i64,
    #[prost(uint64, repeated, tag = "4")]
    messages: Vec<u64>,
}

/// The index in columns: neighbours differ little, and small numbers are short.
#[derive(Clone, PartialEq, prost::Message)]
struct MessagesImage {
    #[prost(uint64, repeated, tag = "1")]
    ids: Vec<u64>,
    #[prost(sint64, repeated, tag = "2")]
    segments: Vec<i64>,
    #[prost(sint64, repeated, tag = "3")]
    offsets: Vec<i64>,
    #[prost(uint32, repeated, tag = "4")]
    lengths: Vec<u32>,
    #[prost(uint32, repeated, tag = "5")]
    topics: Vec<u32>,
    #[prost(fixed64, repeated, tag = "6")]
    keys: Vec<u64>,
    #[prost(sint64, repeated, tag = "7")]
    times: Vec<i64>,
}

/// The state's image; reading goes on at `offset` of `segment`.
pub(super) fn of(state: &State, segment: u64, offset: u64) -> Image {
    let image = StateImage {
        segment,
        offset,
        last_message: state.last_message.0,
        last_topic: state.last_topic.0,
        last_subscription: state.last_subscription.0,
        topics: state
            .topics
            .iter()
            .map(|(id, topic)| topic_image(id.0, topic))
            .collect(),
        subscriptions: state
            .subscriptions
            .iter()
            .map(|(id, subscription)| subscription_image(id.0, subscription))
            .collect(),
        snapshots: snapshot_images(state),
        messages: Some(messages_image(state)),
    };
    let needed = state.index.needed_segments().collect();
    let body = image.encode_to_vec();
    let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    Image {
        bytes,
        segment,
        needed,
    }
}

fn topic_image(id: u32, topic: &Topic) -> TopicImage {
    let retained = deltas(topic.retained.iter().copied());
    TopicImage {
        id,
        topic: Some(topic.proto.clone()),
        retained,
    }
}

fn subscription_image(id: u32, subscription: &Subscription) -> SubscriptionImage {
    let (failed, failures) = subscription
        .queue
        .failures()
        .map(|(MessageId(id), failures)| (id, failures))
        .unzip();
    SubscriptionImage {
        id,
        topic: subscription.topic.map(|topic| topic.0),
        subscription: Some(subscription.proto.clone()),
        unacknowledged: deltas(subscription.queue.unacknowledged()),
        acknowledged: deltas(subscription.acknowledged.iter().copied()),
        failed,
        failures,
    }
}

fn snapshot_images(state: &State) -> Vec<SnapshotImage> {
    let images = state.snapshots.values().map(|snapshot| SnapshotImage {
        snapshot: Some(snapshot.proto.clone()),
        topic: snapshot.topic.0,
        expires_at: snapshot.expires_at.0,
        messages: deltas(snapshot.messages.iter().copied()),
    });
    images.collect()
}

fn messages_image(state: &State) -> MessagesImage {
    let index = &state.index;
    let messages = || index.iter().map(|(_, message)| message);
    let segments = messages().map(|message| message.position.segment.cast_signed());
    MessagesImage {
        ids: deltas(index.iter().map(|(id, _)| id)),
        segments: place_deltas(segments),
        offsets: place_deltas(messages().map(|message| i64::from(message.position.offset))),
        lengths: messages().map(|message| message.position.length).collect(),
        topics: messages().map(|message| message.topic.0).collect(),
        keys: messages()
            .map(|message| message.key)
            .map(|OrderingKey(key)| key)
            .collect(),
        times: place_deltas(messages().map(|message| message.published_at.0)),
    }
}
