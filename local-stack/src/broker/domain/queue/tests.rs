//! The queue by itself: leases, retries, attempts, and what must hold whatever happens in which order.

use super::leasing::ABANDONED_GRACE;
use super::{Acknowledgement, FlowControl, Queue, QueuePolicy, Want};
use crate::broker::domain::ids::{
    AckId, ConsumerId, LeaseNumber, MessageId, Millis, OrderingKey, SubscriptionId, TopicId,
};
use crate::broker::domain::message_index::{KeptMessage, MessageIndex, Position};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(10);
const ONE: ConsumerId = ConsumerId(1);
const TWO: ConsumerId = ConsumerId(2);

/// A queue with its messages and a clock that stands still.
struct Bench {
    queue: Queue,
    index: MessageIndex,
    last_lease: u64,
    now: Millis,
}

fn plain() -> QueuePolicy {
    QueuePolicy {
        ordered_window: None,
        exactly_once: false,
        backoff: None,
        max_attempts: None,
    }
}

impl Bench {
    fn new(policy: QueuePolicy) -> Self {
        let mut queue = Queue::new(policy);
        for consumer in [ONE, TWO] {
            queue.open(
                consumer,
                FlowControl {
                    messages: 1_000,
                    bytes: 1_000_000,
                },
            );
        }
        Self {
            queue,
            index: MessageIndex::default(),
            last_lease: 0,
            now: Millis(0),
        }
    }

    fn push(&mut self, id: u64, key: &str) {
        let message = KeptMessage {
            position: Position {
                segment: 1,
                offset: 0,
                length: 10,
            },
            topic: TopicId(1),
            key: OrderingKey::of(key),
            published_at: self.now,
            holders: 1,
        };
        self.index.insert(MessageId(id), message);
        self.queue.push(MessageId(id));
    }

    fn take(&mut self, consumer: ConsumerId, messages: usize) -> Vec<AckId> {
        let want = Want {
            consumer,
            messages,
            bytes: 1_000,
            lease_for: LEASE,
        };
        let taken = self
            .queue
            .take(want, &self.index, &mut self.last_lease, self.now);
        let subscription = SubscriptionId(1);
        let ack_id = |it: super::leasing::Taken| AckId {
            subscription,
            message: it.message,
            lease: it.lease,
        };
        taken.into_iter().map(ack_id).collect()
    }

    fn ids(&mut self, consumer: ConsumerId) -> Vec<u64> {
        self.take(consumer, 100)
            .into_iter()
            .map(|ack| ack.message.0)
            .collect()
    }

    fn acknowledge(&mut self, ack: AckId) -> Acknowledgement {
        self.queue
            .acknowledge(ack, self.index.key(ack.message), self.now)
    }

    fn refuse(&mut self, ack: AckId) -> bool {
        self.queue
            .modify_deadline(ack, self.index.key(ack.message), Duration::ZERO, self.now)
    }

    fn close(&mut self, consumer: ConsumerId) {
        self.queue.close(consumer, &self.index, self.now);
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
        self.queue.advance(&self.index, self.now);
    }
}

#[test]
fn a_lease_ends_unless_it_is_extended() {
    let mut bench = Bench::new(plain());
    bench.push(1, "");
    let ack = bench.take(ONE, 1)[0];
    assert_eq!(bench.queue.next_due(), Some(Millis(10_000)));
    bench.pass(Duration::from_secs(9));
    assert!(
        bench
            .queue
            .modify_deadline(ack, OrderingKey::NONE, LEASE, bench.now)
    );
    bench.pass(Duration::from_secs(9));
    assert!(bench.ids(TWO).is_empty());
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.ids(TWO), [1]);
    assert!(
        !bench
            .queue
            .modify_deadline(ack, OrderingKey::NONE, LEASE, bench.now),
        "it is over"
    );
}

#[test]
fn a_late_acknowledgement_counts_unless_delivery_is_exactly_once() {
    for (exactly_once, late) in [
        (false, Acknowledgement::Done),
        (true, Acknowledgement::Stale),
    ] {
        let mut bench = Bench::new(QueuePolicy {
            exactly_once,
            ..plain()
        });
        bench.push(1, "");
        let ack = bench.take(ONE, 1)[0];
        bench.pass(LEASE);
        assert_eq!(bench.acknowledge(ack), late);
    }
}

#[test]
fn an_exactly_once_acknowledgement_outlives_its_stream_but_not_a_redelivery() {
    let mut bench = Bench::new(QueuePolicy {
        exactly_once: true,
        ..plain()
    });
    bench.push(1, "");
    bench.push(2, "");
    let acks = bench.take(ONE, 2);
    bench.close(ONE);
    assert_eq!(bench.acknowledge(acks[0]), Acknowledgement::Done);
    assert!(
        bench.ids(TWO).is_empty(),
        "the last acknowledgements are awaited"
    );
    bench.pass(ABANDONED_GRACE);
    assert_eq!(bench.ids(TWO), [2]);
    assert_eq!(bench.acknowledge(acks[1]), Acknowledgement::Stale);
}

#[test]
fn the_wait_doubles_between_its_bounds() {
    let backoff = Some((Duration::from_secs(1), Duration::from_secs(3)));
    let mut bench = Bench::new(QueuePolicy { backoff, ..plain() });
    bench.push(1, "");
    for seconds in [1, 2, 3, 3] {
        let ack = bench.take(ONE, 1)[0];
        assert!(bench.refuse(ack));
        bench.pass(Duration::from_millis(seconds * 1_000 - 1));
        assert!(bench.ids(ONE).is_empty(), "{seconds} s");
        bench.pass(Duration::from_millis(1));
    }
}

#[test]
fn only_refused_and_expired_deliveries_count_as_attempts() {
    let mut bench = Bench::new(QueuePolicy {
        max_attempts: Some(2),
        ..plain()
    });
    bench.push(1, "");
    for _ in 0..5 {
        assert_eq!(bench.take(ONE, 1).len(), 1);
        bench.close(ONE);
        bench.pass(ABANDONED_GRACE);
    }
    let ack = bench.take(TWO, 1)[0];
    bench.refuse(ack);
    bench.take(TWO, 1);
    bench.pass(LEASE);
    assert_eq!(
        bench.queue.to_bury().collect::<Vec<_>>(),
        [(MessageId(1), 2)]
    );
    assert!(bench.ids(TWO).is_empty());
    bench.queue.exhume(MessageId(1));
    assert_eq!(bench.ids(TWO), [1]);
}

#[test]
fn flow_control_counts_what_is_out() {
    let mut bench = Bench::new(plain());
    bench.queue.open(
        ONE,
        FlowControl {
            messages: 100,
            bytes: 15,
        },
    );
    (1..=4).for_each(|id| bench.push(id, ""));
    let acks = bench.take(ONE, 100);
    assert_eq!(acks.len(), 2, "10 bytes each: the second may exceed the 15");
    assert!(!bench.queue.has_ready_for(ONE));
    bench.acknowledge(acks[0]);
    assert_eq!(bench.ids(ONE), [3]);
}

#[test]
fn old_messages_are_dropped_unless_they_are_out() {
    let mut bench = Bench::new(QueuePolicy {
        ordered_window: Some(1),
        ..plain()
    });
    (1..=3).for_each(|id| bench.push(id, "k"));
    bench.take(ONE, 100);
    bench.now = Millis(1);
    bench.push(4, "k");
    let mut dropped = bench.queue.drop_older(Millis(1), &bench.index);
    dropped.sort_unstable();
    assert_eq!(dropped, [MessageId(2), MessageId(3)]);
    assert_eq!(
        bench.queue.unacknowledged(),
        BTreeSet::from([MessageId(1), MessageId(4)])
    );
}

/// What a careful observer knows: the key of each open message, and who has which of them.
#[derive(Default)]
struct Observer {
    open: BTreeMap<u64, String>,
    out: BTreeMap<u64, (AckId, ConsumerId)>,
}

impl Observer {
    /// Of a key, earlier messages than a delivered one are out at the same consumer, and no more than the window.
    fn check_delivery(&self, ack: AckId, consumer: ConsumerId, window: usize) {
        let id = ack.message.0;
        let key = &self.open[&id];
        let earlier = self
            .open
            .range(..id)
            .filter(|(_, other)| *other == key)
            .map(|(id, _)| id);
        let mut count = 1;
        for other in earlier {
            let holder = self.out.get(other).map(|(_, consumer)| *consumer);
            assert_eq!(holder, Some(consumer), "{id} overtook {other} of key {key}");
            count += 1;
        }
        assert!(count <= window, "{count} of key {key} are out");
    }
}

fn random_step(bench: &mut Bench, seen: &mut Observer, rng: &mut StdRng, window: usize) {
    let consumer = if rng.random_bool(0.5) { ONE } else { TWO };
    let some = |seen: &Observer, rng: &mut StdRng| {
        let at = rng.random_range(0..seen.out.len().max(1));
        seen.out.values().nth(at).copied()
    };
    match rng.random_range(0..100) {
        0..30 => {
            let id = seen
                .open
                .keys()
                .last()
                .map_or(1, |last| last + 1)
                .max(bench.last_lease + 1);
            let key = ["a", "b", "c"][rng.random_range(0..3)];
            bench.last_lease = id;
            bench.push(id, key);
            seen.open.insert(id, key.to_owned());
        }
        30..60 => {
            for ack in bench.take(consumer, 3) {
                seen.check_delivery(ack, consumer, window);
                seen.out.insert(ack.message.0, (ack, consumer));
            }
        }
        60..85 => {
            let Some((ack, _)) = some(seen, rng) else {
                return;
            };
            assert_eq!(bench.acknowledge(ack), Acknowledgement::Done);
            seen.out.remove(&ack.message.0);
            seen.open.remove(&ack.message.0);
        }
        85..95 => {
            let Some((ack, _)) = some(seen, rng) else {
                return;
            };
            assert!(bench.refuse(ack));
            let key = seen.open[&ack.message.0].clone();
            seen.out
                .retain(|id, _| *id < ack.message.0 || seen.open[id] != key);
        }
        _ => {
            bench.close(consumer);
            bench.pass(ABANDONED_GRACE);
            bench.queue.open(
                consumer,
                FlowControl {
                    messages: 1_000,
                    bytes: 1_000_000,
                },
            );
            seen.out.retain(|_, (_, holder)| *holder != consumer);
        }
    }
    let open: BTreeSet<MessageId> = seen.open.keys().map(|id| MessageId(*id)).collect();
    assert_eq!(bench.queue.unacknowledged(), open);
}

#[test]
fn whatever_happens_keys_keep_their_order_and_nothing_is_lost() {
    for (seed, window) in (0..60).flat_map(|seed| [1, 2, 5].map(|window| (seed, window))) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut bench = Bench::new(QueuePolicy {
            ordered_window: Some(window),
            ..plain()
        });
        let mut seen = Observer::default();
        for _ in 0..400 {
            random_step(&mut bench, &mut seen, &mut rng, window);
        }
        for consumer in [ONE, TWO] {
            bench.close(consumer);
            bench.pass(ABANDONED_GRACE);
        }
        while !seen.open.is_empty() {
            let acks = bench.take(ConsumerId::NOBODY, 100);
            assert!(
                !acks.is_empty(),
                "seed {seed}, window {window}: {:?} are stuck",
                seen.open
            );
            for ack in acks {
                bench.acknowledge(ack);
                seen.open.remove(&ack.message.0);
            }
        }
        assert_eq!(
            bench.queue.lines.as_ref().map(|lines| lines.held().count()),
            Some(0)
        );
    }
}

#[test]
fn a_message_of_a_later_lease_is_not_given_back_by_an_earlier_one() {
    let mut bench = Bench::new(plain());
    bench.push(1, "");
    let first = bench.take(ONE, 1)[0];
    bench.refuse(first);
    let second = bench.take(TWO, 1)[0];
    assert_ne!(first.lease, second.lease);
    assert!(!bench.refuse(first));
    assert!(!bench.refuse(AckId {
        lease: LeaseNumber(u64::MAX),
        ..second
    }));
    assert!(bench.refuse(second));
}
