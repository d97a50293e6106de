//! The state by itself: what changes do, and who keeps which messages.

use super::State;
use crate::broker::domain::change::{Change, PublishedMessage};
use crate::broker::domain::ids::{
    ConsumerId, MessageId, Millis, OrderingKey, SubscriptionId, TopicId,
};
use crate::broker::domain::message_index::Position;
use crate::broker::domain::queue::Want;
use crate::broker::domain::settings::{complete_subscription, to_timestamp};
use crate::broker::proto;
use std::collections::HashMap;
use std::time::Duration;

const TOPIC: TopicId = TopicId(1);
const CATS: SubscriptionId = SubscriptionId(1);
const NAME: &str = "projects/p/subscriptions/cats";

fn state_with(subscription: proto::Subscription) -> State {
    let mut state = State::empty(Millis(0));
    let topic = proto::Topic {
        name: "projects/p/topics/mice".to_owned(),
        ..proto::Topic::default()
    };
    state.apply(Change::TopicSaved {
        id: TOPIC,
        topic: Box::new(topic),
    });
    let subscription = complete_subscription(proto::Subscription {
        name: NAME.to_owned(),
        topic: "projects/p/topics/mice".to_owned(),
        ..subscription
    });
    let subscription = Box::new(subscription.expect("fine settings"));
    state.apply(Change::SubscriptionSaved {
        id: CATS,
        topic: TOPIC,
        subscription,
    });
    state
}

fn publish(state: &mut State, ids: std::ops::RangeInclusive<u64>, at: Millis) {
    let message = |id| PublishedMessage {
        id: MessageId(id),
        key: OrderingKey::NONE,
        published_at: at,
        attributes: HashMap::new(),
        position: Position {
            segment: id,
            offset: 8,
            length: 1,
        },
    };
    state.apply(Change::Published {
        topic: TOPIC,
        messages: ids.map(message).collect(),
    });
}

fn acknowledge(state: &mut State, ids: &[u64]) {
    let messages = ids.iter().map(|id| MessageId(*id)).collect();
    state.apply(Change::Acknowledged {
        subscription: CATS,
        messages,
    });
}

fn take(state: &mut State) -> Vec<u64> {
    let lease_for = Duration::from_secs(10);
    let want = Want {
        consumer: ConsumerId::NOBODY,
        messages: 100,
        bytes: 1_000,
        lease_for,
    };
    let taken = state.take(CATS, want, Millis(0));
    taken
        .into_iter()
        .map(|delivery| delivery.ack_id.message.0)
        .collect()
}

fn kept(state: &State) -> Vec<u64> {
    state.index.iter().map(|(id, _)| id.0).collect()
}

#[test]
fn a_message_is_kept_until_everybody_has_acknowledged_it() {
    let mut state = state_with(proto::Subscription::default());
    publish(&mut state, 1..=2, Millis(0));
    acknowledge(&mut state, &[1, 1, 7]);
    assert_eq!(kept(&state), [2]);
    state.apply(Change::SubscriptionDeleted { id: CATS });
    assert!(kept(&state).is_empty());
    publish(&mut state, 3..=3, Millis(0));
    assert!(kept(&state).is_empty(), "nobody wants it");
    assert_eq!(state.last_message, MessageId(3));
}

#[test]
fn a_subscription_outlives_its_topic() {
    let mut state = state_with(proto::Subscription::default());
    publish(&mut state, 1..=1, Millis(0));
    state.apply(Change::TopicDeleted { id: TOPIC });
    publish(&mut state, 2..=2, Millis(0));
    assert_eq!(take(&mut state), [1]);
    assert_eq!(
        state.subscription(NAME).expect("there").1.proto.topic,
        "_deleted-topic_"
    );
}

#[test]
fn messages_expire_after_the_retention() {
    let mut state = state_with(proto::Subscription::default());
    publish(&mut state, 1..=1, Millis(0));
    publish(&mut state, 2..=2, Millis(1));
    let week = Duration::from_secs(7 * 24 * 3_600);
    state.expire(Millis(1).plus(week));
    assert_eq!(kept(&state), [2]);
    assert_eq!(take(&mut state), [2]);
}

#[test]
fn a_snapshot_keeps_messages_and_brings_them_back() {
    let mut state = state_with(proto::Subscription::default());
    publish(&mut state, 1..=2, Millis(0));
    acknowledge(&mut state, &[1]);
    let snapshot = proto::Snapshot {
        name: "projects/p/snapshots/spring".to_owned(),
        expire_time: Some(to_timestamp(Millis(100))),
        ..proto::Snapshot::default()
    };
    let name = snapshot.name.clone();
    state.apply(Change::SnapshotSaved {
        snapshot,
        subscription: CATS,
    });
    publish(&mut state, 3..=3, Millis(0));
    acknowledge(&mut state, &[2, 3]);
    assert_eq!(kept(&state), [2, 3]);
    let (_, cats) = state.subscription(NAME).expect("there");
    let unacknowledged = state.in_snapshot(cats, &name).expect("of this topic");
    let unacknowledged = unacknowledged.into_iter().collect();
    let up_to = state.last_message;
    publish(&mut state, 4..=4, Millis(0));
    state.apply(Change::Sought {
        subscription: CATS,
        up_to,
        unacknowledged,
    });
    assert_eq!(take(&mut state), [2, 3, 4]);
    acknowledge(&mut state, &[2, 3, 4]);
    assert_eq!(kept(&state), [2, 3, 4], "the snapshot is still there");
    state.expire(Millis(100));
    assert!(kept(&state).is_empty());
}

#[test]
fn acknowledged_messages_are_retained_when_asked_for() {
    let retain_acked_messages = true;
    let mut state = state_with(proto::Subscription {
        retain_acked_messages,
        ..Default::default()
    });
    publish(&mut state, 1..=3, Millis(5));
    acknowledge(&mut state, &[1, 2]);
    let (_, cats) = state.subscription(NAME).expect("there");
    let (own, of_topic) = state.since(cats, Millis(5));
    assert_eq!(own.len(), 3);
    assert!(of_topic.is_empty());
    assert!(state.since(cats, Millis(6)).0.is_empty());
    let (up_to, unacknowledged) = (state.last_message, vec![MessageId(1), MessageId(9)]);
    state.apply(Change::Sought {
        subscription: CATS,
        up_to,
        unacknowledged,
    });
    assert_eq!(take(&mut state), [1], "the unknown one is left out");
    acknowledge(&mut state, &[1]);
    assert_eq!(kept(&state), [1, 2, 3]);
}
