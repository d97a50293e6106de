//! A simulated Pub/Sub: what comes to the exchange is lost, doubled, held up and mixed up on its way, and what it publishes is kept in the
//! order in which it came.

use super::{faults::Bug, scheduler::Life, scheduler::OUTSIDE, world::World};
use async_trait::async_trait;
use shared_events::{
    Envelope, EventData, EventStamp, OutgoingEvent,
    bus::{BatchHandler, Delivery, Publish, PublishEventError, Verdict},
};
use std::{collections::HashSet, time::Duration};
use tokio::sync::oneshot;

/// Messages in one delivery at most.
const MAX_BATCH: u64 = 6;

#[derive(Debug, Default)]
pub(super) struct Bus {
    inbound: Vec<Inbound>,
    /// What the exchange has published, repeats with it.
    pub(super) published: Vec<OutgoingEvent>,
}

#[derive(Debug)]
struct Inbound {
    key: String,
    envelope: Envelope,
    place: Place,
    deliveries: u32,
    is_poison: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    WaitsUntil(Duration),
    OnItsWay,
    DealtWith,
}

impl Bus {
    /// Another service publishes something for the exchange.
    pub(super) fn send<E: EventData>(&mut self, event: &E, time: chrono::DateTime<chrono::Utc>) {
        let stamp = EventStamp {
            id: format!("inbound-{}", self.inbound.len()),
            time,
            sequence: None,
            traceparent: None,
        };
        let outgoing = OutgoingEvent::new(event, stamp);
        let key = outgoing.ordering_key.clone();
        self.push(key, outgoing.into_envelope(E::TOPIC.producer()), false);
    }

    /// Something that can never be dealt with.
    pub(super) fn send_poison<E: EventData>(
        &mut self,
        like: &E,
        time: chrono::DateTime<chrono::Utc>,
    ) {
        self.send(like, time);
        if let Some(last) = self.inbound.last_mut() {
            last.envelope.data = b"{\"not\": \"this\"}".as_slice().into();
            last.is_poison = true;
        }
    }

    fn push(&mut self, key: String, envelope: Envelope, is_poison: bool) {
        self.inbound.push(Inbound {
            key,
            envelope,
            place: Place::WaitsUntil(Duration::ZERO),
            deliveries: 0,
            is_poison,
        });
    }

    /// How many messages have not been dealt with.
    pub(super) fn waiting(&self) -> usize {
        let all = self.inbound.iter();
        all.filter(|message| message.place != Place::DealtWith)
            .count()
    }

    /// Some of what may be delivered now, in its order.
    fn take(&mut self, now: Duration, most: usize, in_order: bool) -> Vec<usize> {
        let mut held_up: HashSet<&str> = HashSet::new();
        let mut taken = Vec::new();
        for (number, message) in self.inbound.iter().enumerate() {
            if message.place == Place::DealtWith {
                continue;
            }
            let is_due = matches!(message.place, Place::WaitsUntil(due) if due <= now);
            if is_due && taken.len() < most && !(in_order && held_up.contains(message.key.as_str()))
            {
                taken.push(number);
            } else {
                held_up.insert(&message.key);
            }
        }
        for number in &taken {
            self.inbound[*number].place = Place::OnItsWay;
            self.inbound[*number].deliveries += 1;
        }
        taken
    }

    fn delivery(&self, number: usize, renames: bool) -> Delivery {
        let message = &self.inbound[number];
        let mut envelope = message.envelope.clone();
        if renames && message.deliveries > 1 && envelope.event_type.contains("rodent-caught") {
            let text = String::from_utf8_lossy(&envelope.data).into_owned();
            envelope.data = text
                .replace("\"capture\":\"", "\"capture\":\"again-")
                .into();
        }
        Delivery {
            envelope,
            attempt: Some(message.deliveries),
        }
    }
}

/// Delivers whatever there is to whoever runs.
pub(super) async fn deliver(world: World) {
    loop {
        world.pause_ms(2, 50).await;
        let now = world.scheduler.now();
        let unordered = world.faults().unordered;
        let most = world.draw(|dice| dice.between(1, MAX_BATCH));
        let most = usize::try_from(most).expect("a handful");
        let mut batch = world.bus.lock().take(now, most, !unordered);
        if batch.is_empty() {
            continue;
        }
        if unordered {
            let by = world.draw(|dice| dice.index(batch.len()));
            batch.rotate_left(by);
        }
        world
            .scheduler
            .spawn(OUTSIDE, deliver_batch(world.clone(), batch));
    }
}

async fn deliver_batch(world: World, batch: Vec<usize>) {
    let renames = world.has(Bug::RenameRedelivered);
    let deliveries: Vec<_> = {
        let bus = world.bus.lock();
        batch
            .iter()
            .map(|number| bus.delivery(*number, renames))
            .collect()
    };
    let verdicts = if world.fails(|faults| faults.message_lost) {
        None
    } else {
        hand_over(&world, deliveries).await
    };
    let lost = Verdict::Retry("it was lost".to_owned());
    for (index, number) in batch.into_iter().enumerate() {
        let verdict = verdicts.as_ref().map_or(&lost, |all| &all[index]);
        settle(&world, number, verdict);
    }
}

/// Hands deliveries to some process; nothing if it died over them.
pub(super) async fn hand_over(world: &World, deliveries: Vec<Delivery>) -> Option<Vec<Verdict>> {
    let process = world.some_process()?;
    let (answer, verdicts) = oneshot::channel();
    world.scheduler.spawn(process.life, async move {
        drop(answer.send(process.incoming.handle(&deliveries).await));
    });
    verdicts.await.ok()
}

/// An acknowledgement may be lost as well.
fn settle(world: &World, number: usize, verdict: &Verdict) {
    let again = world.fails(|faults| faults.message_doubled);
    let wait = Duration::from_millis(world.draw(|dice| dice.between(5, 300)));
    let waits = Place::WaitsUntil(world.scheduler.now() + wait);
    let mut bus = world.bus.lock();
    let message = &mut bus.inbound[number];
    message.place = match verdict {
        Verdict::Done | Verdict::Poison(_) if again => waits,
        Verdict::Done | Verdict::Poison(_) => Place::DealtWith,
        Verdict::Retry(_) => waits,
    };
    let is_told = matches!(verdict, Verdict::Poison(_));
    if is_told != message.is_poison && !matches!(verdict, Verdict::Retry(_)) {
        let what = format!("{:?} was answered with {verdict:?}", message.envelope);
        world.scheduler.violate(what);
    }
}

/// The bus as a process of the exchange sees it.
pub(super) struct SimPublisher {
    pub(super) world: World,
    pub(super) life: Life,
}

impl std::fmt::Debug for SimPublisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimPublisher of {:?}", self.life)
    }
}

#[async_trait]
impl Publish for SimPublisher {
    async fn publish(&self, mut events: Vec<OutgoingEvent>) -> Vec<Result<(), PublishEventError>> {
        if self.world.has(Bug::PublishBackwards) {
            events.reverse();
        }
        let mut failed_keys = HashSet::new();
        let mut answers = Vec::with_capacity(events.len());
        for event in events {
            if self.world.draw(|dice| dice.chance(100)) {
                self.world.travel().await;
            }
            let fails = self.world.fails(|faults| faults.publish_fails);
            if failed_keys.contains(&event.ordering_key) || fails {
                // What fails may have arrived, unless an earlier one of its key has not.
                let is_first = failed_keys.insert(event.ordering_key.clone());
                answers.push(Err(not_published(&event)));
                if is_first && self.world.draw(|dice| dice.chance(500)) {
                    self.world.bus.lock().published.push(event);
                }
                continue;
            }
            answers.push(Ok(()));
            self.world.bus.lock().published.push(event);
        }
        answers
    }
}

fn not_published(event: &OutgoingEvent) -> PublishEventError {
    PublishEventError {
        id: event.id.clone(),
        topic: event.topic.name().to_owned(),
        source: Box::new(std::io::Error::other("simulated")),
    }
}
