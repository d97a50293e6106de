//! How a change is written in the log.
//!
//! Settings are in Google's own protobuf messages, ids are little-endian numbers, and a published
//! message is a whole `PubsubMessage`, so that delivering it copies its bytes.

use super::frame;
use crate::broker::domain::change::{Change, PublishedMessage};
use crate::broker::domain::ids::{MessageId, OrderingKey, SubscriptionId, TopicId};
use crate::broker::domain::message_index::Position;
use crate::broker::domain::settings::from_timestamp;
use crate::broker::proto::PubsubMessage;
use bytes::Buf;
use prost::Message;
use prost_types::Timestamp;
use std::collections::HashMap;

const TOPIC_SAVED: u8 = 1;
const TOPIC_DELETED: u8 = 2;
const SUBSCRIPTION_SAVED: u8 = 3;
const SUBSCRIPTION_DELETED: u8 = 4;
const PUBLISHED: u8 = 5;
const ACKNOWLEDGED: u8 = 6;
const SOUGHT: u8 = 7;
const SNAPSHOT_SAVED: u8 = 8;
const SNAPSHOT_UPDATED: u8 = 9;
const SNAPSHOT_DELETED: u8 = 10;

/// A `PubsubMessage` without its data.
#[derive(Clone, PartialEq, prost::Message)]
struct MessageHead {
    #[prost(map = "string, string", tag = "2")]
    attributes: HashMap<String, String>,
    #[prost(string, tag = "3")]
    message_id: String,
    #[prost(message, optional, tag = "4")]
    publish_time: Option<Timestamp>,
    #[prost(string, tag = "5")]
    ordering_key: String,
}

/// Writes messages that have their ids; positions count from the buffer's beginning.
pub(super) fn append_published(
    buffer: &mut Vec<u8>,
    topic: TopicId,
    messages: Vec<PubsubMessage>,
    first: MessageId,
) -> Change {
    let messages = frame::append(buffer, PUBLISHED, |body| {
        body.extend_from_slice(&topic.0.to_le_bytes());
        let ids = (first.0..).map(MessageId);
        ids.zip(messages)
            .map(|(id, message)| append_message(body, id, message))
            .collect()
    });
    Change::Published { topic, messages }
}

fn append_message(buffer: &mut Vec<u8>, id: MessageId, message: PubsubMessage) -> PublishedMessage {
    let length = u32::try_from(message.encoded_len()).expect("a message has at most 10 MB");
    buffer.extend_from_slice(&length.to_le_bytes());
    let offset = u32::try_from(buffer.len()).expect("unwritten messages are bounded to 64 MiB");
    message.encode_raw(buffer);
    PublishedMessage {
        id,
        key: OrderingKey::of(&message.ordering_key),
        published_at: from_timestamp(message.publish_time.unwrap_or_default()),
        attributes: message.attributes,
        position: Position {
            segment: 0,
            offset,
            length,
        },
    }
}

/// Writes a change that is no publishing.
pub(super) fn append(buffer: &mut Vec<u8>, change: &Change) {
    match change {
        Change::TopicSaved { id, topic } => frame::append(buffer, TOPIC_SAVED, |body| {
            body.extend_from_slice(&id.0.to_le_bytes());
            topic.encode_raw(body);
        }),
        Change::TopicDeleted { id } => frame::append(buffer, TOPIC_DELETED, |body| {
            body.extend_from_slice(&id.0.to_le_bytes());
        }),
        Change::SubscriptionSaved {
            id,
            topic,
            subscription,
        } => {
            frame::append(buffer, SUBSCRIPTION_SAVED, |body| {
                body.extend_from_slice(&id.0.to_le_bytes());
                body.extend_from_slice(&topic.0.to_le_bytes());
                subscription.encode_raw(body);
            });
        }
        Change::SubscriptionDeleted { id } => frame::append(buffer, SUBSCRIPTION_DELETED, |body| {
            body.extend_from_slice(&id.0.to_le_bytes());
        }),
        Change::Published { .. } => unreachable!("published messages have a writer of their own"),
        Change::Acknowledged {
            subscription,
            messages,
        } => {
            frame::append(buffer, ACKNOWLEDGED, |body| {
                body.extend_from_slice(&subscription.0.to_le_bytes());
                append_ids(body, messages);
            });
        }
        Change::Sought {
            subscription,
            up_to,
            unacknowledged,
        } => {
            frame::append(buffer, SOUGHT, |body| {
                body.extend_from_slice(&subscription.0.to_le_bytes());
                body.extend_from_slice(&up_to.0.to_le_bytes());
                append_ids(body, unacknowledged);
            });
        }
        Change::SnapshotSaved {
            snapshot,
            subscription,
        } => {
            frame::append(buffer, SNAPSHOT_SAVED, |body| {
                body.extend_from_slice(&subscription.0.to_le_bytes());
                snapshot.encode_raw(body);
            });
        }
        Change::SnapshotUpdated { snapshot } => {
            frame::append(buffer, SNAPSHOT_UPDATED, |body| snapshot.encode_raw(body));
        }
        Change::SnapshotDeleted { name } => frame::append(buffer, SNAPSHOT_DELETED, |body| {
            body.extend_from_slice(name.as_bytes());
        }),
    }
}

fn append_ids(buffer: &mut Vec<u8>, messages: &[MessageId]) {
    for id in messages {
        buffer.extend_from_slice(&id.0.to_le_bytes());
    }
}

/// Reads a change back; `body_at` is where the body lies in its segment. `None`: it is not of this format.
pub(super) fn read(kind: u8, body: &[u8], segment: u64, body_at: usize) -> Option<Change> {
    let mut rest = body;
    Some(match kind {
        TOPIC_SAVED => {
            let id = TopicId(rest.try_get_u32_le().ok()?);
            Change::TopicSaved {
                id,
                topic: Box::new(Message::decode(rest).ok()?),
            }
        }
        TOPIC_DELETED => Change::TopicDeleted {
            id: TopicId(rest.try_get_u32_le().ok()?),
        },
        SUBSCRIPTION_SAVED => {
            let id = SubscriptionId(rest.try_get_u32_le().ok()?);
            let topic = TopicId(rest.try_get_u32_le().ok()?);
            let subscription = Box::new(Message::decode(rest).ok()?);
            Change::SubscriptionSaved {
                id,
                topic,
                subscription,
            }
        }
        SUBSCRIPTION_DELETED => Change::SubscriptionDeleted {
            id: SubscriptionId(rest.try_get_u32_le().ok()?),
        },
        PUBLISHED => read_published(body, segment, body_at)?,
        ACKNOWLEDGED => {
            let subscription = SubscriptionId(rest.try_get_u32_le().ok()?);
            Change::Acknowledged {
                subscription,
                messages: read_ids(rest)?,
            }
        }
        SOUGHT => {
            let subscription = SubscriptionId(rest.try_get_u32_le().ok()?);
            let up_to = MessageId(rest.try_get_u64_le().ok()?);
            Change::Sought {
                subscription,
                up_to,
                unacknowledged: read_ids(rest)?,
            }
        }
        SNAPSHOT_SAVED => {
            let subscription = SubscriptionId(rest.try_get_u32_le().ok()?);
            Change::SnapshotSaved {
                snapshot: Message::decode(rest).ok()?,
                subscription,
            }
        }
        SNAPSHOT_UPDATED => Change::SnapshotUpdated {
            snapshot: Message::decode(rest).ok()?,
        },
        SNAPSHOT_DELETED => Change::SnapshotDeleted {
            name: std::str::from_utf8(rest).ok()?.to_owned(),
        },
        _ => return None,
    })
}

fn read_ids(mut rest: &[u8]) -> Option<Vec<MessageId>> {
    let mut ids = Vec::with_capacity(rest.len() / 8);
    while rest.has_remaining() {
        ids.push(MessageId(rest.try_get_u64_le().ok()?));
    }
    Some(ids)
}

fn read_published(body: &[u8], segment: u64, body_at: usize) -> Option<Change> {
    let mut rest = body;
    let topic = TopicId(rest.try_get_u32_le().ok()?);
    let mut messages = Vec::new();
    while rest.has_remaining() {
        let length = rest.try_get_u32_le().ok()?;
        let (encoded, after) = rest.split_at_checked(length as usize)?;
        let head = MessageHead::decode(encoded).ok()?;
        let offset = u32::try_from(body_at + body.len() - rest.len()).ok()?;
        messages.push(PublishedMessage {
            id: MessageId(head.message_id.parse().ok()?),
            key: OrderingKey::of(&head.ordering_key),
            published_at: from_timestamp(head.publish_time?),
            attributes: head.attributes,
            position: Position {
                segment,
                offset,
                length,
            },
        });
        rest = after;
    }
    Some(Change::Published { topic, messages })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::domain::ids::Millis;
    use crate::broker::domain::settings::to_timestamp;
    use crate::broker::proto;

    fn read_back(buffer: &[u8]) -> Change {
        let mut space = Vec::new();
        let frame = frame::read(&mut &buffer[..], &mut space)
            .expect("memory")
            .expect("whole");
        read(frame.kind, frame.body, 3, frame.body_at).expect("known")
    }

    #[test]
    fn every_change_is_read_back() {
        let snapshot = proto::Snapshot {
            name: "s".to_owned(),
            ..proto::Snapshot::default()
        };
        let subscription = SubscriptionId(9);
        let ids = vec![MessageId(5), MessageId(u64::MAX)];
        for change in [
            Change::TopicSaved {
                id: TopicId(1),
                topic: Box::default(),
            },
            Change::TopicDeleted { id: TopicId(1) },
            Change::SubscriptionSaved {
                id: subscription,
                topic: TopicId(4),
                subscription: Box::new(proto::Subscription {
                    name: "n".to_owned(),
                    ..Default::default()
                }),
            },
            Change::SubscriptionDeleted { id: subscription },
            Change::Acknowledged {
                subscription,
                messages: ids.clone(),
            },
            Change::Sought {
                subscription,
                up_to: MessageId(8),
                unacknowledged: ids,
            },
            Change::SnapshotSaved {
                snapshot: snapshot.clone(),
                subscription,
            },
            Change::SnapshotUpdated { snapshot },
            Change::SnapshotDeleted {
                name: "s".to_owned(),
            },
        ] {
            let mut buffer = Vec::new();
            append(&mut buffer, &change);
            assert_eq!(read_back(&buffer), change);
        }
    }

    #[test]
    fn a_message_lies_where_its_position_says() {
        let message = |id: u64| PubsubMessage {
            data: vec![7; 300].into(),
            attributes: HashMap::from([("kind".to_owned(), "rat".to_owned())]),
            message_id: id.to_string(),
            publish_time: Some(to_timestamp(Millis(1_234))),
            ordering_key: "trap".to_owned(),
        };
        let mut buffer = Vec::new();
        let messages = vec![message(11), message(12)];
        let written = append_published(&mut buffer, TopicId(2), messages.clone(), MessageId(11));
        let Change::Published { messages: read, .. } = read_back(&buffer) else {
            panic!("kind")
        };
        let Change::Published {
            messages: written, ..
        } = written
        else {
            panic!("kind")
        };
        for ((read, written), message) in read.iter().zip(&written).zip(&messages) {
            assert_eq!(read.position.offset, written.position.offset);
            assert_eq!((read.id, read.key), (written.id, written.key));
            assert_eq!(read.published_at, Millis(1_234));
            let start = read.position.offset as usize;
            let bytes = &buffer[start..start + read.position.length as usize];
            assert_eq!(PubsubMessage::decode(bytes).expect("whole"), *message);
        }
    }
}
