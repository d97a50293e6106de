//! The bus as services use it: one list of cases for every Pub/Sub. Runs on the embedded broker always,
//! and on the one that `CATWEB_TEST_PUBSUB` names.

use async_trait::async_trait;
use chrono::Utc;
use local_stack::broker::{Broker, BrokerConfig};
use parking_lot::Mutex;
use service_chassis::real_component::real_component;
use shared_events::bus::{
    BatchHandler, Bus, BusSettings, Consumer, Delivery, EventPublisher, Verdict,
};
use shared_events::dead_letter::{DeadLetterDesk, Decision};
use shared_events::events::cat_node::CatRegistered;
use shared_events::id::CatId;
use shared_events::outbox::{Outbox, OutboxError, PendingEvent, Relay, RelaySettings};
use shared_events::topology;
use shared_events::{EventStamp, OutgoingEvent, Subscription};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const SUBSCRIPTION: &str = "mouse-trap.cat-node";
/// Long enough for a slow emulator on a busy machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

async fn bus(address: &str) -> Bus {
    let settings = BusSettings {
        project: Some(format!("test-{}", uuid::Uuid::new_v4())),
        emulator_host: Some(address.to_owned()),
        allow_remote_emulator: false,
    };
    let bus = Bus::connect(&settings).await.unwrap();
    topology::apply(&bus).await.unwrap();
    topology::apply(&bus)
        .await
        .expect("applying again changes nothing");
    bus
}

fn registered(cat: &str, name: &str) -> OutgoingEvent {
    let event = CatRegistered {
        cat: CatId::new(cat).unwrap(),
        name: name.to_owned(),
        registered_at: Utc::now(),
    };
    OutgoingEvent::new(&event, EventStamp::new(Utc::now()))
}

/// Judges by the name in the event, and remembers what was done.
#[derive(Default)]
struct Judge {
    done: Mutex<BTreeMap<String, Vec<String>>>,
    refused_once: Mutex<bool>,
    progress: Notify,
}

/// Where a judge sits, in sight of the test.
struct Bench(Arc<Judge>);

#[async_trait]
impl BatchHandler for Bench {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let verdicts = batch
            .iter()
            .map(|delivery| self.0.judge(delivery))
            .collect();
        self.0.progress.notify_one();
        verdicts
    }
}

impl Judge {
    fn judge(&self, delivery: &Delivery) -> Verdict {
        let event: CatRegistered = serde_json::from_slice(&delivery.envelope.data).unwrap();
        match event.name.as_str() {
            "poison" => return Verdict::Poison("it smells of almonds".to_owned()),
            "later" if !std::mem::replace(&mut *self.refused_once.lock(), true) => {
                return Verdict::Retry("not hungry yet".to_owned());
            }
            _ => {}
        }
        self.done
            .lock()
            .entry(event.cat.into_string())
            .or_default()
            .push(event.name);
        Verdict::Done
    }

    async fn wait_until(&self, reached: impl Fn(&BTreeMap<String, Vec<String>>) -> bool) {
        let wait = async {
            while !reached(&self.done.lock()) {
                self.progress.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("got only {:?}", self.done.lock()));
    }
}

struct Listening {
    judge: Arc<Judge>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Listening {
    async fn start(bus: &Bus) -> Self {
        let judge = Arc::new(Judge::default());
        let subscription = Subscription::named(SUBSCRIPTION).unwrap();
        let consumer = Consumer::new(bus, subscription, Bench(judge.clone()))
            .await
            .unwrap();
        let stop = CancellationToken::new();
        let until = stop.clone();
        let task = tokio::spawn(async move { consumer.run(until).await.unwrap() });
        Self { judge, stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap();
    }
}

async fn events_arrive_in_order_of_their_key(bus: &Bus) {
    let publisher = EventPublisher::new(bus).await.unwrap();
    let listening = Listening::start(bus).await;
    let sent: Vec<_> = (0..200)
        .map(|n| registered(["a", "b", "c"][n % 3], &format!("{n:03}")))
        .collect();
    for answer in publisher.publish(sent).await {
        answer.unwrap();
    }
    listening
        .judge
        .wait_until(|done| done.values().map(Vec::len).sum::<usize>() >= 200)
        .await;
    for names in listening.judge.done.lock().values() {
        assert!(names.is_sorted(), "{names:?}");
    }
    listening.stop().await;
}

async fn what_waits_comes_again_and_poison_is_kept_with_its_reason(bus: &Bus) {
    let publisher = EventPublisher::new(bus).await.unwrap();
    let listening = Listening::start(bus).await;
    let sent = vec![
        registered("x", "later"),
        registered("y", "poison"),
        registered("z", "fine"),
    ];
    for answer in publisher.publish(sent).await {
        answer.unwrap();
    }
    listening
        .judge
        .wait_until(|done| done.contains_key("x") && done.contains_key("z"))
        .await;
    let desk = DeadLetterDesk::open(bus, Subscription::named(SUBSCRIPTION).unwrap())
        .await
        .unwrap();
    let found = desk.process(1, |_| Decision::Keep).await.unwrap();
    assert_eq!(found[0].reason, "it smells of almonds");
    let redriven = desk.process(1, |_| Decision::Redrive).await.unwrap();
    assert_eq!(redriven[0].event_id, found[0].event_id);
    let again = desk.process(1, |_| Decision::Discard).await.unwrap();
    let poison_again = "it was poison again";
    assert_eq!(again[0].event_id, found[0].event_id, "{poison_again}");
    listening.stop().await;
}

/// An outbox in memory: what is under test is the relay, not a database.
#[derive(Debug, Clone, Default)]
struct ListOutbox(Arc<Mutex<Vec<(u64, OutgoingEvent)>>>);

#[async_trait]
impl Outbox for ListOutbox {
    type Position = u64;

    async fn pending(&self, limit: usize) -> Result<Vec<PendingEvent<u64>>, OutboxError> {
        let rows = self.0.lock();
        Ok(rows
            .iter()
            .take(limit)
            .map(|(position, event)| PendingEvent {
                position: *position,
                event: event.clone(),
            })
            .collect())
    }

    async fn remove(&self, positions: Vec<u64>) -> Result<(), OutboxError> {
        self.0
            .lock()
            .retain(|(position, _)| !positions.contains(position));
        Ok(())
    }
}

async fn a_stopping_relay_publishes_what_is_pending(bus: &Bus) {
    let listening = Listening::start(bus).await;
    let outbox = ListOutbox::default();
    let publisher = EventPublisher::new(bus).await.unwrap();
    let settings = RelaySettings {
        batch: 7,
        poll_interval_ms: 3_600_000,
        flush_deadline_ms: 30_000,
    };
    let relay = Relay::new(outbox.clone(), publisher, settings, Arc::default()).spawn();
    outbox
        .0
        .lock()
        .extend((0..50).map(|n| (n, registered("relayed", &format!("{n:03}")))));
    relay.wake();
    relay.stop().await;
    assert!(outbox.0.lock().is_empty());
    listening
        .judge
        .wait_until(|done| done.get("relayed").is_some_and(|names| names.len() == 50))
        .await;
    assert!(listening.judge.done.lock()["relayed"].is_sorted());
    listening.stop().await;
}

/// What every Pub/Sub must do.
async fn cases_for_every_pubsub(address: &str) {
    events_arrive_in_order_of_their_key(&bus(address).await).await;
    a_stopping_relay_publishes_what_is_pending(&bus(address).await).await;
}

/// What Google's emulator cannot do: it keeps what a closed stream was given for up to a minute, so that the dead
/// letters that one command has looked at are not there for the next.
async fn cases_beyond_the_emulator(address: &str) {
    what_waits_comes_again_and_poison_is_kept_with_its_reason(&bus(address).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_embedded_broker() {
    let dir = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let broker = Broker::start(BrokerConfig {
        data_dir: dir.path().to_owned(),
        listen,
    })
    .await
    .unwrap();
    let address = broker.address().to_string();
    cases_for_every_pubsub(&address).await;
    cases_beyond_the_emulator(&address).await;
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_pubsub_that_is_named() {
    let named = real_component("pubsub", "CATWEB_TEST_PUBSUB", "the bus on Pub/Sub");
    let Some(address) = named else { return };
    cases_for_every_pubsub(&address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_subscription_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let broker = Broker::start(BrokerConfig {
        data_dir: dir.path().to_owned(),
        listen,
    })
    .await
    .unwrap();
    let settings = BusSettings {
        emulator_host: Some(broker.address().to_string()),
        ..BusSettings::default()
    };
    let bus = Bus::connect(&settings).await.unwrap();
    let consumer = Consumer::new(
        &bus,
        Subscription::named(SUBSCRIPTION).unwrap(),
        Bench(Arc::default()),
    )
    .await
    .unwrap();
    let error = consumer
        .run(CancellationToken::new())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(SUBSCRIPTION) && error.contains("topology apply"),
        "{error}"
    );
    broker.stop().await;
}
