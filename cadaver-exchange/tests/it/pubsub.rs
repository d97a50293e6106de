//! Over a real Pub/Sub, with Google's client: captures in, lots out, once each.

use crate::test_app::{TestApp, caught};
use async_trait::async_trait;
use parking_lot::Mutex;
use service_chassis::real_component::real_component;
use shared_events::{
    Event, EventStamp, OutgoingEvent, Subscription, Topic,
    bus::{BatchHandler, Bus, BusSettings, Consumer, Delivery, EventPublisher, Verdict},
    topology,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const PUBSUB: &str = "CATWEB_TEST_PUBSUB";
const CAPTURES: usize = 2_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts the lots that are announced, by event id.
#[derive(Clone, Default)]
struct Announced {
    lots: Arc<Mutex<HashMap<String, String>>>,
    more: Arc<Notify>,
}

#[async_trait]
impl BatchHandler for Announced {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        for delivery in batch {
            if let Ok(Event::LotListed(listed)) = Event::decode(&delivery.envelope) {
                self.lots
                    .lock()
                    .insert(delivery.envelope.id.clone(), listed.lot.into_string());
            }
        }
        self.more.notify_one();
        batch.iter().map(|_| Verdict::Done).collect()
    }
}

async fn connect(host: &str, project: &str) -> Bus {
    let settings = BusSettings {
        project: Some(project.to_owned()),
        emulator_host: Some(host.to_owned()),
        ..BusSettings::default()
    };
    let bus = Bus::connect(&settings).await.unwrap();
    topology::apply(&bus).await.unwrap();
    bus
}

#[tokio::test]
async fn captures_in_lots_out() {
    let Some(host) = real_component("pubsub", PUBSUB, "cadaver-exchange on Pub/Sub") else {
        return;
    };
    let project = format!("exchange-{}", uuid::Uuid::new_v4().simple());
    let bus = connect(&host, &project).await;
    let mut app = TestApp::start_with(&[
        ("PUBSUB_EMULATOR_HOST", &host),
        ("GOOGLE_CLOUD_PROJECT", &project),
    ])
    .await;

    let announced = Announced::default();
    let stop = CancellationToken::new();
    let reader = Subscription::named("cat-node.cadaver-exchange").unwrap();
    let consumer = Consumer::new(&bus, reader, announced.clone())
        .await
        .unwrap();
    let reading = tokio::spawn(consumer.run(stop.clone()));

    let publisher = EventPublisher::new(&bus).await.unwrap();
    let now = app.clock_now();
    let events: Vec<OutgoingEvent> = (0..CAPTURES)
        .map(|number| {
            OutgoingEvent::new(
                &caught(&format!("m-{number}"), "tom", now),
                EventStamp::new(now),
            )
        })
        .collect();
    assert!(events.iter().all(|event| event.topic == Topic::MouseTrap));
    for answers in [
        publisher.publish(events.clone()).await,
        publisher.publish(events).await,
    ] {
        assert!(answers.iter().all(Result::is_ok));
    }

    let all = async {
        while announced.lots.lock().len() < CAPTURES {
            announced.more.notified().await;
        }
    };
    if tokio::time::timeout(PATIENCE, all).await.is_err() {
        let created = app.get("/v1/ledger/balance-report").await.body["lots"]["created"].clone();
        panic!(
            "{} of {created} lots were announced in time",
            announced.lots.lock().len()
        );
    }
    let lots: std::collections::HashSet<String> = announced.lots.lock().values().cloned().collect();
    assert_eq!(
        (lots.len(), announced.lots.lock().len()),
        (CAPTURES, CAPTURES)
    );
    assert_eq!(
        app.get("/v1/ledger/balance-report").await.body["lots"]["created"],
        CAPTURES
    );
    assert_eq!(app.get("/readyz").await.status.as_u16(), 200);
    stop.cancel();
    reading.await.unwrap().unwrap();
    app.stop().await;
}
